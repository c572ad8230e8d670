"""Which promises fit a filter, how did they fare, and how long did such things take?"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.storage.caselist import CaseFilter, CaseList
from bot.storage.cases import Cases
from bot.storage.conditions import Condition, numbered, one_of, where
from bot.storage.connection import Connection, Row
from bot.storage.orders import Orders
from bot.storage.promises import PROMISES
from rules.anomalies import Anomaly
from rules.events import Attribute, OrderEvent, Shop
from rules.honesty import Sample, sample
from rules.instants import to_ms
from rules.keeprates import Tally
from rules.orders import Order
from rules.promises import Promise, PromiseState, Slot, carried_by

Place = tuple[int, str, str, str]
STATE = (
    f"CASE WHEN kept_at <= due_at THEN '{PromiseState.KEPT}'"
    f" WHEN kept_at > due_at OR broken_at IS NOT NULL THEN '{PromiseState.BROKEN}' ELSE '{PromiseState.OPEN}' END"
)
"""The same as `rules.promises.Promise.state`."""
_SHOP = "shop || ''"
"""Written so that SQLite goes by the time, and not through all promises of a shop."""
MOST_CASES = 3_000
"""The latest of so many tell how long it takes."""
AT_A_TIME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseFilter:
    """Which promises: made from `since` on and before `until`; None stands for all."""

    since: datetime
    until: datetime
    shops: frozenset[Shop] | None = None
    slot: Slot | None = None
    template: str | None = None
    carrier: str | None = None
    agent: str | None = None
    state: PromiseState | None = None
    before: Place | None = None
    """Only those that come after the one of this place in the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryFilter:
    """Which cases tell how long it takes: those noticed from `since` on."""

    slots: frozenset[Slot]
    shops: frozenset[Shop] | None
    since: datetime


async def promise_page(connection: Connection, wanted: PromiseFilter, limit: int) -> list[Promise]:
    """The promises, newest first."""
    said, values = numbered(_conditions(wanted))
    rows = await connection.fetch(
        f"SELECT * FROM promises{where(said)}"
        f" ORDER BY promised_at DESC, case_id DESC, told DESC, slot DESC LIMIT ${len(values) + 1}",
        *values,
        limit,
    )
    return [PROMISES.record(row) for row in rows]


def place_of(promise: Promise) -> Place:
    """Where a promise stands in the list."""
    return to_ms(promise.promised_at), promise.case, promise.told, promise.slot.value


async def promise_tallies(connection: Connection, wanted: PromiseFilter) -> list[Tally]:
    """The promises, counted; in no order."""
    said, values = numbered(_conditions(wanted))
    rows = await connection.fetch(
        f"SELECT slot, template, template_version, carrier, agent, unsure, {STATE} AS state, count(*) AS count"
        f" FROM promises{where(said)} GROUP BY 1, 2, 3, 4, 5, 6, 7",
        *values,
    )
    return [_tally(row) for row in rows]


async def promise_samples(connection: Connection, wanted: HistoryFilter, now: datetime) -> list[Sample]:
    """How long it took in the latest cases until what each slot promises happened, or has taken so far.

    Read a few at a time: there is much to fold, and others want to be heard meanwhile.
    """
    found, before = list[Sample](), None
    cases, orders = CaseList(connection), Orders(connection)
    for _ in range(MOST_CASES // AT_A_TIME):
        fitting = CaseFilter(shops=wanted.shops, since=wanted.since, before=before)
        page = await cases.page(fitting, AT_A_TIME)
        if not page:
            break
        before = page[-1].id
        files = await Cases(connection).with_orders([case.id for case in page])
        events = await orders.events({case.order for case, _ in files.values()})
        for case, order in files.values():
            found += _samples(case, order, events[case.order], wanted.slots, now)
    return found


def _samples(
    case: Anomaly, order: Order, events: Collection[OrderEvent], slots: Iterable[Slot], now: datetime
) -> Iterator[Sample]:
    for slot in slots:
        yield Sample(
            slot=slot,
            stage=case.stage,
            carrier=carried_by(order, case.stage, case.parcel),
            warehouse=order.text(Attribute.WAREHOUSE),
            span=sample(
                slot=slot,
                stage=case.stage,
                parcel=case.parcel,
                since=case.opened_at,
                order=order,
                events=events,
                now=now,
            ),
        )


def _tally(row: Row) -> Tally:
    return Tally(
        slot=Slot(row["slot"]),
        template=row["template"],
        template_version=row["template_version"],
        carrier=row["carrier"],
        agent=row["agent"],
        unsure=bool(row["unsure"]),
        state=PromiseState(row["state"]),
        count=row["count"],
    )


def _conditions(wanted: PromiseFilter) -> Iterator[Condition]:
    yield "promised_at >= ?", [to_ms(wanted.since)]
    yield "promised_at < ?", [to_ms(wanted.until)]
    if wanted.shops is not None:
        yield one_of(_SHOP, wanted.shops)
    for column in ("slot", "template", "carrier", "agent"):
        value: str | None = getattr(wanted, column)
        if value is not None:
            yield f"{column} = ?", [value]
    if wanted.state is not None:
        yield f"{STATE} = ?", [wanted.state]
    if wanted.before is not None:
        yield "(promised_at, case_id, told, slot) < (?, ?, ?, ?)", wanted.before
