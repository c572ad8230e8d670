"""docs/verifying.md: the laws, and the lines of a history file, are those of the code."""

from pathlib import Path

import msgspec
import pytest

from bot.verdicts import LAWS
from bot.verifying import PAGE, SHOWN
from bot.witness import Seen, Sighting
from tests.docs.pages import DOCS, blocks, code_in, prose, tables

CHINESE, ENGLISH = DOCS / "verifying.md", DOCS / "en" / "verifying.md"


@pytest.mark.parametrize(("page", "language"), [(CHINESE, 0), (ENGLISH, 1)])
def test_each_law_has_its_row_in_the_words_of_the_doctor(page: Path, language: int) -> None:
    (laws, _) = tables(page)
    law, name, _ = laws.head
    told = {code_in(row[name]): row[law].lower() for row in laws.rows}
    assert told == {known.value: words[language].lower() for known, words in LAWS.items()}


def test_each_kind_of_line_has_its_row_and_the_example_is_one() -> None:
    (_, kinds) = tables(CHINESE)
    assert [code_in(row["`seen`"]) for row in kinds.rows] == [seen.value for seen in Seen]
    (example,) = blocks(CHINESE, "json")
    line = msgspec.json.decode(example.text, type=Sighting)
    assert line.seen is Seen.EVENT_ACKED


def test_the_numbers_are_those_of_the_checker() -> None:
    assert f"每页 {PAGE} 个" in prose(CHINESE)
    assert f"至多 {SHOWN} 个" in prose(CHINESE)
