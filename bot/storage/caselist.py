"""Which cases fit a filter, and how many? Read page by page, newest first or the longest overdue first.

Every combination goes by an index: what is not closed is little, and of the rest `cases_listed` holds all that a
filter can ask for, so that only the rows of the page are read.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.storage.cases import CASES, OUTLINES
from bot.storage.conditions import Condition, numbered, one_of, where
from bot.storage.connection import Connection, Row
from rules.anomalies import Anomaly, Outline, Sorting, State
from rules.events import Shop, UserId
from rules.instants import to_ms
from rules.reasons import Reason, ReasonSource
from rules.stages import Kind, Priority, Stage
from rules.storms import IncidentId

MOST_COUNTED = 10_000
"""So many are counted exactly."""
NOBODY = ""
"""The owner of a case that nobody has."""
LAST_CHARACTER = "\U0010ffff"
HEALED = f"(state = '{State.CLOSED}' AND coalesce(reason_source, '') = '{ReasonSource.EVIDENCE}')"
UNCLOSED = tuple(state for state in State if state is not State.CLOSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """Which cases to list; None and an empty tuple of states stand for all."""

    states: tuple[State, ...] = ()
    stage: Stage | None = None
    kind: Kind | None = None
    priority: Priority | None = None
    shops: frozenset[Shop] | None = None
    owner: UserId | str | None = None
    """`NOBODY` for those without one."""
    reason: Reason | None = None
    since: datetime | None = None
    """Noticed at that time or later."""
    until: datetime | None = None
    """Noticed before that time."""
    self_healed: bool | None = None
    held: bool | None = None
    """Held by the outage of a source, and not closed."""
    incident: IncidentId | None = None
    number: str = ""
    """What the order's number begins with."""
    sorting: Sorting = Sorting.NEWEST
    before: str | None = None
    """Only cases that come after the one of this id in the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many cases there are beside the list."""

    found: int
    """That fit the filter; no more than `MOST_COUNTED` + 1 are counted."""
    unclosed: int
    unclaimed: int
    mine: int
    """The reader's own, not closed."""
    urgent: int
    """P1, not closed."""
    held: int = 0
    """Held by the outage of a source; they are in none of the four numbers before."""


_COUNTED = ", ".join(
    f"count(*) FILTER (WHERE {which}) AS {name}"
    for name, which in {
        "unclosed": "held_by IS NULL",
        "unclaimed": "held_by IS NULL AND state = 'open'",
        "mine": "held_by IS NULL AND owner = $1",
        "urgent": "held_by IS NULL AND priority = 'P1'",
        "held": "held_by IS NOT NULL",
    }.items()
)
_OF_UNCLOSED = "NULL AS closed_at, opened_at, state, owner, priority, shop, held_by"
"""What `cases_unclosed` holds: they are counted off the index."""
_SORTED: Mapping[Sorting, tuple[str, str, str]] = {
    Sorting.NEWEST: ("opened_at", "<", "DESC"),
    Sorting.DUE: ("due_at", ">", "ASC"),
}
"""By which column, how what comes later compares, and which way."""


