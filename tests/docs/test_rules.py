"""docs/rules.md and docs/roster.md: every key and default as it is, and every example as the service reads it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
import yaml
from pydantic import BaseModel

from bot.files import check, load_roster, load_rule_book
from bot.fileschema import MODELS, FileKind, schema
from rules.book import AutomaticAction
from rules.bookfile import MAX_LANES, RuleBookFile
from rules.conditions import MAX_CONDITIONS, MAX_DEPTH, Op, OrderField
from rules.durations import parse_duration
from rules.ladder import LATEST_SHARE
from rules.rights import Right, Role, holders
from tests.docs.pages import DOCS, Block, blocks, code_in, code_words, prose, table_of

PAGES: dict[FileKind, Path] = {"rules": DOCS / "rules.md", "roster": DOCS / "roster.md"}
EXAMPLES: dict[FileKind, Path] = {kind: DOCS / "examples" / f"{kind}.yaml" for kind in PAGES}
REQUIRED = "必填"
FAULTY = 0
"""The first block of rules.md is there for its faults."""
SUFFIXES: dict[Any, str] = {list: "[].", dict: ".*."}
TOLD_ELSEWHERE = {"lanes[].match", "lanes[].stages"}
SOUND = [
    (kind, block)
    for kind, page in PAGES.items()
    for number, block in enumerate(blocks(page, "yaml"))
    if (kind, number) != ("rules", FAULTY)
]
ROWS: dict[FileKind, dict[str, dict[str, str]]] = {
    kind: {code_in(row["键"]): row for row in table_of(page, "键").rows} for kind, page in PAGES.items()
}

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(("kind", "block"), SOUND, ids=[str(block) for _, block in SOUND])
def test_an_example_is_sound(kind: FileKind, block: Block) -> None:
    assert check(block.text, kind) == []


def test_the_example_files_are_sound() -> None:
    book, roster = (
        load_rule_book(EXAMPLES["rules"]).compile(1),
        load_roster(EXAMPLES["roster"], NOW).compile(),
    )
    assert book != RuleBookFile().compile(1)
    assert roster.fallback in roster.members


def test_the_faults_are_those_that_are_shown(tmp_path: Path) -> None:
    faulty, shown = blocks(PAGES["rules"])[:2]
    assert "".join(f"rules.yaml:{fault}\n" for fault in check(faulty.text, "rules")) == shown.text


def test_the_default_book_is_the_one_that_is_shown(tmp_path: Path) -> None:
    shown = blocks(PAGES["rules"], "yaml")[1].text
    (tmp_path / "rules.yaml").write_text(shown, "utf-8")
    written = load_rule_book(tmp_path / "rules.yaml")

    assert written.compile(1) == RuleBookFile().compile(1)
    assert written.storm == RuleBookFile().storm
    assert set(yaml.safe_load(shown)) == set(RuleBookFile.model_fields) - {"days_off", "workdays"}


@pytest.mark.parametrize("kind", PAGES)
def test_every_key_has_a_row_with_its_default(kind: FileKind) -> None:
    found = dict(keys(MODELS[kind], schema(kind)["definitions"] | {MODELS[kind].__name__: schema(kind)}))
    assert list(ROWS[kind]) == list(found)
    for path, default in found.items():
        told = ROWS[kind][path]["默认"]
        assert (told == REQUIRED) == (default is REQUIRED), path
        assert not told.startswith("`") or same(code_in(told), default), path


def keys(model: type[BaseModel], said: dict[str, Any], at: str = "") -> Iterator[tuple[str, Any]]:
    """Every key below a model, written as a path, with its default; what a lane changes is told with the book."""
    for name, field in model.model_fields.items():
        path = f"{at}{field.alias or name}"
        default = said[model.__name__]["properties"][field.alias or name].get("default")
        yield path, REQUIRED if field.is_required() else default
        part = part_of(field.annotation)
        if part is not None and path not in TOLD_ELSEWHERE:
            yield from keys(part[0], said, path + part[1])


def part_of(annotation: Any, suffix: str = ".") -> tuple[type[BaseModel], str] | None:
    """The first model inside an annotation, and how a path goes on to its keys."""
    if get_origin(annotation) is None and isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, suffix
    suffix = SUFFIXES.get(get_origin(annotation), suffix)
    return next((found for inner in get_args(annotation) if (found := part_of(inner, suffix))), None)


def same(written: str, default: Any) -> bool:
    """Whether a default as it is written is the default; a duration may be written in several ways."""
    value = yaml.safe_load(written)
    if isinstance(default, str) and default[:1].isdigit() and ":" not in default:
        return parse_duration(str(value)) == parse_duration(default)
    return value == default


def test_every_action_has_a_row() -> None:
    assert [code_in(row) for row in table_of(PAGES["rules"], "动作").column("动作")] == list(AutomaticAction)


def test_what_can_be_compared_with_what() -> None:
    rows = table_of(PAGES["rules"], "`field`").rows
    assert {field for row in rows for field in code_words(row["`field`"])} == set(OrderField)
    for row in rows:
        for field in code_words(row["`field`"]):
            taken = {op for op in Op if not check(lane(field, op, row["`value`"]), "rules")}
            assert taken == set(code_words(row["`op`"])), field


def lane(field: str, op: Op, value: str) -> str:
    one: Any = 1 if value.startswith("整数") else "x"
    match = {"field": field, "op": op.value, "value": [one] if op is Op.IN else one}
    return yaml.safe_dump({"lanes": [{"name": "x", "match": match}]})


def test_every_role_has_a_row() -> None:
    rows = {Role(code_in(row["职责"])): row["能做什么"] for row in table_of(PAGES["roster"], "职责").rows}
    assert set(rows) == set(Role)
    assert {role for role, may in rows.items() if may == "处理异常"} == set(holders(Right.WORK))


def test_every_right_has_a_row_with_those_who_have_it() -> None:
    rows = table_of(PAGES["roster"], "权限").rows
    told = {Right(code_in(row["权限"])): [Role(word) for word in code_words(row["谁有"])] for row in rows}
    assert told == {right: [role for role in Role if role in holders(right)] for right in Right}


def test_the_sizes_are_those_of_the_service() -> None:
    text = prose(PAGES["rules"])
    assert f"至多 {MAX_DEPTH} 层、{MAX_CONDITIONS} 个" in text
    assert f"至多 {MAX_LANES} 条" in ROWS["rules"]["lanes"]["含义"]
    assert text.count("九成") == 2
    assert Fraction(9, 10) == LATEST_SHARE
