"""Does every command in the documents exist: on the command line, in the Makefile, in a chat, on a card?"""

import re
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperGroup

from bot.cli import app
from handlers.commands import LONGEST_SNOOZE
from replies import names
from replies.actions import SNOOZES, buttons
from replies.commands import COMMANDS
from rules.anomalies import State
from rules.settling import REOPENS_WITHIN
from tests.docs.pages import DOCS, ROOT, blocks, code_in, code_words, name_of, pages, prose, table_of, tables
from tests.replies.gallery import situations

PAGE = DOCS / "commands.md"
OPTION = re.compile(r"--[a-z][a-z-]*")


def command_line() -> dict[str, set[str]]:
    """The commands of `dingdan`, each with its options."""
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    return {
        name: {option for one in command.params for option in (*one.opts, *one.secondary_opts)} | {"--help"}
        for name, command in group.commands.items()
    }


def said(page: Path) -> list[str]:
    """Everything on a page that somebody might type."""
    typed = [line for block in blocks(page, "sh") for line in block.text.splitlines()]
    return [line.split("#")[0] for line in typed] + code_words(prose(page))


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_every_dingdan_command_exists_with_its_options(page: Path) -> None:
    known = command_line()
    for words in said(page):
        for match in re.finditer(r"\bdingdan ([a-z][a-z-]*)([^;&`]*)", words):
            named = [match[1], *re.findall(r"\| ([a-z-]+)", match[2])]
            assert set(named) <= set(known), words
            assert set(OPTION.findall(match[2])) <= known[match[1]], words


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_every_make_target_exists(page: Path) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    asked = [name for words in said(page) for name in re.findall(r"\bmake ([a-z][a-z-]*)", words)]
    assert set(asked) <= set(targets)


def test_make_names_folders_of_tests_that_exist() -> None:
    named = re.findall(r"\btests/[a-z0-9]+", (ROOT / "Makefile").read_text("utf-8"))
    assert "tests/docs" in named
    assert [name for name in named if not (ROOT / name).is_dir()] == []


def test_every_command_of_the_command_line_has_a_row() -> None:
    rows = [row for table in tables(PAGE) for row in table.rows if row.get("命令", "").startswith("`dingdan")]
    told = {code_in(row["命令"]).removeprefix("dingdan "): row["做什么"] for row in rows}
    known = command_line()
    assert set(told) == set(known)
    for name, words in told.items():
        mentioned = {word for word in code_words(words) if OPTION.fullmatch(word)}
        assert mentioned <= known[name], name


def test_every_command_of_the_chat_has_a_row() -> None:
    (table,) = [table for table in tables(PAGE) if table.head[:2] == ("命令", "英文")]
    told = [(code_in(row["命令"]), code_in(row["英文"])) for row in table.rows]
    assert told == [(usage.write, f"/{usage.alias}") for usage in COMMANDS.values()]
    text = prose(PAGE)
    assert "、".join(names.REASONS.values()) in text
    assert f"1 秒到 {LONGEST_SNOOZE.days} 天" in text


def test_each_state_shows_the_buttons_that_the_page_says() -> None:
    rows = {row["状态"]: code_words(row["按钮"]) for row in table_of(PAGE, "状态").rows}
    assert list(rows) == [names.STATES[state] for state in State]
    for state in State:
        assert [button.text for button in buttons(situations()[state])] == rows[names.STATES[state]]


def test_every_button_of_a_case_is_explained() -> None:
    explained = {code_in(word) for word in table_of(PAGE, "按钮").column("按钮")}
    shown = {button.text for case in situations().values() for button in buttons(case)}
    assert explained == shown
    assert "、".join(str(minutes) for minutes in SNOOZES[:-1]) + f" 或 {SNOOZES[-1]} 分钟" in prose(PAGE)
    assert f"{REOPENS_WITHIN.total_seconds() / 3600:.0f} 小时" in prose(PAGE)
