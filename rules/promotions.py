"""Which promotions come every year? A lane for each, ready to be adjusted and published."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo


class Promotion(StrEnum):
    """A promotion that has a lane ready."""

    JUNE = "618"
    """618: from the evening of 17 June."""
    NOVEMBER = "1111"
    """双11: from the evening of 31 October."""
    EMPTY = "new"
    """Any other one: the lane has a name and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Season:
    name: str
    tag: str
    starts: tuple[int, int, int]
    """Month, day and hour of the wall."""
    lasts: timedelta


_SEASONS = {
    Promotion.JUNE: _Season(name="618 大促", tag="618", starts=(6, 17, 20), lasts=timedelta(hours=28)),
    Promotion.NOVEMBER: _Season(
        name="双11 大促", tag="双11", starts=(10, 31, 20), lasts=timedelta(days=11, hours=4)
    ),
}
VALUABLE_FEN = 50_000
"""From this amount on, until somebody says otherwise."""


def lane_of(promotion: Promotion, names: Collection[str], now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """A lane as a file has it, for the next time that the promotion comes; its name is none of `names`."""
    season = _SEASONS.get(promotion)
    if season is None:
        return {"name": _free("新通道", names)}
    start, end = _next(season, now, zone)
    return {
        "name": _free(season.name, names),
        "match": {
            "all": [
                {"field": "tags", "op": "contains", "value": season.tag},
                {"field": "amount_fen", "op": ">=", "value": VALUABLE_FEN},
            ]
        },
        "from": start.isoformat(),
        "to": end.isoformat(),
        "stages": {"picking": {"limits": [{"when": "not_started", "after": "90m"}]}},
    }


def _next(season: _Season, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From when until when: of this year, unless that is over."""
    month, day, hour = season.starts
    start = datetime(now.astimezone(zone).year, month, day, hour, tzinfo=zone)
    if start + season.lasts <= now:
        start = start.replace(year=start.year + 1)
    return start, start + season.lasts


def _free(name: str, names: Collection[str]) -> str:
    numbered = (f"{name} {number}" for number in range(2, len(names) + 3))
    return next(one for one in (name, *numbered) if one not in names)
