"""docs/settings.md names every setting, as it is: its type, its default, and an example that works."""

from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import BaseModel, SecretStr

from bot.settings import CONFIG_FILE, SettingsError, load, variable_names
from bot.settings import Settings as AllSettings
from bot.web.tokens import load_tokens
from rules.rights import Scope
from tests.docs.pages import DOCS, blocks, code_in, code_words, table_of, tables

PAGE = DOCS / "settings.md"
NOTHING = "—"
TYPES = {str: "文字", int: "整数", SecretStr: "密文", Path: "文件", bool: "是否"}
LISTED = [row for table in tables(PAGE) if "变量" in table.rows[0] for row in table.rows]
ROWS = {code_in(row["变量"]): row for row in LISTED}


def field_of(path: tuple[str, ...]) -> Any:
    """The field that a path leads to."""
    model: type[BaseModel] = AllSettings
    for name in path[:-1]:
        part = model.model_fields[name].annotation
        assert isinstance(part, type)
        assert issubclass(part, BaseModel)
        model = part
    return model.model_fields[path[-1]]


def test_it_names_exactly_the_settings_there_are() -> None:
    assert set(ROWS) == set(variable_names())
    assert len(LISTED) == len(ROWS)


@pytest.mark.parametrize(("variable", "path"), variable_names().items())
def test_a_row_tells_type_and_default(variable: str, path: tuple[str, ...]) -> None:
    row, field = ROWS[variable], field_of(path)
    kinds = [kind for kind in get_args(field.annotation) or (field.annotation,) if kind is not type(None)]
    if get_origin(field.annotation) is Literal:
        assert code_words(row["类型"]) == kinds
    else:
        assert row["类型"] == TYPES[kinds[0]]
    default = str(field.default).lower() if isinstance(field.default, bool) else field.default
    assert row["默认"] == (f"`{default}`" if default not in (None, "") else NOTHING)


@pytest.mark.parametrize(("variable", "path"), variable_names().items())
def test_an_example_is_taken(variable: str, path: tuple[str, ...]) -> None:
    value: Any = load({variable: code_in(ROWS[variable]["例子"])})
    for name in path:
        value = getattr(value, name)
    assert value not in (None, "")


def test_the_file_is_read(tmp_path: Path) -> None:
    block = next(block for block in blocks(PAGE, "yaml") if "http:" in block.text)
    file = tmp_path / "dingdan.yaml"
    file.write_text(block.text, "utf-8")

    settings = load({CONFIG_FILE: str(file)})

    assert (settings.http.port, settings.log.format) == (8080, "console")
    assert CONFIG_FILE in PAGE.read_text("utf-8")


def test_a_file_beats_the_environment_and_that_beats_the_configuration(tmp_path: Path) -> None:
    for name, text in (("configured", "wecom: {secret: configured}"), ("secret", "from a file\n")):
        (tmp_path / name).write_text(text, "utf-8")
    environment = {CONFIG_FILE: str(tmp_path / "configured")}
    assert secret_of(environment) == "configured"
    environment |= {"DINGDAN_WECOM__SECRET": "plain"}
    assert secret_of(environment) == "plain"
    assert secret_of(environment | {"DINGDAN_WECOM__SECRET_FILE": str(tmp_path / "secret")}) == "from a file"


def secret_of(environment: dict[str, str]) -> str | None:
    secret = load(environment).wecom.secret
    return None if secret is None else secret.get_secret_value()


def test_the_fault_is_what_the_service_says() -> None:
    (shown,) = blocks(PAGE, "text")
    with pytest.raises(SettingsError) as caught:
        load({"DINGDAN_HTTP__PROT": "8080"})
    assert shown.text == "".join(f"设置有误  {fault}\n" for fault in caught.value.faults)


def test_the_scopes_of_api_tokens_are_those_there_are() -> None:
    listed = [code_in(cell) for cell in table_of(PAGE, "范围").column("范围")]
    assert listed == list(Scope)


def test_the_example_of_api_tokens_is_the_one_on_the_page() -> None:
    (block,) = [block for block in blocks(PAGE, "yaml") if "scopes:" in block.text]
    example = DOCS / "examples" / "api-tokens.yaml"
    assert example.read_text("utf-8").partition("tokens:\n")[2] == block.text.partition("tokens:\n")[2]
    programs = load_tokens(load({"DINGDAN_API__TOKENS_FILE": str(example)})).programs
    assert [one.name for one in programs] == ["monday", "grafana"]
