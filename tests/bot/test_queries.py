"""Is every day that a page can be asked for one that it can look at?"""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.web.board.queries import FIRST_DAY, LAST_DAY, FaultyQueryError, read
from bot.web.board.reasons import MOST_DAYS, ReasonQuery
from replies.words import Language
from rules.dates import begin_of, end_of

ZONES = [ZoneInfo(name) for name in ("Asia/Shanghai", "Pacific/Kiritimati", "America/Los_Angeles")]


@pytest.mark.parametrize("typed", ["9999-12-31", "0001-01-01", "1969-12-31"])
def test_a_day_at_the_edge_of_the_calendar_is_named_with_its_mend(typed: str) -> None:
    with pytest.raises(FaultyQueryError) as raised:
        read(ReasonQuery, {"until": typed})
    (fault,) = raised.value.faults
    assert fault.name == "until"
    assert fault.said(Language.ZH) == "until 是 1970 到 9998 年里的一天"
    assert fault.said(Language.EN) == "until is a day of the years 1970 to 9998"


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_every_other_day_begins_and_ends_as_do_all_ranges_around_it(zone: ZoneInfo) -> None:
    asked = read(ReasonQuery, {"since": FIRST_DAY.isoformat(), "until": LAST_DAY.isoformat()})
    assert (asked.since, asked.until) == (FIRST_DAY, LAST_DAY)
    assert begin_of(FIRST_DAY - timedelta(days=2 * MOST_DAYS), zone) < begin_of(FIRST_DAY, zone)
    assert end_of(LAST_DAY, zone) > begin_of(LAST_DAY, zone)
