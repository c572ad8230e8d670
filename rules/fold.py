"""How do an order's events become its state? A pure fold, one event at a time.

The state depends on the set of distinct, unretracted events alone: they are folded in the order of
`OrderEvent.position`, however they arrived. `advance` adds events newer than all before; when one is
older, or takes another back, `fold` starts again from the first.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from operator import attrgetter

from msgspec.structs import replace

from rules.events import (
    Attribute,
    ContactReport,
    Customer,
    EventKey,
    EventType,
    FactValue,
    OrderEvent,
    OrderKey,
    RefundReport,
    ShortReport,
    StageReport,
)
from rules.orders import (
    DEFAULT_PARCEL,
    WHOLE_ORDER,
    Contact,
    Fact,
    Operation,
    Order,
    Parcel,
    Refund,
    Run,
    Shortage,
)
from rules.stages import PARCEL_STAGES, Stage, Status

PARCEL_FACTS = frozenset({Attribute.CARRIER, Attribute.TRACKING_NO, Attribute.PACK_PROGRESS})


def fold(key: OrderKey, events: Iterable[OrderEvent]) -> Order:
    """The state of an order from all of its events, in any order and with repeats."""
    known = list(events)
    retracted = {event.report for event in known if isinstance(event.report, EventKey)}
    return _apply_all(Order(key=key, retracted=tuple(sorted(retracted))), standing(known))


def standing(events: Collection[OrderEvent]) -> list[OrderEvent]:
    """The events that count, each once, oldest first: all that were not taken back, and the retractions."""
    retracted = {event.report for event in events if isinstance(event.report, EventKey)}
    return [event for event in _distinct(events) if event.key not in retracted or is_retraction(event)]


def advance(order: Order, events: Collection[OrderEvent]) -> Order | None:
    """`order` with new events added, or None when only folding afresh would be right."""
    distinct = _distinct(events)
    if any(is_retraction(event) or event.key in order.retracted for event in distinct):
        return None
    newest = order.last_position
    if distinct and newest is not None and distinct[0].position <= newest:
        return None
    return _apply_all(order, distinct)


def is_retraction(event: OrderEvent) -> bool:
    """Whether the event takes another back. A retraction cannot itself be taken back."""
    return event.type is EventType.RETRACTED


def _distinct(events: Collection[OrderEvent]) -> list[OrderEvent]:
    """Each event once, as it was first observed, oldest first."""
    if len(events) == 1:
        return list(events)
    last_seen_first = sorted(events, key=attrgetter("observed_at"), reverse=True)
    return sorted({event.key: event for event in last_seen_first}.values(), key=attrgetter("position"))


def _apply_all(order: Order, events: Iterable[OrderEvent]) -> Order:
    draft = _Draft(order)
    for event in events:
        draft.apply(event)
    return draft.freeze()


class _Draft:
    """An order while events are being folded in."""

    def __init__(self, order: Order) -> None:
        self.key = order.key
        self.created_at = order.created_at
        self.facts = dict(order.facts)
        self.items = order.items
        self.customer = order.customer
        self.not_before = order.not_before
        self.skip = order.skip
        self.runs = {(run.stage.place, run.parcel): run for run in order.runs}
        self.parcels = {parcel.name: dict(parcel.facts) for parcel in order.parcels}
        self.first_parcel = order.first_parcel
        self.cancelled_at = order.cancelled_at
        self.resumed_at = order.resumed_at
        self.shortages = {shortage.sku: shortage for shortage in order.shortages}
        self.contact = order.contact
        self.refund = order.refund
        self.last_operation = order.last_operation
        self.last_position = order.last_position
        self.retracted = order.retracted
        self.observed_at = order.observed_at

    def freeze(self) -> Order:
        return Order(
            key=self.key,
            created_at=self.created_at,
            facts=self.facts,
            items=self.items,
            customer=self.customer,
            not_before=self.not_before,
            skip=self.skip,
            runs=tuple([self.runs[place] for place in sorted(self.runs)]),
            parcels=tuple([Parcel(name=name, facts=facts) for name, facts in sorted(self.parcels.items())]),
            first_parcel=self.first_parcel,
            cancelled_at=self.cancelled_at,
            resumed_at=self.resumed_at,
            shortages=tuple(self.shortages.values()),
            contact=self.contact,
            refund=self.refund,
            last_operation=self.last_operation,
            last_position=self.last_position,
            retracted=self.retracted,
            observed_at=self.observed_at,
        )

    def apply(self, event: OrderEvent) -> None:
        self._learn(event)
        self._follow(event)
        self._note_operation(event)
        self.last_position = event.position
        self.observed_at = max(self.observed_at or event.observed_at, event.observed_at)

    def _learn(self, event: OrderEvent) -> None:
        """Take over the facts that any event may carry."""
        for attribute, value in event.attributes.items():
            self.facts[attribute] = _fact(value, event)
        self.items = self.items if event.items is None else event.items
        self.not_before = event.not_before or self.not_before
        self.skip = self.skip if event.skip is None else event.skip
        if event.customer is not None:
            self.customer = _merged(self.customer, event.customer)

    def _follow(self, event: OrderEvent) -> None:
        """What this type of event, beyond its facts, does to the order."""
        match event.type, event.report:
            case EventType.CREATED, _:
                self.created_at = self.created_at or event.at
            case EventType.STAGE, StageReport() as report:
                self._report_stage(event, report)
            case EventType.CANCELLED, _:
                self.cancelled_at = self.cancelled_at or event.at
            case EventType.RESUMED, _ if self.cancelled_at is not None:  # else nothing stood still
                self.cancelled_at, self.resumed_at = None, event.at
            case EventType.REFUND_REQUESTED, RefundReport() as report:
                self.refund = Refund(at=event.at, fen=report.refund_fen)
            case EventType.STOCK_SHORT, ShortReport() as report:
                self._report_short(event, report)
            case EventType.CONTACTED, ContactReport() as report:
                self._hear(event, report)
            case _:
                pass  # order.changed carries facts alone; retractions were dealt with before folding

    def _report_short(self, event: OrderEvent, report: ShortReport) -> None:
        """One SKU is short, or there again; a report without a SKU that takes back, takes back all."""
        self.shortages.pop(report.sku, None)
        if report.qty_short > 0:
            self.shortages[report.sku] = Shortage(
                at=event.at, source=event.key.source, sku=report.sku, qty=report.qty_short
            )
        elif report.sku is None:
            self.shortages.clear()

    def _hear(self, event: OrderEvent, report: ContactReport) -> None:
        """The customer wrote or called; where they wrote is where they can be answered."""
        self.contact = Contact(at=event.at, channel=report.channel)
        heard = Customer(open_kfid=report.open_kfid, external_userid=report.external_userid)
        self.customer = _merged(self.customer, heard)

    def _note_operation(self, event: OrderEvent) -> None:
        """Remember who touched the order last; a customer's call is no operation on it."""
        if event.type in {EventType.CONTACTED, EventType.RETRACTED}:
            return
        report = event.report
        self.last_operation = Operation(
            at=event.occurred_at,
            system=event.key.source,
            action=f"{report.stage}.{report.status}" if isinstance(report, StageReport) else event.type.value,
            operator=event.operator,
            note=event.note,
        )

    # --- stages -------------------------------------------------------------

    def _report_stage(self, event: OrderEvent, report: StageReport) -> None:
        at, progress = event.at, False
        for parcel in self._parcels_meant(report):
            if report.stage.per_parcel:
                self._learn_parcel(parcel, event)
            run = self._run(report.stage, parcel)
            progress |= self._infer_earlier(report.stage, parcel, at) or _goes_on(run, report.status)
            self._set_run(_MOVE[report.status](run, at))
            if report.status in {Status.FAILED, Status.REOPENED}:
                self._reset_later(report.stage, parcel)
        if progress:
            self.shortages.clear()

    def _run(self, stage: Stage, parcel: str) -> Run:
        return self.runs.get((stage.place, parcel)) or Run(stage=stage, parcel=parcel)

    def _set_run(self, run: Run) -> None:
        self.runs[run.stage.place, run.parcel] = run

    def _parcels_meant(self, report: StageReport) -> list[str]:
        """Which parcels a report is about; one without a name is about all that are known."""
        if not report.stage.per_parcel:
            return [WHOLE_ORDER]
        if report.parcel is None:
            return sorted(self.parcels) or [DEFAULT_PARCEL]
        if self.first_parcel is None:
            self._name_first_parcel(report.parcel)
        return [report.parcel]

    def _name_first_parcel(self, name: str) -> None:
        """The parcel that had no name until now turns out to be `name`."""
        self.first_parcel = name
        if DEFAULT_PARCEL in self.parcels:
            self.parcels[name] = self.parcels.pop(DEFAULT_PARCEL)
        for stage in PARCEL_STAGES:
            run = self.runs.pop((stage.place, DEFAULT_PARCEL), None)
            if run is not None:
                number = max(run.number, self._run(stage, name).number)
                self._set_run(replace(run, parcel=name, number=number))

    def _learn_parcel(self, parcel: str, event: OrderEvent) -> None:
        facts = self.parcels.setdefault(parcel, {})
        for attribute in PARCEL_FACTS & event.attributes.keys():
            facts[attribute] = _fact(event.attributes[attribute], event)

    def _infer_earlier(self, stage: Stage, parcel: str, at: datetime) -> bool:
        """News of a stage means that those before it are done. True when that was news of them too."""
        news = False
        for earlier in stage.earlier:
            run = self._run(earlier, parcel if earlier.per_parcel else WHOLE_ORDER)
            if run.completed_at is None:
                self._set_run(replace(run, completed_at=_not_before(run, at), inferred=True))
                news = True
        return news

    def _reset_later(self, stage: Stage, parcel: str) -> None:
        """After a failure the later stages begin anew, under the next number."""
        for run in list(self.runs.values()):
            if run.stage in stage.later and (not stage.per_parcel or run.parcel == parcel):
                number = run.number if run.is_blank else run.number + 1
                self._set_run(Run(stage=run.stage, parcel=run.parcel, number=number))
        if not stage.per_parcel:
            self.parcels.clear()
            self.first_parcel = None


