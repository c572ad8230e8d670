"""How did the team do? Shares, waits and what was missed, from what became of each order."""

from datetime import timedelta
from typing import Any

import pytest

from rules.golden import FIFTEEN, TEN, Share
from rules.response import Course, Miss, Response, Step, by_group
from tests.builders import MINUTE, TICK, at

NOTICED = at("10:00")


def a_course(contact: timedelta | None = None, **parts: Any) -> Course:
    """An order in trouble, seen at once, claimed after a minute, and reached after `contact`."""
    known: dict[str, Any] = {
        "order": "A-1",
        "group": "卡住的",
        "in_trouble": True,
        "noticed_at": NOTICED,
        "card_at": NOTICED,
        "claimed_at": NOTICED + MINUTE,
        "reached_at": None if contact is None else NOTICED + contact,
    }
    return Course(**(known | parts))


UNNOTICED: dict[str, Any] = {"noticed_at": None, "card_at": None, "claimed_at": None}
FINE: dict[str, Any] = {"in_trouble": False}


def test_the_shares_are_of_all_orders_in_trouble_and_end_with_their_last_instant() -> None:
    response = Response(
        courses=[
            a_course(TEN),
            a_course(TEN + TICK),
            a_course(FIFTEEN + TICK),
            a_course(),
            a_course(**UNNOTICED),
            a_course(**FINE),
        ]
    )
    assert response.noticed == Share(4, 5)
    assert response.within(TEN) == Share(1, 5)
    assert response.within(FIFTEEN) == Share(2, 5)
    assert Response(courses=[]).within(TEN).percent is None


def test_the_waits_count_from_when_it_was_noticed_and_leave_out_what_never_came() -> None:
    early = a_course(4 * MINUTE, claimed_at=NOTICED - MINUTE, closed_at=NOTICED + 9 * MINUTE)
    response = Response(
        courses=[early, a_course(2 * MINUTE), a_course(), a_course(**UNNOTICED), a_course(**FINE)]
    )
    assert [response.waits(step).n for step in Step] == [3, 3, 2, 1]
    assert response.waits(Step.CONTACT).median == 2 * MINUTE
    assert response.waits(Step.CLAIM).median == MINUTE
    assert early.took(Step.CLAIM) == timedelta()
    assert a_course(**UNNOTICED).took(Step.CARD) is None


@pytest.mark.parametrize(
    ("course", "miss"),
    [
        (a_course(TEN), None),
        (a_course(TEN + TICK), Miss.LATE),
        (a_course(), Miss.UNREACHED),
        (a_course(claimed_at=None), Miss.UNCLAIMED),
        (a_course(card_at=None, claimed_at=None), Miss.UNSEEN),
        (a_course(**UNNOTICED), Miss.UNNOTICED),
        (a_course(**FINE), None),
        (a_course(MINUTE, **FINE), Miss.FALSE_ALARM),
        (a_course(MINUTE, incident="i1"), None),
        (a_course(MINUTE, apart=True), None),
        (a_course(MINUTE, apart=True, incident="i2"), None),
        (a_course(MINUTE, apart=True, incident="i1"), Miss.SWALLOWED),
    ],
)
def test_what_was_missed_of_an_order_is_the_first_thing_that_went_wrong(
    course: Course, miss: Miss | None
) -> None:
    others = a_course(MINUTE, incident="i1")
    found = Response(courses=[course, others]).missed()
    assert found == ([] if miss is None else [(course, miss)])


def test_incidents_are_told_by_their_size_and_groups_in_their_order() -> None:
    courses = [a_course(incident=one, group=one) for one in ("i2", "i1", "i1", "i3")]
    assert Response(courses=courses).incidents == {"i1": 2, "i2": 1, "i3": 1}
    assert list(Response(courses=courses).incidents) == ["i1", "i2", "i3"]
    assert [(name, len(group)) for name, group in by_group(courses).items()] == [
        ("i2", 1),
        ("i1", 2),
        ("i3", 1),
    ]
