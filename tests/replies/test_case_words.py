"""Has whatever the page of an anomaly shows a word, and does it say in English what came of a deed?"""

import pytest

from handlers.outbox import LetterKind, Medium
from handlers.trail import Hindrance
from replies.facts import FACTS
from replies.notices import claimed_together
from replies.pages.case import CASE, done_in_english, hindered_in_english, refused_in_english
from rules.actions import Action, Refused, Why
from rules.events import UserId

ON_THE_PAGE = (
    Hindrance.NOT_ON_ROSTER,
    Hindrance.UNKNOWN_CARD,
    Hindrance.STALE_DRAFT,
    Hindrance.BY_HAND,
)
"""What `handlers.desk` says that stood in the way."""


def test_every_fact_letter_and_way_has_a_word() -> None:
    assert {f"fact_{name}" for name in (*FACTS, "case", "today")} <= set(CASE)
    assert {f"kind_{kind}" for kind in LetterKind} <= set(CASE)
    assert {f"medium_{medium}" for medium in Medium} <= set(CASE)


def test_every_deed_and_hindrance_is_told_in_english() -> None:
    assert len({done_in_english(action) for action in Action}) == len(Action)
    assert len({hindered_in_english(hindrance) for hindrance in ON_THE_PAGE}) == len(ON_THE_PAGE)


@pytest.mark.parametrize("why", Why)
def test_who_was_first_is_named_in_english_where_somebody_was(why: Why) -> None:
    refused = Refused(why=why, by=UserId("lisi"))
    assert refused_in_english(refused, "Li Si", "14:02:00").endswith(" (by Li Si, 14:02:00).")
    assert "(" not in refused_in_english(refused, "", "")


def test_one_line_tells_of_all_that_were_claimed_together() -> None:
    assert claimed_together("李四", "10:05", ["DB1", "DB2"]) == "李四 10:05 认领：DB1、DB2。"
    many = claimed_together("李四", "10:05", [f"DB{number:02}" for number in range(25)])
    assert many.endswith("DB19 等 25 笔。")
