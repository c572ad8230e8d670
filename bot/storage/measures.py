"""How well does the team answer? A few sums over the cases of a range, off `cases_measured` where they are closed."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.storage.conditions import Condition, numbered, one_of
from bot.storage.connection import Connection, Row, Value
from handlers.outbox import LetterKind
from rules.anomalies import Ended
from rules.delivery import DeliveryState
from rules.events import Shop, UserId
from rules.golden import FIFTEEN, TEN, Share, Waits
from rules.instants import MILLISECOND, to_ms
from rules.measures import RESOLVED_AFTER, SAMPLED, Healing, Measure, Measures, rule_of
from rules.reasons import ReasonSource
from rules.stages import Kind, Stage

_COLUMNS = (
    "id, opened_at, closed_at, claimed_at, first_reached_at, touched_at, called_at, ended_at, escalated_at,"
    " reopenings, silent, waived_by, reason_source, ended_how, stage, kind, book_version"
)
_HEALED = f"(closed_at IS NOT NULL AND reason_source = '{ReasonSource.EVIDENCE}')"
_ANSWERABLE = f"NOT silent AND waived_by IS NULL AND NOT {_HEALED}"
_CLOSED = f"closed_at IS NOT NULL AND NOT {_HEALED}"
_WAITS = {
    Measure.CLAIM: ("claimed_at - opened_at", f"claimed_at IS NOT NULL AND {_ANSWERABLE}"),
    Measure.CONTACT: ("first_reached_at - opened_at", f"first_reached_at IS NOT NULL AND {_ANSWERABLE}"),
    Measure.CLOSE: ("closed_at - opened_at", _CLOSED),
    Measure.HANDLING: ("closed_at - coalesce(claimed_at, touched_at, opened_at)", _CLOSED),
}
_TOLD = f"('{LetterKind.CASE_CARD}', '{LetterKind.TASK_CARD}', '{LetterKind.LINE}')"
_HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureFilter:
    """Which cases are measured: those noticed from `since` on and before `until`; None stands for all."""

    since: datetime
    until: datetime
    shops: frozenset[Shop] | None = None
    stage: Stage | None = None
    lane: str | None = None
    owner: UserId | None = None


async def measured(
    connection: Connection, wanted: MeasureFilter, complaint: timedelta, now: datetime
) -> Measures:
    """What became of these cases; `complaint` is the complaint budget."""
    found = await counted(connection, wanted, complaint, now)
    return found.with_sample(*await sampled(connection, wanted))


async def counted(
    connection: Connection, wanted: MeasureFilter, complaint: timedelta, now: datetime
) -> Measures:
    """The part of it that adds up over ranges."""
    part = _Part(wanted)
    rules = await _by_rule(connection, part, complaint, now)
    return Measures(
        opened=sum(row["opened"] for row in rules),
        waits=await _waits(connection, part),
        shares={
            name: Share(sum(row[f"in_{name}"] for row in rules), sum(row[f"of_{name}"] for row in rules))
            for name in _judged(0)
        },
        healing=sorted(map(_healing, rules), key=rule_of),
    )


class _Part:
    """The cases in question, as a subquery: the closed ones off their index, beside the few that are not."""

    def __init__(self, wanted: MeasureFilter) -> None:
        said, values = numbered(_conditions(wanted))
        closed, unclosed = (
            f"SELECT {_COLUMNS} FROM cases WHERE {' AND '.join([*said, f'closed_at IS {which}'])}"
            for which in ("NOT NULL", "NULL")
        )
        self.sql = f"({closed} UNION ALL {unclosed}) AS fitting"
        self.newest = f"({closed} AND NOT {_HEALED} ORDER BY opened_at DESC LIMIT {SAMPLED}) AS fitting"
        self.values: Sequence[Value] = values


def _conditions(wanted: MeasureFilter) -> Iterator[Condition]:
    yield "opened_at >= ?", [to_ms(wanted.since)]
    yield "opened_at < ?", [to_ms(wanted.until)]
    if wanted.shops is not None:
        yield one_of("shop || ''", wanted.shops)
    if wanted.stage is not None:
        yield "stage || '' = ?", [wanted.stage]
    if wanted.lane is not None:
        yield "lane || '' = ?", [wanted.lane]
    if wanted.owner is not None:
        yield "owner || '' = ?", [wanted.owner]


def _judged(first: int) -> dict[Measure, tuple[str, str]]:
    """What each share is of, and which of these count; the parameters after `first` are now, the budget and 72 h ago."""
    now, complaint, long_ago = (f"${first + number}" for number in (1, 2, 3))
    took = "first_reached_at - opened_at"

    def due(ms: str) -> str:
        return f"{_ANSWERABLE} AND (first_reached_at IS NOT NULL OR opened_at + {ms} < {now})"

    ten, fifteen = (str(within // MILLISECOND) for within in (TEN, FIFTEEN))
    first_word = "(called_at IS NULL OR first_reached_at <= called_at)"
    settled = f"(closed_at IS NOT NULL AND closed_at <= {long_ago})"
    unreached = "(first_reached_at IS NULL OR first_reached_at > ended_at)"
    return {
        Measure.WITHIN_TEN: (due(ten), f"{took} <= {ten}"),
        Measure.WITHIN_FIFTEEN: (due(fifteen), f"{took} <= {fifteen} AND {first_word}"),
        Measure.BEFORE_COMPLAINT: (due(complaint), f"{took} <= {complaint}"),
        Measure.FIRST_RESOLUTION: (f"NOT {_HEALED} AND ({settled} OR reopenings > 0)", "reopenings = 0"),
        Measure.REFUNDED: (
            f"ended_at IS NOT NULL AND NOT {_HEALED}",
            f"ended_how = '{Ended.REFUNDED}' AND {unreached}",
        ),
    }


async def _by_rule(connection: Connection, part: _Part, complaint: timedelta, now: datetime) -> Sequence[Row]:
    """What is counted, for each rule that raised cases."""
    counted = ", ".join(
        f"count(CASE WHEN {of} THEN 1 END) AS of_{name}, count(CASE WHEN {of} AND {part_of} THEN 1 END) AS in_{name}"
        for name, (of, part_of) in _judged(len(part.values)).items()
    )
    return await connection.fetch(
        f"SELECT stage, kind, book_version, count(*) AS opened, count(CASE WHEN {_HEALED} THEN 1 END) AS healed,"
        f" count(CASE WHEN {_HEALED} OR touched_at IS NOT NULL THEN 1 END) AS decided, {counted}"
        f" FROM {part.sql} GROUP BY 1, 2, 3",
        *part.values,
        to_ms(now),
        complaint // MILLISECOND,
        to_ms(now - RESOLVED_AFTER),
    )


def _healing(row: Row) -> Healing:
    return Healing(
        stage=Stage(row["stage"]),
        kind=Kind(row["kind"]),
        book_version=row["book_version"],
        share=Share(row["healed"], row["decided"]),
    )


async def _waits(connection: Connection, part: _Part) -> dict[Measure, Waits]:
    """In whole seconds; from an hour on in whole minutes. Counted here: one look at each case is the quickest."""
    took = ", ".join(
        f"CASE WHEN {which} THEN CASE WHEN {time} < {_HOUR_MS} THEN ({time}) / 1000 ELSE ({time}) / 60000 * 60 END END"
        f" AS {name}"
        for name, (time, which) in _WAITS.items()
    )
    rows = await connection.fetch(f"SELECT {took} FROM {part.sql}", *part.values)
    found = {name: Counter(row[name] for row in rows) for name in _WAITS}
    return {
        name: Waits({seconds: count for seconds, count in counts.items() if seconds is not None})
        for name, counts in found.items()
    }


async def sampled(connection: Connection, wanted: MeasureFilter) -> tuple[Share, dict[int, int]]:
    """What has to be looked up case by case: how many needed nobody else's help, and what the team was told."""
    part = _Part(wanted)
    told = (
        f"(SELECT count(*) FROM letters AS l WHERE l.case_id = fitting.id AND l.kind IN {_TOLD}"
        f" AND l.state = '{DeliveryState.SENT}')"
    )
    helped = "(escalated_at IS NOT NULL OR EXISTS (SELECT 1 FROM tasks AS t WHERE t.case_id = fitting.id))"
    rows = await connection.fetch(
        f"SELECT messages, alone, count(*) AS count FROM (SELECT {told} AS messages,"
        f" CASE WHEN {helped} THEN 0 ELSE 1 END AS alone FROM {part.newest}) AS fitting GROUP BY 1, 2",
        *part.values,
    )
    messages = defaultdict[int, int](int)
    for row in rows:
        messages[row["messages"]] += row["count"]
    alone = sum(row["count"] for row in rows if row["alone"])
    return Share(alone, sum(messages.values())), dict(messages)
