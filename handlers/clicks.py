"""When somebody taps a button: check who, which card and what it showed; then do it once, and say so.

Every tap is answered. Who was first wins; whoever comes later is told their name.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from handlers.messages import CardClicked, Surface
from handlers.outbox import View, draft_of
from handlers.ports import Work
from handlers.promising import note_said
from handlers.records import ShownCard
from handlers.scribe import Scribe, task_of
from handlers.situations import situation_of
from handlers.tapping import DEEDS, Recognised, answer_tap, key_for, tell_tapper
from handlers.tasks import take_answer
from handlers.trail import TOUCH, Hindrance
from handlers.world import World
from replies import notices
from replies.actions import REASON, RESULT, SNOOZE, UNDER_WAY, reason_of, result_of, snooze_of
from replies.cards import Tap
from replies.guard import objections
from replies.situation import Situation
from rules.actions import Act, Action, Refused, Why
from rules.anomalies import Anomaly
from rules.delivery import DeliveryState
from rules.events import UserId
from rules.reaching import Means, by_hand
from rules.reasons import Reason, Verdict
from rules.tasks import TaskKind, TaskResult

FOR_ANYBODY_ON_THE_ROSTER = frozenset({Tap.TASK_RESULT, Tap.ACKNOWLEDGE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tapped:
    """A tap that is known, by somebody who may; the order is held until the transaction ends."""

    click: CardClicked
    tap: Tap
    card: ShownCard
    version: int
    """The version of the card that the finger saw."""
    situation: Situation
    scribe: Scribe
    work: Work

    @property
    def case(self) -> Anomaly:
        return self.situation.anomaly

    @property
    def actor(self) -> UserId:
        return self.click.sender.userid

    @property
    def now(self) -> datetime:
        return self.scribe.now


async def take_up(recognised: Recognised, card: ShownCard, work: Work, scribe: Scribe) -> Tapped | None:
    """A tap on the card of a case, ready to be done; None when the tap was answered already, for it has no effect."""
    click, tap, world = recognised.click, recognised.tap, scribe.world
    if not _may(click, tap, card, world):
        scribe.refuse(card, DEEDS.get(tap, tap), Hindrance.NOT_ON_ROSTER)
        tell_tapper(click, scribe, notices.not_on_roster(), in_group=False)
        return None
    return Tapped(
        click=click,
        tap=tap,
        card=card,
        version=recognised.version,
        situation=await _situation(work, world, card, scribe.now),
        scribe=scribe,
        work=work,
    )


async def _situation(work: Work, world: World, card: ShownCard, now: datetime) -> Situation:
    orders = await work.orders.lock([card.order])
    case = await work.cases.find(card.case)
    if case is None:
        raise LookupError(f"card {card.id} is of no known case")
    return await situation_of(work, world, case, orders[card.order], now)


def _may(click: CardClicked, tap: Tap, card: ShownCard, world: World) -> bool:
    if tap in FOR_ANYBODY_ON_THE_ROSTER:
        return click.sender.userid in world.directory.roster.members
    return world.may_act(click.sender.userid, card.order.shop)


# --- taps ------------------------------------------------------------------------


async def send(tapped: Tapped) -> None:
    """发送回复, 再次联系: exactly the words that were shown, once, while all of them are true."""
    card = tapped.card
    if not card.content or tapped.version != card.version:
        tapped.scribe.note_refused(tapped.case, Action.SEND, Hindrance.STALE_CARD)
        _answer(tapped, note="内容已更新，请再确认")
        return
    against = objections(draft_of(card.content).claims, tapped.situation)
    if against:
        tapped.scribe.note_refused(tapped.case, Action.SEND, Hindrance.STALE_DRAFT)
        _answer(tapped, note=against[0].news)
        _say(tapped, notices.stale_draft(against, tapped.situation))
        return
    route = tapped.situation.route
    if not route.by_bot:
        _offer_copy(tapped)
        return
    after = _try(tapped, Action.SEND, again=tapped.tap is Tap.AGAIN, last_round_final=_is_final(tapped))
    if isinstance(after, Anomaly):
        tapped.scribe.send_to_customer(after, card.content, route)
        sending = replace(tapped.situation, anomaly=after, last_round=DeliveryState.READY)
        _answer(tapped, note=notices.note(Action.SEND, sending, tapped.actor))


async def claim(tapped: Tapped) -> None:
    """认领"""
    _do(tapped, Action.CLAIM)


async def escalate(tapped: Tapped) -> None:
    """升级"""
    told = tapped.scribe.world.team(tapped.case).duty_manager(tapped.case.order.shop, tapped.now)
    _do(tapped, Action.ESCALATE, told=told)


async def snooze(tapped: Tapped) -> None:
    """稍后"""
    _do(tapped, Action.SNOOZE, snooze=snooze_of(tapped.click.selected.get(SNOOZE)))


async def mark_done(tapped: Tapped) -> None:
    """已处理: the agent has reached the customer outside."""
    await _note_said(tapped, _do(tapped, Action.MARK_DONE, means=by_hand(tapped.situation.route)))


async def call(tapped: Tapped) -> None:
    """改电话: what to say, and where to say that it was said. Whoever asks has the case."""
    _take_up(tapped, View.PHONE)


async def called(tapped: Tapped) -> None:
    """已处理 under 改电话: the agent has called."""
    await _note_said(tapped, _do(tapped, Action.MARK_DONE, means=Means.PHONE))


async def done_again(tapped: Tapped) -> None:
    """已处理 of a further round: each card that offers it can say so once."""
    if tapped.version != tapped.card.version:
        first = Refused(why=Why.ALREADY, by=tapped.case.sent_by, at=tapped.case.sent_at)
        tapped.scribe.refuse(tapped.case, Action.MARK_DONE, first.why)
        _tell_refused(tapped, first)
        return
    await tapped.work.cards.put(replace(tapped.card, version=tapped.card.version + 1))
    await _note_said(tapped, _do(tapped, Action.MARK_DONE, again=True))


async def show_reasons(tapped: Tapped) -> None:
    """记录原因: the form, for whoever asked; everybody else keeps the card."""
    _touch(tapped)
    _answer(tapped, view=View.REASON_FORM, only_tapper=True)


async def submit_reason(tapped: Tapped) -> None:
    """提交 of the form. 其他 needs words, which a card cannot take."""
    reason = reason_of(tapped.click.selected.get(REASON))
    if reason is None or reason is Reason.OTHER:
        _touch(tapped)
        _answer(tapped, only_tapper=True)
        _ask_for_words(tapped)
        return
    _do(tapped, Action.REASON, verdict=Verdict(reason=reason))


async def refresh(tapped: Tapped) -> None:
    """刷新"""
    _touch(tapped)
    _answer(tapped)


async def submit_result(tapped: Tapped) -> None:
    """提交 of a task: what came of it goes into the next draft."""
    kind = await task_of(tapped.card, tapped.work)
    result = None if kind is None else result_of(kind, tapped.click.selected.get(RESULT))
    if result is None:
        tapped.scribe.note_refused(tapped.case, Tap.TASK_RESULT, Hindrance.NOTHING_CHOSEN)
        _answer(tapped, view=View.CASE if kind is None else View.TASK, task=kind)
        return
    _answer_task(tapped, kind, result)


async def acknowledge(tapped: Tapped) -> None:
    """知道了: somebody sees to a task."""
    _answer_task(tapped, await task_of(tapped.card, tapped.work), None)


def _answer_task(tapped: Tapped, kind: TaskKind | None, result: TaskResult | None) -> None:
    task = None if kind is None else tapped.situation.tasks.get(kind)
    if kind is None or task is None:
        tell_tapper(tapped.click, tapped.scribe, notices.card_expired(), in_group=True)
        return
    after = take_answer(tapped.situation, task, result, tapped.actor, tapped.scribe, tapped.card.id)
    if isinstance(after, Refused):
        note = notices.first(after, tapped.situation) if after.why is Why.ALREADY else ""
    else:
        said = notices.answered(after, kind, tapped.actor)
        note = notices.acknowledged(after, tapped.actor) if result is None else said
    _answer(tapped, view=View.TASK, task=kind, note=note)


# --- doing -----------------------------------------------------------------------


def _do(
    tapped: Tapped,
    action: Action,
    *,
    told: UserId | None = None,
    snooze: timedelta = timedelta(),
    verdict: Verdict | None = None,
    again: bool = False,
    means: Means = Means.COPY,
) -> Anomaly | None:
    """Do it and show it; where the card is not the group's, the group is told. The case after it, if it was done."""
    after = _try(tapped, action, snooze=snooze, verdict=verdict, again=again, means=means)
    if isinstance(after, Anomaly):
        situation = replace(tapped.situation, anomaly=after)
        _answer(tapped, note=notices.note(action, situation, tapped.actor))
        if tapped.click.sender.surface is not Surface.GROUP:
            _tell_group(tapped, notices.confirmed(action, situation, tapped.actor, told=told))
    return after


