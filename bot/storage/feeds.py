"""How is it kept what each source has sent? A row for each source, shop and hour, which only grows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from bot.storage.connection import Connection, Row, Table, Type
from handlers.messages import Intake, Reported
from rules.events import Shop
from rules.feeds import HOURS, Feed, Feeder
from rules.habits import HeardHour
from rules.instants import from_ms, to_ms

HOUR_MS, MINUTE_MS = 3_600_000, 60_000
FEEDS = Table(
    "feeds",
    {
        "source": Type.TEXT,
        "shop": Type.TEXT,
        "hour_at": Type.BIGINT,
        "events": Type.BIGINT,
        "occurred_at": Type.BIGINT,
        "observed_at": Type.BIGINT,
        "minutes": Type.BIGINT,
    },
    ("source", "shop", "hour_at"),
)
HEARTBEATS = Table("heartbeats", {"source": Type.TEXT, "at": Type.BIGINT}, ("source",))


class FeedHour(NamedTuple):
    """An hour of a feed, which begins at so many milliseconds."""

    source: str
    shop: str
    hour_at: int


@dataclass(frozen=True, slots=True)
class Heard:
    """How many events, the times of the newest ones in milliseconds, and in which minutes they came in: a bit each."""

    events: int
    occurred_at: int
    observed_at: int
    minutes: int = 0

    def plus(self, other: "Heard") -> "Heard":
        """Both together."""
        return Heard(
            self.events + other.events,
            max(self.occurred_at, other.occurred_at),
            max(self.observed_at, other.observed_at),
            self.minutes | other.minutes,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is kept of a source, over all shops that it reports of."""

    shops: tuple[Shop, ...]
    heard_at: datetime
    occurred_at: datetime
    """When the newest of its events happened."""
    hours: tuple[HeardHour, ...]
    """Those in which something came, oldest first."""


def add_to(heard: dict[FeedHour, Heard], report: Reported) -> None:
    """Count an event in the hour in which it came in."""
    event = report.event
    observed_at = to_ms(event.observed_at)
    hour = FeedHour(event.key.source, event.order.shop, observed_at - observed_at % HOUR_MS)
    minute = observed_at % HOUR_MS // MINUTE_MS
    one = Heard(1, to_ms(event.occurred_at), observed_at, 1 << minute)
    heard[hour] = heard[hour].plus(one) if hour in heard else one


def new_among(reports: Iterable[Reported], answers: Iterable[Intake]) -> Iterator[Reported]:
    """The events that had not come before."""
    return (report for report, answer in zip(reports, answers, strict=True) if answer is Intake.ACCEPTED)


def counted(reports: Iterable[Reported]) -> dict[FeedHour, Heard]:
    """Events, counted in the hours in which they came in."""
    heard: dict[FeedHour, Heard] = {}
    for report in reports:
        add_to(heard, report)
    return heard


