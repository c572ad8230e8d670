"""Each fault that a rule book can have is said in Chinese, with its mend."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

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
)
READERS = ("durations", "weektime")
"""They raise ValueErrors, which the models pass on."""


def messages(name: str, function: str) -> Iterator[str]:
    """What a module says of faults, with a word in each place that is filled in."""
    for folder in rules.__path__:
        file = Path(folder) / f"{name}.py"
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function:
                yield _text(node.args[0])


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
NOT_OF_BOOKS = {"a shift must have some length: x"}
KINDS = {"x is compared with x": ("whole numbers, in fen", 'text; put it in quotes, such as "618"')}


def test_there_are_faults_to_be_said() -> None:
    assert len(FAULTS) > 20
    assert len(ERRORS) > 5


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
