"""Which letters did not arrive and are missed, and what became of each? By filters, newest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.storage.conditions import Condition, numbered, one_of, where
from bot.storage.connection import Connection, Row
from bot.storage.outbox import CODEC, IS_LOST
from handlers.outbox import Letter, LetterKind, Medium
from handlers.records import What
from rules.anomalies import State
from rules.delivery import DeliveryState
from rules.events import Shop
from rules.instants import to_ms

_HEIRS = (
    "(SELECT t.detail FROM timeline AS t WHERE t.case_id = l.case_id"
    f" AND t.key = '{What.PASSED_ON}:' || l.id LIMIT 1)"
)
_STATE = "(SELECT c.state FROM cases AS c WHERE c.id = l.case_id)"
_REACHED = "(SELECT c.reached_at FROM cases AS c WHERE c.id = l.case_id)"


@dataclass(frozen=True, slots=True, kw_only=True)
class LossFilter:
    """Which letters to list; None and an empty tuple stand for all."""

    states: tuple[DeliveryState, ...] = ()
    kind: LetterKind | None = None
    medium: Medium | None = None
    shops: frozenset[Shop] | None = None
    """Only letters about orders of these; those about no order are for whoever may see every shop."""
    since: datetime | None = None
    """Given up at that time or later."""
    until: datetime | None = None
    """Given up before that time."""
    before: tuple[int, str] | None = None
    """Only those that come after the one of this `place` in the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A letter that did not arrive, and how it stands with what it was about."""

    letter: Letter
    passed_on: str | None
    """What the timeline says of who got it instead, as `passing` writes it; None when nobody did."""
    case_state: State | None
    """None for a letter about no case."""
    reached: bool
    """Whether the customer has been reached since."""

    @property
    def place(self) -> tuple[int, str]:
        """Where it stands in the list."""
        done_at = self.letter.done_at
        return 0 if done_at is None else to_ms(done_at), self.letter.id


async def losses(connection: Connection, wanted: LossFilter, limit: int) -> list[Loss]:
    """Letters that were lost, newest first."""
    said, values = numbered(_conditions(wanted))
    rows = await connection.fetch(
        f"SELECT l.*, {_HEIRS} AS heirs, {_STATE} AS case_state, {_REACHED} AS reached_at FROM letters AS l"
        f"{where(said)} ORDER BY l.done_at DESC, l.id DESC LIMIT ${len(values) + 1}",
        *values,
        limit,
    )
    return [_loss(row) for row in rows]


def _loss(row: Row) -> Loss:
    state = row["case_state"]
    return Loss(
        letter=CODEC.record(row),
        passed_on=row["heirs"],
        case_state=None if state is None else State(state),
        reached=row["reached_at"] is not None,
    )


def _conditions(wanted: LossFilter) -> Iterator[Condition]:
    yield IS_LOST, []
    if wanted.states:
        yield one_of("l.state", wanted.states)
    if wanted.kind is not None:
        yield "l.kind = ?", [wanted.kind]
    if wanted.medium is not None:
        yield "l.medium = ?", [wanted.medium]
    if wanted.shops is not None:
        yield one_of("l.shop", wanted.shops)
    if wanted.since is not None:
        yield "l.done_at >= ?", [to_ms(wanted.since)]
    if wanted.until is not None:
        yield "l.done_at < ?", [to_ms(wanted.until)]
    if wanted.before is not None:
        yield "(l.done_at, l.id) < (?, ?)", wanted.before