class Feeds:
    """What sources sent, within a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, heard: Mapping[FeedHour, Heard]) -> None:
        """Add to what is counted already; in the order of the keys, or two processes would deadlock."""
        if not heard:
            return
        rows = [
            (*hour, one.events, one.occurred_at, one.observed_at, one.minutes)
            for hour, one in sorted(heard.items())
        ]
        listed = self._connection.listed(FEEDS.columns, rows, 1)
        newest = ", ".join(
            f"{at} = CASE WHEN excluded.{at} > feeds.{at} THEN excluded.{at} ELSE feeds.{at} END"
            for at in ("occurred_at", "observed_at")
        )
        await self._connection.execute(
            f"INSERT INTO feeds ({', '.join(FEEDS.columns)}) SELECT * FROM {listed.sql} WHERE true"
            f" ON CONFLICT ({', '.join(FEEDS.key)}) DO UPDATE SET events = feeds.events + excluded.events,"
            f" minutes = feeds.minutes | excluded.minutes, {newest}",
            *listed.parameters,
        )

    async def beat(self, beats: Mapping[str, int]) -> None:
        """Note the heartbeats of sources, in milliseconds; the latest stands."""
        if not beats:
            return
        listed = self._connection.listed(HEARTBEATS.columns, sorted(beats.items()), 1)
        await self._connection.execute(
            f"INSERT INTO heartbeats (source, at) SELECT source, at FROM {listed.sql} WHERE true"
            " ON CONFLICT (source) DO UPDATE SET at = excluded.at WHERE heartbeats.at < excluded.at",
            *listed.parameters,
        )

    async def forget_before(self, moment: datetime, limit: int) -> int:
        """Drop the hours that began before `moment`, `limit` at most; how many there were."""
        key = ", ".join(FEEDS.key)
        dropped = await self._connection.fetch(
            f"DELETE FROM feeds WHERE ({key}) IN (SELECT {key} FROM feeds WHERE hour_at < $1 LIMIT $2)"
            " RETURNING source",
            to_ms(moment),
            limit,
        )
        return len(dropped)


async def feeds_at(connection: Connection, now: datetime, day_at: datetime) -> dict[Feeder, Feed]:
    """What each source has sent, of what is not forgotten; `day_at` is when the day began."""
    present, day_hour = (to_ms(at) - to_ms(at) % HOUR_MS for at in (now, day_at))
    first = present - (HOURS - 1) * HOUR_MS
    rows = await connection.fetch(
        "SELECT source, shop, max(occurred_at) AS occurred_at, max(observed_at) AS observed_at FROM feeds"
        " GROUP BY source, shop"
    )
    counts = await connection.fetch(
        "SELECT source, shop, hour_at, events FROM feeds WHERE hour_at >= $1", min(first, day_hour)
    )
    hours: dict[Feeder, dict[int, int]] = {}
    for row in counts:
        hours.setdefault(Feeder(row["source"], Shop(row["shop"])), {})[row["hour_at"]] = row["events"]
    found: dict[Feeder, Feed] = {}
    for row in rows:
        feeder = Feeder(row["source"], Shop(row["shop"]))
        by_hour = hours.get(feeder, {})
        found[feeder] = Feed(
            occurred_at=from_ms(row["occurred_at"]),
            observed_at=from_ms(row["observed_at"]),
            today=sum(events for hour, events in by_hour.items() if hour >= day_hour),
            hours=tuple(by_hour.get(first + number * HOUR_MS, 0) for number in range(HOURS)),
        )
    return found


async def records(connection: Connection, since: datetime) -> dict[str, Record]:
    """What each source has sent that was heard since then."""
    rows = await connection.fetch(
        "SELECT source, shop, hour_at, events, occurred_at, observed_at, minutes FROM feeds WHERE hour_at >= $1"
        " ORDER BY hour_at",
        to_ms(since),
    )
    of_source: dict[str, list[Row]] = {}
    for row in rows:
        of_source.setdefault(row["source"], []).append(row)
    return {source: _record(of_it) for source, of_it in of_source.items()}


async def heartbeats(connection: Connection) -> dict[str, datetime]:
    """When each source that ever sent a heartbeat sent its last one."""
    rows = await connection.fetch("SELECT source, at FROM heartbeats")
    return {row["source"]: from_ms(row["at"]) for row in rows}


def _record(rows: Sequence[Row]) -> Record:
    hours: dict[int, HeardHour] = {}
    for row in rows:
        at, known = row["hour_at"], hours.get(row["hour_at"])
        events, minutes = (known.events, known.minutes) if known else (0, 0)
        hours[at] = HeardHour(from_ms(at), events + row["events"], minutes | row["minutes"])
    return Record(
        shops=tuple(sorted({Shop(row["shop"]) for row in rows})),
        heard_at=from_ms(max(row["observed_at"] for row in rows)),
        occurred_at=from_ms(max(row["occurred_at"] for row in rows)),
        hours=tuple(hours[at] for at in sorted(hours)),
    )
