"""Does each English page say what the Chinese one says? The same parts, examples, tables and words of the code."""

import re
from os.path import relpath
from pathlib import Path

import pytest

from tests.docs.pages import ENGLISH, blocks, code_words, in_both_languages, name_of, prose, tables

PAIRS = pytest.mark.parametrize(
    ("chinese", "english"), in_both_languages(), ids=[name_of(page) for _, page in in_both_languages()]
)
DRAWINGS = "mermaid"


@PAIRS
def test_there_is_a_page_to_translate(chinese: Path, english: Path) -> None:
    assert f"[English]({relpath(english, chinese.parent)})" in chinese.read_text("utf-8")
    assert f"[中文]({relpath(chinese, english.parent)})" in english.read_text("utf-8")


@PAIRS
def test_the_parts_are_the_same(chinese: Path, english: Path) -> None:
    assert levels(chinese) == levels(english)


def levels(page: Path) -> list[int]:
    """How deep each heading lies, from top to bottom."""
    return [len(marks) for marks in re.findall(r"^(#+) ", prose(page), re.MULTILINE)]


@PAIRS
def test_the_examples_are_the_same(chinese: Path, english: Path) -> None:
    assert examples(chinese) == examples(english)


def examples(page: Path) -> list[tuple[str, str]]:
    """The blocks without their comments; a drawing has words of its own."""
    return [
        (block.language, "" if block.language == DRAWINGS else without_comments(block.text))
        for block in blocks(page)
    ]


def without_comments(text: str) -> str:
    return re.sub(r"^# .*\n|\s+# .*$", "", text, flags=re.MULTILINE)


@PAIRS
def test_the_tables_speak_of_the_same_things(chinese: Path, english: Path) -> None:
    assert [rows(table.rows) for table in tables(chinese)] == [rows(table.rows) for table in tables(english)]


def rows(said: tuple[dict[str, str], ...]) -> list[list[str]]:
    """What each row says in the words of the code."""
    return [sorted(code_words(" ".join(row.values()))) for row in said]


@PAIRS
def test_the_words_of_the_code_are_the_same(chinese: Path, english: Path) -> None:
    assert set(code_words(prose(chinese))) == set(code_words(prose(english)))


def test_the_english_readme_needs_no_chinese_page_that_has_a_twin() -> None:
    readme = (ENGLISH.parents[1] / "README.en.md").read_text("utf-8")
    assert [page.name for _, page in in_both_languages() if f"(docs/{page.name})" in readme] == []
