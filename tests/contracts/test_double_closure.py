"""No way of closing goes past what belongs to it: the customer reached or waived by name, the order's end, a reason.

Each way is tried on three cases, of which each lacks one of the three. It closes the one whose part it brings, and
nothing else; of the others it takes nothing away.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.storage.store import Store, Transaction
from handlers.addressing import customer_address
from handlers.bus import on_due, on_incoming
from handlers.claiming import claim_one
from handlers.delivery import Receipt, settle
from handlers.desk import Deed, perform
from handlers.intake import take_in
from handlers.messages import CardClicked, DueKind, LetterId, Sender, Surface, TextReceived
from handlers.outbox import Letter, LetterKind, Medium, content_of
from handlers.pen import key_of_round
from handlers.sidebar import Result, report
from replies.actions import REASON
from replies.cards import Tap
from replies.drafts import Draft
from rules.actions import Action
from rules.anomalies import Anomaly, Closing, Ended
from rules.delivery import DeliveryState, Outcome
from rules.inquiry import IN_HAND
from rules.instants import instant
from rules.reaching import Means, Needless, Waiver
from rules.reasons import Reason, ReasonSource, Verdict
from tests.contracts.backend import REFUSED, inside
from tests.contracts.builders import NOW, a_card, a_case, a_due, a_letter, a_report, in_
from tests.contracts.towns import ZHANG, Town

DRAFT = Draft(template="words", version="1", text="您好", claims={"case": "picking/1/not_started/standing"})
VERDICT = Verdict(reason=Reason.OUT_OF_STOCK)
HAVE: dict[Closing, dict[str, Any]] = {
    Closing.CONTACT: {"reached_at": NOW, "reached_by": ZHANG, "reached_how": Means.KF},
    Closing.END: {"ended_at": NOW, "ended_how": Ended.MOVED},
    Closing.REASON: {
        "reason": VERDICT,
        "reason_source": ReasonSource.AGENT,
        "reason_by": ZHANG,
        "reason_at": NOW,
    },
}
NUMBERS = {part: f"DB{number}" for number, part in enumerate(Closing, 1)}
"""The order whose case lacks only that."""


async def handled(town: Town, lacks: Closing) -> Anomaly:
    """A case that people have worked on, and that lacks one thing."""
    number = NUMBERS[lacks]
    moved = [a_report(number, status="started", at=in_(seconds=-1))] if lacks is not Closing.END else []
    begun = a_report(number, stage="confirm", status="completed", at=in_(minutes=-46))
    facts = {name: fact for part, have in HAVE.items() if part is not lacks for name, fact in have.items()}
    case = a_case(
        number,
        owner=ZHANG,
        claimed_at=NOW,
        touched_at=NOW,
        since=begun.event.at,
        send_round=1,
        sent_at=NOW,
        **facts,
    )
    await inside(town.store, lambda work: take_in(work, town.world, [begun, *moved]))

    async def write(work: Transaction) -> None:
        await work.orders.lock([case.order])
        await work.cases.save([case])
        await work.cards.put(a_card(case, id_=f"card-{number}"))
        await work.outbox.post([a_message(case)])

    await inside(town.store, write)
    return case


def a_message(case: Anomaly, **fields: Any) -> Letter:
    """The first round to the customer, with whom 张三 has it in hand."""
    return a_letter(
        customer_address("wk", "wmChen"),
        id_=f"message-{case.order.order_no}",
        key=key_of_round(case.id, 1),
        kind=LetterKind.CUSTOMER,
        medium=Medium.SIDEBAR,
        case=case.id,
        order=case.order,
        state=DeliveryState.PENDING,
        attempts=1,
        attempted_at=NOW,
        expires_at=NOW + IN_HAND,
        content={**content_of(DRAFT), "employee": ZHANG, "external_userid": "wmChen"},
        **fields,
    )


def sender(town: Town, surface: Surface = Surface.GROUP) -> Sender:
    return Sender(surface=surface, userid=ZHANG, chat="wrGroup", reply_to="r", at=town.clock.now())


# --- the ways ----------------------------------------------------------------------

Way = Callable[[Town, Anomaly], Awaitable[None]]


def by_tap(tap: Tap, **selected: str) -> Way:
    async def go(town: Town, case: Anomaly) -> None:
        card = LetterId(f"card-{case.order.order_no}")
        click = CardClicked(
            sender=sender(town), card=card, key=town.world.keys.key(card, 1, tap), selected=selected
        )
        await town.does(lambda work: on_incoming(work, town.world, click))

    return go


def by_command(text: str) -> Way:
    async def go(town: Town, case: Anomaly) -> None:
        said = TextReceived(sender=sender(town), text=text.format(case.order.order_no))
        await town.does(lambda work: on_incoming(work, town.world, said))

    return go


def on_the_page(action: Action, **parts: Any) -> Way:
    async def go(town: Town, case: Anomaly) -> None:
        deed = Deed(case=case.id, actor=ZHANG, action=action, **parts)
        await town.does(lambda work: perform(work, town.world, deed))

    return go


async def by_claiming_many(town: Town, case: Anomaly) -> None:
    await town.does(lambda work: claim_one(work, town.world, case.id, ZHANG))


async def in_the_sidebar(town: Town, case: Anomaly) -> None:
    letter = LetterId(f"message-{case.order.order_no}")
    await town.does(lambda work: report(work, town.world, letter, ZHANG, Result.OK))


async def by_delivery(town: Town, case: Anomaly) -> None:
    """The other side tells at last that the customer has it."""
    known = await inside(
        town.store, lambda work: work.outbox.find(LetterId(f"message-{case.order.order_no}"))
    )
    assert known is not None
    receipt = Receipt(outcome=Outcome.ACCEPTED)
    await town.does(lambda work: settle(work, town.world, [(known, receipt)]))


def by_event(*, arm: bool = True, **event: Any) -> Way:
    async def go(town: Town, case: Anomaly) -> None:
        event.setdefault("status", "started")
        news = a_report(case.order.order_no, at=instant(town.clock.now()), **event)
        await town.does(lambda work: take_in(work, town.world, [news], arm=arm))

    return go


async def by_merging(town: Town, case: Anomaly) -> None:
    """The order turns out to be another one."""
    number = case.order.order_no
    created = a_report(f"ERP-{number}", kind="order.created", at=in_(hours=-1))
    same = a_report(f"ERP-{number}", kind="order.changed", at=in_(minutes=1), refs=[number])
    await town.does(lambda work: take_in(work, town.world, [created]))
    await town.does(lambda work: take_in(work, town.world, [same]))


def when_due(kind: DueKind) -> Way:
    async def go(town: Town, case: Anomaly) -> None:
        number = case.order.order_no
        due = a_due(number, town.clock.now(), kind, case.id if kind is not DueKind.LIMIT else "")
        await town.does(lambda work: work.dues.arm([due]))
        await town.does(lambda work: on_due(work, town.world, 10))

    return go


WAYS: dict[str, tuple[Way, Closing | None]] = {
    "tap_claim": (by_tap(Tap.CLAIM), None),
    "tap_escalate": (by_tap(Tap.ESCALATE), None),
    "tap_snooze": (by_tap(Tap.SNOOZE), None),
    "tap_refresh": (by_tap(Tap.REFRESH), None),
    "tap_done": (by_tap(Tap.MARK_DONE), Closing.CONTACT),
    "tap_called": (by_tap(Tap.CALLED), Closing.CONTACT),
    "card_form": (by_tap(Tap.SUBMIT_REASON, **{REASON: "out_of_stock"}), Closing.REASON),
    "card_form_without_words": (by_tap(Tap.SUBMIT_REASON, **{REASON: "other"}), None),
    "command_reason": (by_command("/原因 {} 库存不足"), Closing.REASON),
    "command_claim": (by_command("/认领 {}"), None),
    "command_snooze": (by_command("/稍后 {} 10"), None),
    "page_reason": (on_the_page(Action.REASON, verdict=VERDICT), Closing.REASON),
    "page_done": (on_the_page(Action.MARK_DONE, means=Means.PHONE), Closing.CONTACT),
    "page_waive": (on_the_page(Action.WAIVE, waiver=Waiver(why=Needless.INFORMED)), Closing.CONTACT),
    "page_waive_without_why": (on_the_page(Action.WAIVE), None),
    "page_send_nothing": (on_the_page(Action.SEND), None),
    "batch_claim": (by_claiming_many, None),
    "sidebar": (in_the_sidebar, Closing.CONTACT),
    "delivery": (by_delivery, Closing.CONTACT),
    "news": (by_event(), Closing.END),
    "news_of_the_customer": (by_event(kind="order.refund_requested"), None),
    "import": (by_event(arm=False), Closing.END),
    "merge": (by_merging, Closing.END),
    "limit_due": (when_due(DueKind.LIMIT), None),
    "ladder_due": (when_due(DueKind.LADDER), None),
    "standstill_due": (when_due(DueKind.STANDSTILL), None),
}
"""Each, with the part of a closure that it brings."""


@pytest.mark.parametrize("name", WAYS)
async def test_no_way_closes_a_handled_case_without_both_halves_and_a_reason(town: Town, name: str) -> None:
    way, brings = WAYS[name]
    for lacks in Closing:
        case = await handled(town, lacks)

        await way(town, case)

        after = await town.case(case.id)
        assert (after.closed_at is not None) is (lacks is brings), (lacks, after)
        kept = (fact for part, have in HAVE.items() if part is not lacks for fact in have)
        assert all(getattr(after, fact) == getattr(case, fact) for fact in kept), "nothing is lost"


@pytest.mark.parametrize("lacks", Closing)
async def test_the_database_refuses_a_closure_that_lacks_a_part(store: Store, lacks: Closing) -> None:
    facts = {name: fact for part, have in HAVE.items() if part is not lacks for name, fact in have.items()}
    case = a_case(touched_at=NOW, closed_at=NOW, **facts)
    with pytest.raises(REFUSED):
        await inside(store, lambda work: work.cases.save([case]))
    await inside(store, lambda work: work.cases.save([replace(case, closed_at=None)]))
    with pytest.raises(REFUSED):
        await inside(store, lambda work: work.cases.save([case]))


@pytest.mark.parametrize(
    "missing",
    [{"waived_why": None}, {"waived_by": None}, {"waived_why": Needless.OTHER, "waived_text": None}],
)
async def test_the_database_refuses_a_waiver_without_name_or_why(
    store: Store, missing: dict[str, Any]
) -> None:
    complete = a_case(waived_by=ZHANG, waived_at=NOW, waived_why=Needless.OTHER, waived_text="顾客在店里")
    with pytest.raises(REFUSED):
        await inside(store, lambda work: work.cases.save([replace(complete, **missing)]))
    await inside(store, lambda work: work.cases.save([complete]))


@pytest.mark.parametrize("text", [None, ""])
async def test_the_database_refuses_another_reason_that_is_not_in_words(
    store: Store, text: str | None
) -> None:
    given: dict[str, Any] = {"reason_source": ReasonSource.AGENT, "reason_by": ZHANG, "reason_at": NOW}
    wordless = a_case(reason=Verdict(reason=Reason.OTHER, text=text), **given)
    with pytest.raises(REFUSED):
        await inside(store, lambda work: work.cases.save([wordless]))
    said = Verdict(reason=Reason.OTHER, text="支付通道维护")
    await inside(store, lambda work: work.cases.save([replace(wordless, reason=said)]))
