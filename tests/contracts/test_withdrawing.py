"""An order moves while a reply to its customer waits: what is not true any more is stopped, whatever way it takes."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from handlers.addressing import address_by
from handlers.delivery import Receipt, settle
from handlers.intake import take_in
from handlers.leaving import take_letters
from handlers.outbox import WITHDRAWN, Letter, LetterKind, Medium, content_of
from handlers.pen import key_of_round
from handlers.sidebar import Handed, Intent, intend
from replies.drafts import Draft
from replies.standing import STANDING
from rules.anomalies import Anomaly, Ended
from rules.delivery import DeliveryState, Outcome
from rules.reaching import Means
from rules.reasons import Reason, ReasonSource, Verdict
from tests.contracts.backend import inside, rows
from tests.contracts.builders import NOW, a_case, a_letter, a_report, in_
from tests.contracts.towns import ZHANG, Town

CHEN = "wmChen"
DRAFT = Draft(
    template="words", version="1", text="您好", claims={"case": f"picking/1/not_started/{STANDING}"}
)
LATER_SECONDS = (0.0, 0.0, 0.001, 0.003, 0.01)


async def standing(town: Town, number: str = "DB1", **facts: Any) -> Anomaly:
    """A case whose order has not moved; 陈女士 is among 张三's contacts."""
    begun = a_report(number, stage="confirm", status="completed", at=in_(minutes=-46))
    customer = {"external_userid": CHEN, "owner_userid": ZHANG}
    created = a_report(number, kind="order.created", at=in_(hours=-1), customer=customer)
    case = a_case(number, owner=ZHANG, touched_at=NOW, since=begun.event.at, **facts)
    await inside(town.store, lambda work: take_in(work, town.world, [created, begun]))
    await inside(town.store, lambda work: work.orders.lock([case.order]))
    await inside(town.store, lambda work: work.cases.save([case]))
    return case


async def waiting(town: Town, case: Anomaly, medium: Medium, **parts: Any) -> Letter:
    """A reply of that case that has not gone yet."""
    content = {**content_of(DRAFT), "employee": ZHANG, "external_userid": CHEN, "open_kfid": "wk"}
    letter = a_letter(
        address_by(medium, CHEN) if medium is not Medium.KF else f"wk/{CHEN}",
        key=key_of_round(case.id, case.send_round),
        kind=LetterKind.CUSTOMER,
        medium=medium,
        case=case.id,
        order=case.order,
        content=content,
        **parts,
    )
    await inside(town.store, lambda work: work.outbox.post([letter]))
    return letter


async def moves(town: Town, case: Anomaly, *, arm: bool = True) -> None:
    news = a_report(case.order.order_no, status="started", at=town.clock.now())
    await inside(town.store, lambda work: take_in(work, town.world, [news], arm=arm))


async def lines(town: Town) -> list[str]:
    return [
        row["content"] for row in await rows(town.store, "SELECT content FROM letters WHERE kind = 'line'")
    ]


@pytest.mark.parametrize("medium", [Medium.KF, Medium.MASS])
async def test_a_reply_that_waits_for_its_turn_is_stopped_at_once_and_that_is_told(
    town: Town, medium: Medium
) -> None:
    case = await standing(town, send_round=1, sent_by=ZHANG, sent_at=NOW)
    letter = await waiting(town, case, medium)

    await moves(town, case)

    stopped = await town.letter(letter.id)
    assert (stopped.state, stopped.note.startswith(WITHDRAWN)) == (DeliveryState.FAILED, True)
    assert not stopped.is_refused, "its way is as open as before"
    told = [entry.what for entry in await inside(town.store, lambda work: work.cases.timeline(case.id))]
    assert "not_delivered" in told
    assert len(await lines(town)) == 1


async def test_one_that_may_have_arrived_is_asked_about_all_the_same(town: Town) -> None:
    case = await standing(town, send_round=1, sent_by=ZHANG, sent_at=NOW)
    letter = await waiting(town, case, Medium.KF, unclear=True, attempts=1)

    await moves(town, case)

    assert (await town.letter(letter.id)).state is DeliveryState.READY


async def test_whoever_has_it_in_the_sidebar_is_told_not_to_send_it(town: Town) -> None:
    case = await standing(town, send_round=1, sent_by=ZHANG, sent_at=NOW)
    letter = await waiting(town, case, Medium.SIDEBAR, state=DeliveryState.PENDING, attempts=1)

    await moves(town, case)

    assert (await town.letter(letter.id)).state is DeliveryState.PENDING
    (said,) = await lines(town)
    assert "请不要再发" in said