def _fact(value: FactValue, event: OrderEvent) -> Fact:
    return Fact(value=value, source=event.key.source, at=event.occurred_at)


def _merged(known: Customer, said: Customer) -> Customer:
    return Customer(
        ref=said.ref or known.ref,
        name=said.name or known.name,
        open_kfid=said.open_kfid or known.open_kfid,
        external_userid=said.external_userid or known.external_userid,
        owner_userid=said.owner_userid or known.owner_userid,
        phone=said.phone or known.phone,
        address=said.address or known.address,
    )


def _latest(known: datetime | None, at: datetime) -> datetime:
    return at if known is None else max(known, at)


def _not_before(run: Run, at: datetime) -> datetime:
    """`at`, or the beginning of the run when a source's clock would put it before that."""
    return max(at, run.opened_at or at, run.started_at or at)


def _goes_on(run: Run, status: Status) -> bool:
    """Whether the report is progress of the run; what was known already is none."""
    if run.completed_at is not None:
        return False
    return status is Status.COMPLETED or (status is Status.STARTED and run.started_at is None)


def _progress(run: Run, at: datetime) -> Run:
    """News of a run; where its end was stated, no beginning. An inferred end is not before the beginning."""
    updated_at = _latest(run.updated_at, at)
    if run.completed_at is not None and not run.inferred:
        return replace(run, updated_at=updated_at)
    started_at = run.started_at or _not_before(run, at)
    completed_at = None if run.completed_at is None else max(run.completed_at, started_at)
    return replace(run, started_at=started_at, updated_at=updated_at, completed_at=completed_at)


def _complete(run: Run, at: datetime) -> Run:
    """A stated completion replaces an inferred one; the first stated one stands."""
    stated = run.completed_at is not None and not run.inferred
    return replace(
        run,
        updated_at=_latest(run.updated_at, at),
        completed_at=run.completed_at if stated else _not_before(run, at),
        inferred=False,
    )


def _next_run(run: Run, at: datetime) -> Run:
    return Run(stage=run.stage, parcel=run.parcel, number=run.number + 1, opened_at=at, updated_at=at)


_MOVE: dict[Status, Callable[[Run, datetime], Run]] = {
    Status.STARTED: _progress,
    Status.UPDATED: _progress,
    Status.COMPLETED: _complete,
    Status.FAILED: _next_run,
    Status.REOPENED: _next_run,
}
