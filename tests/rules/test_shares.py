"""Which share has each reason, and when do delays come? Counted exactly, and nothing is shared that is not there."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from rules.reasons import Reason
from rules.shares import DEEPEST, Given, Part, Tally, heat, picture, shade

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
SHANGHAI, INDIA = timezone(timedelta(hours=8)), timezone(timedelta(hours=5, minutes=30))


def a_tally(
    reason: Reason | None = Reason.OTHER, given: Given | None = Given.PEOPLE, count: int = 1, hours: float = 0
) -> Tally:
    return Tally(at=MONDAY + timedelta(hours=hours), reason=reason, given=given, count=count)


def test_shares_are_of_what_has_a_reason_and_did_not_heal() -> None:
    seen = picture([
        a_tally(Reason.OUT_OF_STOCK, count=2),
        a_tally(Reason.OUT_OF_STOCK, Given.EVIDENCE),
        a_tally(Reason.OTHER, count=1),
        a_tally(Reason.OTHER, Given.HEALED, count=7),
        a_tally(None, None, count=9),
    ])  # fmt: skip

    assert seen.parts[0] == Part(reason=Reason.OUT_OF_STOCK, people=2, evidence=1)
    assert seen.parts[1] == Part(reason=Reason.OTHER, people=1, healed=7)
    assert {part.reason for part in seen.parts} == set(Reason)
    assert (seen.n, seen.healed, seen.unexplained) == (4, 7, 9)
    assert seen.share(Reason.OUT_OF_STOCK) == 0.75
    assert seen.share(Reason.PAYMENT_FAILED) == 0
    assert sum(seen.share(reason) or 0 for reason in Reason) == 1


def test_of_nothing_there_is_no_share() -> None:
    assert picture([a_tally(None, None)]).share(Reason.OTHER) is None
    assert picture([]).n == 0


def test_hours_of_the_week_are_those_of_the_merchant() -> None:
    sunday_night = a_tally(hours=-1)
    assert heat([sunday_night], SHANGHAI, None)[0][7] == 1
    assert heat([sunday_night], UTC, None)[6][23] == 1
    assert heat([sunday_night], INDIA, None)[0][4] == 1


def test_a_heat_map_is_of_one_reason_or_of_all_without_what_healed() -> None:
    tallies = [
        a_tally(count=2),
        a_tally(Reason.OUT_OF_STOCK, count=3),
        a_tally(given=Given.HEALED, count=5),
        a_tally(None, None, count=6),
    ]
    assert heat(tallies, UTC, None)[0][0] == 5
    assert heat(tallies, UTC, Reason.OTHER)[0][0] == 2
    assert sum(map(sum, heat(tallies, UTC, Reason.NOT_PICKED_UP))) == 0


@pytest.mark.parametrize(("count", "most", "expected"), [(0, 0, 0), (0, 9, 0), (1, 1000, 1), (9, 9, DEEPEST)])
def test_what_is_not_nothing_is_seen(count: int, most: int, expected: int) -> None:
    assert shade(count, most) == expected