async def test_what_an_employee_has_yet_to_confirm_is_taken_back_although_its_case_closes(town: Town) -> None:
    reached: dict[str, Any] = {"reached_at": NOW, "reached_by": ZHANG, "reached_how": Means.PHONE}
    given: dict[str, Any] = {
        "reason": Verdict(reason=Reason.OUT_OF_STOCK),
        "reason_source": ReasonSource.AGENT,
        "reason_at": NOW,
    }
    case = await standing(town, send_round=1, sent_by=ZHANG, sent_at=NOW, **reached, **given)
    pending = await waiting(town, case, Medium.MASS, state=DeliveryState.PENDING, attempts=1)
    asked = replace(
        a_letter("employee", kind=LetterKind.INQUIRY, medium=Medium.MASS, case=case.id, order=case.order),
        due_at=in_(minutes=30),
        content={"about": pending.id},
    )
    await inside(town.store, lambda work: work.outbox.post([asked]))

    await moves(town, case)

    assert (await town.case(case.id)).closed_at is not None
    assert (await town.letter(asked.id)).due_at == town.clock.now(), (
        "it is asked now, and not in half an hour"
    )


async def test_history_that_is_imported_stops_nothing_and_tells_nobody(town: Town) -> None:
    """What is untrue is noticed when its turn comes."""
    case = await standing(town, send_round=1, sent_by=ZHANG, sent_at=NOW)
    letter = await waiting(town, case, Medium.KF)

    await moves(town, case, arm=False)

    assert (await town.letter(letter.id)).state is DeliveryState.READY
    assert await lines(town) == []


async def test_a_bounce_does_not_bring_back_a_case_whose_place_is_taken(town: Town) -> None:
    case = await standing(
        town, send_round=1, sent_by=ZHANG, sent_at=NOW, reached_at=NOW, ended_at=NOW, ended_how=Ended.MOVED,
        reason=Verdict(reason=Reason.OUT_OF_STOCK), reason_source=ReasonSource.AGENT, closed_at=NOW,
    )  # fmt: skip
    sent = await waiting(town, case, Medium.KF, state=DeliveryState.SENT, attempts=1, done_at=NOW)
    successor = a_case("DB1")
    await inside(town.store, lambda work: work.cases.save([successor]))

    bounce = Receipt(outcome=Outcome.BOUNCE, note="顾客拒收")
    await inside(town.store, lambda work: settle(work, town.world, [(sent, bounce)]))

    assert (await town.case(case.id)).closed_at == NOW
    assert (await town.letter(sent.id)).state is DeliveryState.BOUNCED
    assert len(await lines(town)) == 1, "the agents hear of it"


# --- races -------------------------------------------------------------------------

Race = Callable[[Town, Anomaly], Awaitable[Awaitable[bool]]]


async def by_mass(town: Town, case: Anomaly) -> Awaitable[bool]:
    """The deliverer comes for a 群发 that was ordered: whether it sets out."""
    letter = await waiting(town, case, Medium.MASS)

    async def take() -> bool:
        _, taken = await inside(town.store, lambda work: take_letters(work, town.world, [Medium.MASS], 10))
        return letter.id in {one.id for one in taken}

    return take()


async def by_sidebar(town: Town, case: Anomaly) -> Awaitable[bool]:
    """The employee taps 发送 in the sidebar: whether their client is given the words."""
    intent = Intent(case=case.id, actor=ZHANG, external_userid=CHEN, text="您好", draft=DRAFT)

    async def tap() -> bool:
        return isinstance(await inside(town.store, lambda work: intend(work, town.world, intent)), Handed)

    return tap()


@pytest.mark.parametrize("race", [by_mass, by_sidebar])
@pytest.mark.parametrize("times", [20, pytest.param(500, marks=pytest.mark.long)])
async def test_no_untrue_words_are_given_out_once_the_news_was_taken_in(
    town: Town, times: int, race: Race
) -> None:
    random, outcomes = Random(times), set[bool]()
    for number in range(times):
        ordered = {"send_round": 1, "sent_by": ZHANG, "sent_at": NOW} if race is by_mass else {}
        case = await standing(town, f"DB{number}", **ordered)
        goes = await race(town, case)
        told: list[bool] = []

        async def news(case: Anomaly = case, told: list[bool] = told) -> None:
            await asyncio.sleep(random.choice(LATER_SECONDS))
            await moves(town, case)
            told.append(True)

        async def go(goes: Awaitable[bool] = goes, told: list[bool] = told) -> tuple[bool, bool]:
            await asyncio.sleep(random.choice(LATER_SECONDS))
            known = bool(told)
            return known, await goes

        (known, went), _ = await asyncio.gather(go(), news())
        outcomes.add(went)
        assert not (known and went), f"round {number}"
    assert outcomes == {True, False}, "both came first at times"