async def _note_said(tapped: Tapped, after: Anomaly | None) -> None:
    """The customer was spoken to by hand: with the words of the card, where they are there to be copied."""
    copied = not tapped.situation.route.by_bot and tapped.version == tapped.card.version
    if after is not None:
        content = tapped.card.content if copied else None
        await note_said(after, tapped.situation.order, content or {}, tapped.scribe, tapped.work)


def _try(
    tapped: Tapped,
    action: Action,
    *,
    snooze: timedelta = timedelta(),
    verdict: Verdict | None = None,
    again: bool = False,
    last_round_final: bool = True,
    means: Means = Means.COPY,
) -> Anomaly | None:
    act = Act(
        action=action,
        actor=tapped.actor,
        at=tapped.now,
        snooze=snooze,
        verdict=verdict,
        again=again,
        last_round_final=last_round_final,
        means=means,
    )
    after = tapped.scribe.attempt(tapped.case, act, tapped.situation.order)
    if isinstance(after, Refused):
        _tell_refused(tapped, after)
        return None
    return after


def _tell_refused(tapped: Tapped, refused: Refused) -> None:
    """Too late, or not now: say so, with the name of whoever was first."""
    text = notices.refused(refused, tapped.situation)
    _answer(tapped, note=notices.first(refused, tapped.situation), only_tapper=refused.why is not Why.CLOSED)
    if tapped.click.sender.surface is not Surface.GROUP:
        tapped.scribe.tell_member(tapped.actor, key_for("refused", tapped.scribe), tapped.case, text=text)


