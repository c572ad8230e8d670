"""What is the pack of a cause about, for whom? What was approved for shops of others is not in the bill."""

from typing import Any

import pytest

from bot.web.board.evidence import EvidenceQuery, approved_for, cause_for
from bot.web.board.readers import Reader
from rules.events import UserId
from rules.roster import Member
from tests.contracts.builders import a_decision

CHIEF, NORTH, BOTH = (
    Reader(member=Member(userid=UserId("x"), name="x", roles=frozenset(), shops=shops))
    for shops in map(frozenset[str], (("*",), ("north",), ("north", "south")))
)


@pytest.mark.parametrize(
    ("reader", "fen"), [(CHIEF, 111), (NORTH, 10), (BOTH, 110)], ids=["of all", "of one", "of two"]
)
def test_only_what_was_approved_for_shops_of_the_reader_counts(reader: Reader, fen: int) -> None:
    decided = [
        a_decision(cause=cause, compensation_fen=approved)
        for cause, approved in (
            ("carrier=sf", 1),
            ("carrier=sf&shop=north", 10),
            ("carrier=sf&shop=south", 100),
            ("carrier=sf&shop=north", None),
        )
    ]
    assert approved_for(decided, reader) == fen


@pytest.mark.parametrize(
    ("reader", "asked", "cause"),
    [
        (CHIEF, {}, "carrier=sf"),
        (NORTH, {}, "carrier=sf&shop=north"),
        (NORTH, {"shop": "south"}, "carrier=sf&shop=south"),
        (BOTH, {}, "carrier=sf"),
    ],
)
def test_of_whoever_has_one_shop_the_cause_is_that_of_this_shop(
    reader: Reader, asked: dict[str, Any], cause: str
) -> None:
    assert cause_for(EvidenceQuery(carrier="sf", **asked), reader) == cause
