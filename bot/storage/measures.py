"""How well does the team answer? A few sums over the cases of a range, off `cases_measured` where they are closed."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import NamedTuple

from bot.storage.conditions import Condition, numbered, one_of
from bot.storage.connection import Connection, Value
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
_TOOK = ", ".join(
    f"CASE WHEN {which} THEN CASE WHEN {time} < {_HOUR_MS} THEN ({time}) / 1000 ELSE ({time}) / 60000 * 60 END END"
    f" AS {name}"
    for name, (time, which) in _WAITS.items()
)
"""In whole seconds; from an hour on in whole minutes."""
_HEALED_BIT, _DECIDED_BIT, _SHARE_BITS = 0, 1, 2
"""Of the marks of a case; the last one begins two for each share: whether it is of the case, and whether it counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureFilter:
    """Which cases are measured: those noticed from `since` on and before `until`; None stands for all."""

    since: datetime
    until: datetime
    shops: frozenset[Shop] | None = None
    stage: Stage | None = None
    lane: str | None = None
    owner: UserId | None = None


class _Rule(NamedTuple):
    """Which rule raised a case."""

    stage: Stage
    kind: Kind
    book_version: int


_Marked = tuple[_Rule, int]
"""Which rule raised cases, and what is so of them."""


async def measured(
    connection: Connection, wanted: MeasureFilter, complaint: timedelta, now: datetime
) -> Measures:
    """What became of these cases; `complaint` is the complaint budget."""
    found = await counted(connection, wanted, complaint, now)
    return found.with_sample(*await sampled(connection, wanted))


async def counted(
    connection: Connection, wanted: MeasureFilter, complaint: timedelta, now: datetime
) -> Measures:
    """The part of it that adds up over ranges. Each case is looked at once; those alike in everything come as one row."""
    part = _Part(wanted)
    rows = await connection.fetch(
        f"SELECT stage, kind, book_version, {_marks(len(part.values))} AS marks, {_TOOK}, count(*) AS cases"
        f" FROM {part.sql} GROUP BY {', '.join(str(place) for place in range(1, 5 + len(_WAITS)))}",
        *part.values,
        to_ms(now),
        complaint // MILLISECOND,
        to_ms(now - RESOLVED_AFTER),
    )
    marked = Counter[_Marked]()
    waits = {name: Counter[int]() for name in _WAITS}
    for row in rows:
        rule = _Rule(Stage(row["stage"]), Kind(row["kind"]), row["book_version"])
        marked[rule, row["marks"]] += row["cases"]
        for name, waited in waits.items():
            if row[name] is not None:
                waited[row[name]] += row["cases"]
    return Measures(
        opened=marked.total(),
        waits={name: Waits(waited) for name, waited in waits.items()},
        shares=_shares(marked),
        healing=_healing(marked),
    )


def _shares(marked: Mapping[_Marked, int]) -> dict[Measure, Share]:
    """Of each share, how many count and what it is of."""

    def having(bit: int) -> int:
        return sum(cases for (_, marks), cases in marked.items() if marks >> bit & 1)

    bits = zip(_judged(0), count(_SHARE_BITS, 2), strict=False)
    return {name: Share(having(bit + 1), having(bit)) for name, bit in bits}


def _healing(marked: Mapping[_Marked, int]) -> list[Healing]:
    """For each rule that raised cases."""
    healed, decided = Counter[_Rule](), Counter[_Rule]()
    for (rule, marks), cases in marked.items():
        healed[rule] += cases * (marks >> _HEALED_BIT & 1)
        decided[rule] += cases * (marks >> _DECIDED_BIT & 1)
    found = [
        Healing(
            stage=rule.stage,
            kind=rule.kind,
            book_version=rule.book_version,
            share=Share(healed[rule], decided[rule]),
        )
        for rule in decided
    ]
    return sorted(found, key=rule_of)


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


def _marks(first: int) -> str:
    """What is so of a case, a bit each: of each share two, and whether it healed by itself, or could have."""
    judged = (said for of, part_of in _judged(first).values() for said in (of, f"{of} AND {part_of}"))
    conditions = (_HEALED, f"({_HEALED} OR touched_at IS NOT NULL)", *judged)
    return " + ".join(f"CASE WHEN {said} THEN {1 << bit} ELSE 0 END" for bit, said in enumerate(conditions))


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