class CaseList:
    """The questions of the list."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def page(self, wanted: CaseFilter, limit: int, *, few: bool = False) -> Sequence[Anomaly]:
        """Cases in the order that was asked for; where few fit, they are all found first, and sorted then."""
        return [CASES.record(row) for row in await self._rows("*", wanted, limit, few=few)]

    async def outlines(self, wanted: CaseFilter, limit: int) -> Sequence[Outline]:
        """The same in outline, for thousands; of an incident, all of it is found first."""
        few = wanted.incident is not None
        return [OUTLINES.record(row) for row in await self._rows(OUTLINES.columns, wanted, limit, few=few)]

    async def _rows(self, columns: str, wanted: CaseFilter, limit: int, *, few: bool) -> Sequence[Row]:
        column, comes_after, way = _SORTED[wanted.sorting]
        by = f"{column} + 0" if few else column
        conditions = self._conditions(wanted)
        if wanted.before is not None:
            key = f"SELECT {column}, id FROM cases WHERE id = ?"
            conditions.append((f"({column}, id) {comes_after} ({key})", [wanted.before]))
        said, values = numbered(conditions)
        ids = f"SELECT id FROM cases{where(said)} ORDER BY {by} {way}, id {way} LIMIT ${len(values) + 1}"
        return await self._connection.fetch(
            f"SELECT {columns} FROM cases WHERE id IN ({ids}) ORDER BY {column} {way}, id {way}",
            *values,
            limit,
        )

    async def counts(self, wanted: CaseFilter, reader: UserId) -> Counts:
        """How many fit, and how it stands with all that is not closed in the shops of the filter's reader.

        What is not closed is looked at once: where nothing else is asked for, what fits is counted with it.
        """
        among = _is_told_by_unclosed(wanted)
        fitting = self._conditions(wanted) if among else []
        said, values = numbered([*_place(wanted), *fitting], 2)
        places, fits = said[: len(said) - len(fitting)], said[len(said) - len(fitting) :]
        (row,) = await self._connection.fetch(
            f"SELECT {_COUNTED}, count(*) FILTER (WHERE {' AND '.join(fits) or 'TRUE'}) AS found"
            f" FROM (SELECT {_OF_UNCLOSED} FROM cases{where(['closed_at IS NULL', *places])} ORDER BY opened_at DESC, id DESC)"
            " AS unclosed",
            reader,
            *values,
        )
        counted = {name: row[name] for name in ("unclosed", "unclaimed", "mine", "urgent", "held")}
        found = min(row["found"], MOST_COUNTED + 1) if among else await self._count(wanted)
        return Counts(found=found, **counted)

    async def _count(self, wanted: CaseFilter) -> int:
        """How many fit, as far as they are counted."""
        column, _, way = _SORTED[wanted.sorting]
        said, values = numbered(self._conditions(wanted))
        fitting = (
            f"SELECT 1 FROM cases{where(said)} ORDER BY {column} {way}, id {way} LIMIT {MOST_COUNTED + 1}"
        )
        (row,) = await self._connection.fetch(
            f"SELECT count(*) AS count FROM ({fitting}) AS fitting", *values
        )
        return row["count"]

    def _conditions(self, wanted: CaseFilter) -> list[Condition]:
        number = [wanted.number, f"{wanted.number}{LAST_CHARACTER}"]
        prefix = [(self._connection.begins_with("order_no"), number)] if wanted.number else []
        return [*_standing(wanted), *_facts(wanted), *_place(wanted), *_time(wanted), *prefix]


def _is_told_by_unclosed(wanted: CaseFilter) -> bool:
    """Whether none of what is asked for is closed, and the index of what is not closed holds all that is asked."""
    unclosed = wanted.sorting is Sorting.DUE or (wanted.states and State.CLOSED not in wanted.states)
    elsewhere = (wanted.stage, wanted.kind, wanted.reason, wanted.self_healed, wanted.number or None)
    return bool(wanted.held or unclosed) and not any(one is not None for one in elsewhere)


def _standing(wanted: CaseFilter) -> Iterator[Condition]:
    """Where the cases stand. What is not closed is said in the words of its indexes."""
    if wanted.sorting is Sorting.DUE or (wanted.states and State.CLOSED not in wanted.states):
        yield "closed_at IS NULL", []
    if wanted.states and set(wanted.states) != set(UNCLOSED):
        yield one_of("state", wanted.states)
    if wanted.held:
        yield "held_by IS NOT NULL AND closed_at IS NULL", []
    elif wanted.held is False:
        yield "held_by IS NULL", []
    if wanted.self_healed is not None:
        yield HEALED if wanted.self_healed else f"NOT {HEALED}", []


def _facts(wanted: CaseFilter) -> Iterator[Condition]:
    facts = {
        "stage": wanted.stage,
        "kind": wanted.kind,
        "priority": wanted.priority,
        "reason": wanted.reason,
        "owner": wanted.owner or None,
        "incident": wanted.incident,
    }
    yield from ((f"{column} = ?", [str(value)]) for column, value in facts.items() if value is not None)
    if wanted.owner == NOBODY:
        yield "owner IS NULL", []


def _place(wanted: CaseFilter) -> Iterator[Condition]:
    if wanted.shops is not None:
        yield one_of("shop", wanted.shops)


def _time(wanted: CaseFilter) -> Iterator[Condition]:
    if wanted.since is not None:
        yield "opened_at >= ?", [to_ms(wanted.since)]
    if wanted.until is not None:
        yield "opened_at < ?", [to_ms(wanted.until)]
