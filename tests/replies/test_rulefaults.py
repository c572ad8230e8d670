"""Each fault that a rule book can have is said in Chinese, with its mend."""

import ast
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import replies
import rules
from replies.rulefaults import said
from replies.words import Language

MODELS = (
    "bookfile",
    "conditions",
    "strict",
    "ladderfile",
    "stormfile",
    "feedsfile",
    "tasksfile",
    "standstillfile",
    "repliesfile",
)
TEMPLATES = (("library", "UnsoundLineError", 1), ("frontmatter", "UnsoundLineError", 1), ("lint", "fault", 1))
"""What says the faults of replies, by which call, in which of its arguments."""
READERS = ("durations", "weektime")
"""They raise ValueErrors, which the models pass on."""


def messages(name: str, function: str, at: int = 0, package: ModuleType = rules) -> Iterator[str]:
    """What a module says of faults, with a word in each place that is filled in."""
    for folder in package.__path__:
        file = Path(folder) / f"{name}.py"
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) == function and _is_said(node.args[at]):
                yield _text(node.args[at])


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _is_said(argument: ast.expr) -> bool:
    """Whether the words stand there themselves, and not under a name."""
    return isinstance(argument, ast.Constant | ast.JoinedStr)


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    assert isinstance(node, ast.JoinedStr), ast.dump(node)
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else _filled(part) for part in node.values
    )


def _filled(part: ast.expr) -> str:
    """`!r` puts what is filled in into quotes."""
    assert isinstance(part, ast.FormattedValue)
    return "'x'" if part.conversion == ord("r") else "x"


FAULTS = [text for name in MODELS for text in messages(name, "fault")]
ERRORS = [text for name in READERS for text in messages(name, "ValueError")]
ELSEWHERE = [
    "a text of at least 1 characters is needed", "a text may have at most 60 characters", "write a whole number, without quotes",
    "write a text; put it in quotes when it looks like a number", "write a number, without quotes", "must be at least 2",
    "write a list, such as [a, b]", "write keys and values, such as {key: value}", "give at least 1", "must be 1",
    "give at most 12; there are 13", "must be at most 10", "write the offset too, such as 2026-06-17T20:00+08:00",
    "'x' is none of a, b", "no such key; there are a, b", "no such key", "`value` is missing", "nothing stands here; write a text",
]  # fmt: skip
OF_REPLIES = [text for name, call, at in TEMPLATES for text in messages(name, call, at, replies)]
UNDER_NAMES = [
    "write `promises: {news_by: 2h}`", "carrier may be unknown: print it under {% if carrier %}, or with `default`",
    "every reply says {{ order_no }}, as it is and outside of conditions", "there is no slot 'x'; there are news_by",
    "what is promised is said: {{ news_by }}, as it is and outside of conditions", "the filter 'x' is not among default",
    "a reply is plain words: no tags, links, curly brackets or control characters", "unexpected tag 'endif'",
    "14:30 前 is a time by itself: promise it by a slot, such as {{ news_by }} 前", "expected tag endif, found end of expression",
    "news_by: write a duration such as 90s, 5m, 1h30m or 2d, not 'soon'", "no reply goes by this name; there are cancelled",
]  # fmt: skip
BEGIN_WITH_A_NAME = {"x {{ x }}, as it is and outside of conditions", "x: x"}
"""What they say stands under its names."""
NOT_OF_BOOKS = {"a shift must have some length: x"}
KINDS = {"x is compared with x": ("whole numbers, in fen", 'text; put it in quotes, such as "618"')}


def test_there_are_faults_to_be_said() -> None:
    assert len(FAULTS) > 20
    assert len(ERRORS) > 5
    assert len(OF_REPLIES) > 15


@pytest.mark.parametrize("message", sorted({*OF_REPLIES, *UNDER_NAMES} - BEGIN_WITH_A_NAME))
def test_what_is_wrong_with_a_reply_is_said_in_chinese_with_its_line(message: str) -> None:
    zh = said(f"line 7: {message}", Language.ZH)
    assert zh.startswith("第 7 行：")
    assert "写法不对" not in zh
    assert any("\u4e00" <= char <= "\u9fff" for char in zh.partition("：")[2])


def test_facts_are_named_as_people_know_them_and_what_liquid_says_of_itself_is_told_as_it_is() -> None:
    assert said("line 2: carrier is declared neither in `facts` nor in `claims` or `spare`", Language.ZH) == (
        "第 2 行：用了 快递公司（carrier），事实里还没选它"
    )
    assert said("line 2: missing expression", Language.ZH) == "第 2 行：写法不对（missing expression）"
    assert said("line 2: missing expression", Language.EN) == "line 2: missing expression"


@pytest.mark.parametrize("message", sorted({*FAULTS, *ERRORS, *ELSEWHERE} - NOT_OF_BOOKS))
def test_it_is_said_in_chinese(message: str) -> None:
    for one in [message.removesuffix("x") + kind for kind in KINDS.get(message, ())] or [
        message.replace(" x longer", " take longer")
    ]:
        zh = said(one, Language.ZH)
        assert zh != one
        assert any("\u4e00" <= char <= "\u9fff" for char in zh)
        assert said(one, Language.EN) == one


def test_what_nobody_has_translated_is_said_as_it_is() -> None:
    assert said("the moon is full", Language.ZH) == "the moon is full"
