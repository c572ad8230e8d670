"""How is all that is known of an order put, so that it may be shown?"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from bot.storage.views import CaseFile, OrderFile
from bot.web.board import order_shape as shape
from bot.web.board.anomalies import anomaly_row
from bot.web.board.promise_shape import promise_rows
from bot.web.board.queries import Query
from bot.web.board.screens import Asked
from bot.web.board.telling import Telling, lines, said
from handlers.outbox import Letter, LetterKind, draft_of
from handlers.records import What
from replies.masking import STARS, coded, free, masked, plain
from rules import orders
from rules.book import RuleBook
from rules.course import Attempt, Outcome, course
from rules.deadlines import Band, band
from rules.events import (
    Attribute,
    ContactReport,
    Customer,
    FactValue,
    OrderEvent,
    Sealed,
    StageReport,
)
from rules.fold import standing
from rules.orders import DEFAULT_PARCEL, OrderState
from rules.stages import STAGES, Stage, Status

WORST_FIRST = (Band.LATE, Band.GREY, Band.IN_TIME, Band.DONE)
BEGUN_ANEW = frozenset({Outcome.FAILED, Outcome.REOPENED, Outcome.RESET})


def portrait(file: OrderFile, book: RuleBook, asked: Asked[Query]) -> shape.WholeOrder:
    """The whole order."""
    return _Sitter(file, book, asked).portrait()


class _Sitter:
    """An order while it is being put."""

    def __init__(self, file: OrderFile, book: RuleBook, asked: Asked[Query]) -> None:
        self.file, self.order, self.book, self.asked = file, file.order, book, asked
        self.plan = book.plan_for(file.order)
        self.tell = Telling(asked.now, asked.zone)
        self.events = standing(file.events)
        """Those that count, oldest first."""
        attempts = course(file.order.key, file.events, book, asked.now)
        self.past = [self._run(one) for one in attempts if one.outcome in BEGUN_ANEW]
        self.present = [self._run(one) for one in attempts if one.outcome not in BEGUN_ANEW]

    def portrait(self) -> shape.WholeOrder:
        order, tell, fact = self.order, self.tell, self._fact
        stage, state = order.progress(self.plan.skip)
        return shape.WholeOrder(
            shop=order.key.shop,
            order_no=order.key.order_no,
            stage=stage,
            state=state,
            band=None if state is OrderState.CANCELLED else _worst(self.present),
            since=self._since(),
            created_at=tell.local(order.created_at),
            observed_at=tell.local(order.observed_at),
            lane=self.plan.lane,
            channel=fact(Attribute.CHANNEL),
            amount_fen=fact(Attribute.AMOUNT_FEN),
            currency=fact(Attribute.CURRENCY),
            tags=fact(Attribute.TAGS),
            items=[shape.Item(sku=coded(item.sku), qty=item.qty) for item in order.items],
            stages=self.present,
            past_runs=self.past,
            payment=self._payment(),
            stock=shape.Stock(stock_locked=fact(Attribute.STOCK_LOCKED), warehouse=fact(Attribute.WAREHOUSE)),
            packing=shape.Packing(pack_progress=fact(Attribute.PACK_PROGRESS)),
            carrier=fact(Attribute.CARRIER),
            tracking_no=fact(Attribute.TRACKING_NO),
            parcels=[self._parcel(parcel) for parcel in order.parcels],
            expected_parcels=order.expected_parcels,
            customer=self._buyer(),
            contacts=self._contacts(),
            replies=self._replies(),
            promises=promise_rows(self.file.promises, self.asked),
            anomalies=[anomaly_row(one.case, self.asked) for one in self.file.cases],
            refund=self._refund(),
            shortages=[self._shortage(one) for one in order.shortages],
            not_before=tell.local(order.not_before),
            skip=[stage for stage in STAGES if stage in self.plan.skip or stage in order.skip],
            last_operation=self._operation(),
            events=len(self.file.events),
        )

    def _fact(self, attribute: Attribute) -> shape.Fact | None:
        return self.tell.fact(self.order.facts, attribute)

    # --- stages ---------------------------------------------------------------

    def _run(self, attempt: Attempt) -> shape.StageRun:
        run, local = attempt.run, self.tell.local
        over = attempt.outcome in BEGUN_ANEW
        return shape.StageRun(
            stage=run.stage,
            run=run.number,
            parcel=plain(run.parcel) or None,
            started_at=local(run.started_at),
            updated_at=local(run.updated_at),
            completed_at=local(run.completed_at),
            inferred=run.inferred,
            band=Band.DONE if over else band(self.order, run, self.book, self.tell.now),
            since=local(attempt.since),
            grey_at=local(attempt.grey_at),
            limits=[
                shape.Limit(kind=mark.kind, at=local(mark.at), passed=mark.passed) for mark in attempt.limits
            ],
            ended_at=local(attempt.ended_at),
            outcome=attempt.outcome,
        )

    def _since(self) -> datetime | None:
        """What the worst of its stages has waited since; the last news of an order that nothing waits for."""
        waiting = [run for run in self.present if run.ended_at is None and run.since is not None]
        if waiting and self.order.cancelled_at is None:
            return min(
                waiting, key=lambda run: (WORST_FIRST.index(run.band), run.stage.place, run.since)
            ).since
        last = self.order.cancelled_at or (self.order.last_position and self.order.last_position.occurred_at)
        return self.tell.local(last)

    # --- facts ----------------------------------------------------------------

    def _payment(self) -> shape.Payment:
        return shape.Payment(
            payment_ref=self._fact(Attribute.PAYMENT_REF),
            payment_channel=self._fact(Attribute.PAYMENT_CHANNEL),
            paid_at=self._paid_at(),
        )

    def _paid_at(self) -> shape.Moment | None:
        """When a source said that it was paid; not when that was concluded."""
        run = self.order.run(Stage.PAYMENT)
        if run.completed_at is None or run.inferred:
            return None
        told = next(
            (event for event in self.events if _is_paid(event) and event.at == run.completed_at), None
        )
        return told and self.tell.moment(run.completed_at, _fact_of(told, True))

    def _buyer(self) -> shape.Buyer:
        return shape.Buyer(
            name=self._latest(lambda event: event.customer and event.customer.name),
            ref=self._latest(lambda event: event.customer and event.customer.ref),
            phone=self._personal(lambda customer: customer.phone),
            address=self._personal(lambda customer: customer.address),
            region=self._fact(Attribute.REGION),
            district=self._fact(Attribute.DISTRICT),
        )

    def _latest(self, read: Callable[[OrderEvent], str | None]) -> shape.Fact | None:
        """What the newest event says that says it at all."""
        found = next((event for event in reversed(self.events) if read(event)), None)
        return found and self.tell.known(_fact_of(found, True), free(read(found) or ""))

    def _personal(self, read: Callable[[Customer], Sealed | None]) -> shape.Fact | None:
        """What may be seen of something sealed, while it is kept."""
        kept = read(self.order.customer)
        told = next((one for one in reversed(self.events) if one.customer and read(one.customer)), None)
        return (
            None
            if kept is None or told is None
            else self.tell.known(_fact_of(told, True), kept.shown or STARS)
        )

    def _refund(self) -> shape.Refund | None:
        refund = self.order.refund
        if refund is None:
            return None
        return shape.Refund(
            at=self.tell.local(refund.at), fen=refund.fen, age_seconds=self.tell.age(refund.at)
        )

    def _shortage(self, short: orders.Shortage) -> shape.Shortage:
        return shape.Shortage(
            sku=None if short.sku is None else coded(short.sku),
            qty=short.qty,
            source=masked(short.source),
            at=self.tell.local(short.at),
            age_seconds=self.tell.age(short.at),
        )

    def _operation(self) -> shape.Operation | None:
        last = self.order.last_operation
        if last is None:
            return None
        return shape.Operation(
            at=self.tell.local(last.at),
            operator=None if last.operator is None else masked(last.operator),
            system=masked(last.system),
            action=last.action,
            note=None if last.note is None else masked(last.note),
            age_seconds=self.tell.age(last.at),
        )

    # --- parcels --------------------------------------------------------------

    def _parcel(self, parcel: orders.Parcel) -> shape.Parcel:
        runs = [run for run in self.present if run.parcel == (plain(parcel.name) or None)]
        waited = next((run for run in runs if run.ended_at is None), None)
        return shape.Parcel(
            parcel=plain(parcel.name),
            stage=waited.stage if waited else STAGES[-1],
            band=_worst(runs),
            carrier=self.tell.fact(parcel.facts, Attribute.CARRIER),
            tracking_no=self.tell.fact(parcel.facts, Attribute.TRACKING_NO),
            pack_progress=self.tell.fact(parcel.facts, Attribute.PACK_PROGRESS),
            scans=list(self._scans(parcel.name)),
        )

    def _scans(self, parcel: str) -> Iterator[shape.Scan]:
        """What was told of the parcel, or of all parcels; the newest first."""
        unnamed = DEFAULT_PARCEL if parcel == self.order.first_parcel else None
        names = {parcel, None, unnamed}
        for event in reversed(self.events):
            report = event.report
            if isinstance(report, StageReport) and report.stage.per_parcel and report.parcel in names:
                yield shape.Scan(
                    at=self.tell.local(event.occurred_at),
                    observed_at=self.tell.local(event.observed_at),
                    stage=report.stage,
                    status=report.status,
                    source=masked(event.key.source),
                    operator=None if event.operator is None else masked(event.operator),
                    note=said(event.note),
                )

    # --- what was said --------------------------------------------------------

    def _contacts(self) -> list[shape.CustomerContact]:
        return [
            shape.CustomerContact(
                at=self.tell.local(event.occurred_at),
                channel=free(event.report.channel),
                source=masked(event.key.source),
            )
            for event in reversed(self.events)
            if isinstance(event.report, ContactReport)
        ]

    def _replies(self) -> list[shape.Reply]:
        found = [
            self._reply(letter, case)
            for case in self.file.cases
            for letter in case.letters
            if letter.kind is LetterKind.CUSTOMER
        ]
        return sorted(found, key=lambda reply: reply.at, reverse=True)

    def _reply(self, letter: Letter, file: CaseFile) -> shape.Reply:
        _, _, number = letter.key.rpartition(":")
        line = next((one for one in file.timeline if one.key == f"{What.SENT}:{number}"), None)
        local, promised_at = self.tell.local, draft_of(letter.content).promised_at
        return shape.Reply(
            anomaly=file.case.id,
            at=local(line.at if line else letter.due_at),
            by=line.actor if line else None,
            medium=letter.medium,
            state=letter.state,
            done_at=local(letter.done_at),
            text=lines(letter.content["text"]),
            note=said(letter.note),
            promised_at=local(promised_at),
        )


def _worst(runs: Sequence[shape.StageRun]) -> Band:
    return min((run.band for run in runs), key=WORST_FIRST.index, default=Band.DONE)


def _is_paid(event: OrderEvent) -> bool:
    match event.report:
        case StageReport(stage=Stage.PAYMENT, status=Status.COMPLETED):
            return True
        case _:
            return False


def _fact_of(event: OrderEvent, value: FactValue) -> orders.Fact:
    return orders.Fact(value=value, source=event.key.source, at=event.occurred_at)