def _offer_copy(tapped: Tapped) -> None:
    """No channel of ours reaches the customer: the words are there to be copied."""
    _take_up(tapped, View.COPY)


def _take_up(tapped: Tapped, view: View) -> None:
    """Show how to reach the customer by hand. Whoever asks has the case."""
    if tapped.case.owner is not None and tapped.case.closed_at is None:
        _touch(tapped)
    elif _try(tapped, Action.CLAIM) is None:
        return
    _answer(tapped, view=view)


def _touch(tapped: Tapped) -> None:
    """Somebody has noticed the case: from now on it does not count as healed by itself."""
    case = touched = tapped.case
    if case.touched_at is None and case.closed_at is None:
        touched = replace(case, touched_at=tapped.now, version=case.version + 1)
        tapped.scribe.change(case, touched, tapped.situation.order)
    tapped.scribe.note(TOUCH, case, case, touched)


def _is_final(tapped: Tapped) -> bool:
    return tapped.situation.last_round not in UNDER_WAY


# --- saying ----------------------------------------------------------------------


def _answer(
    tapped: Tapped,
    *,
    view: View = View.CASE,
    note: str = "",
    only_tapper: bool = False,
    task: TaskKind | None = None,
) -> None:
    """Change the card that was tapped, for all who hold it, or for the tapper alone."""
    content = {"view": view.value, "note": note}
    if task is not None:
        content["action"] = task.value
    answer_tap(
        tapped.click, tapped.card, tapped.case, tapped.scribe, content=content, only_tapper=only_tapper
    )


def _say(tapped: Tapped, text: str) -> None:
    """A line where the tap came from."""
    if tapped.click.sender.surface is Surface.GROUP:
        _tell_group(tapped, text)
    else:
        tapped.scribe.tell_member(tapped.actor, key_for("say", tapped.scribe), tapped.case, text=text)


def _tell_group(tapped: Tapped, text: str) -> None:
    tapped.scribe.tell_group(tapped.case, tapped.situation.order, key_for("tell", tapped.scribe), text=text)


def _ask_for_words(tapped: Tapped) -> None:
    """In person where that is possible: the page of the link is the asker's own."""
    world = tapped.scribe.world
    link = world.links.personal(tapped.case.id, tapped.actor, tapped.now)
    text = notices.ask_reason_text(replace(tapped.situation, link=link))
    if world.surfaces.app:
        tapped.scribe.tell_member(tapped.actor, key_for("ask", tapped.scribe), tapped.case, text=text)
    else:
        _say(tapped, notices.ask_reason_text(replace(tapped.situation, link=None)))
