"""When somebody works on a case on its page: see it, edit the words, say why. The same deeds as by a tap."""

from dataclasses import dataclass, replace
from datetime import timedelta

from handlers.history import with_losses
from handlers.outbox import Letter, content_of
from handlers.ports import Work
from handlers.promising import note_said
from handlers.records import Entry, ShownCard
from handlers.scribe import Scribe
from handlers.situations import situation_of
from handlers.trail import Doer, Hindrance, Way
from handlers.world import World
from replies import notices
from replies.actions import DEFAULT_SNOOZE, UNDER_WAY
from replies.drafts import Blocked, Draft, draft
from replies.guard import objections
from replies.situation import Situation
from rules.actions import Act, Action, Refused
from rules.anomalies import Anomaly, AnomalyId
from rules.delivery import DeliveryState
from rules.events import EventType, OrderEvent, UserId
from rules.orders import Order
from rules.promises import Promise
from rules.reaching import Means, Waiver, by_hand
from rules.reasons import Verdict

LONGEST_TEXT = 500
"""Characters of an edited reply; 微信客服 takes 2048 bytes (page 94677)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """All that the page of a case shows."""

    situation: Situation
    draft: Draft | Blocked
    history: tuple[Entry, ...]
    letters: tuple[Letter, ...]
    """All that was to leave because of the case, oldest first."""
    cards: tuple[ShownCard, ...]
    promises: tuple[Promise, ...]
    """What texts of the case have promised, oldest first."""
    contacts: tuple[OrderEvent, ...]
    """Each time that the customer is known to have asked about the order, oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What somebody does on the page; `text` and `draft` belong to SEND, the draft also to MARK_DONE, `verdict` to REASON, the others as in `Act`."""

    case: AnomalyId
    actor: UserId
    action: Action
    text: str = ""
    """The reply as it was shown for the last time before it goes."""
    draft: Draft | None = None
    """The draft that the text was made from: what it claims must still be true."""
    verdict: Verdict | None = None
    waiver: Waiver | None = None
    means: Means | None = None
    """None for the usual one of the case's channel."""
    again: bool = False
    snooze: timedelta = timedelta(minutes=DEFAULT_SNOOZE)
    quiet: bool = False
    """Whether somebody else tells the group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of a deed, in words."""

    done: bool
    text: str
    refused: Refused | None = None
    """Who was first, or why the state does not permit it."""
    hindrance: Hindrance | None = None
    """What else stood in the way."""


async def sheet_of(work: Work, world: World, case_id: AnomalyId) -> Sheet | None:
    """The case as it stands; None when there is none."""
    case = await work.cases.find(case_id)
    order = None if case is None else await work.orders.find(case.order)
    if case is None or order is None:
        return None
    situation = await situation_of(work, world, case, order, world.now())
    letters = await work.outbox.of_case(case.id)
    promises = (await work.promises.of([case.order])).get(case.order, ())
    return Sheet(
        situation=situation,
        draft=draft(situation, world.templates),
        history=tuple(with_losses(await work.cases.timeline(case.id), letters, case)),
        letters=tuple(letters),
        cards=tuple(await work.cards.of_case(case.id)),
        promises=tuple(promise for promise in promises if promise.case == case.id),
        contacts=await _contacts(work, order),
    )


async def _contacts(work: Work, order: Order) -> tuple[OrderEvent, ...]:
    """The times that the customer asked, but those that were taken back."""
    events = (await work.orders.events([order.key]))[order.key]
    asked = (event for event in events if event.type is EventType.CONTACTED)
    standing = (event for event in asked if event.key not in order.retracted)
    return tuple(sorted(standing, key=lambda event: event.position))


async def perform(work: Work, world: World, deed: Deed) -> Told:
    """Do it once, if it is still possible; the agents' group hears of it."""
    scribe = Scribe(world, world.now(), Doer(actor=deed.actor, way=Way.PAGE))
    told = await _do(deed, work, scribe)
    await scribe.flush(work)
    return told


async def _do(deed: Deed, work: Work, scribe: Scribe) -> Told:
    situation = await taken_up(work, scribe, deed.case, deed.actor, deed.action)
    if isinstance(situation, Told):
        return situation
    if deed.action is Action.SEND:
        return _send(deed, situation, scribe)
    told = _act(deed, situation, scribe)
    if told.done and deed.action is Action.MARK_DONE:
        copied = None if situation.route.by_bot or deed.means is Means.PHONE else deed.draft
        content = {} if copied is None else content_of(copied)
        await note_said(scribe.cases[-1], situation.order, content, scribe, work)
    return told


async def taken_up(
    work: Work, scribe: Scribe, case_id: AnomalyId, actor: UserId, action: Action
) -> Situation | Told:
    """A case as it stands, held for somebody who may work on it; or what to tell them."""
    found = await work.cases.find(case_id)
    if found is None:
        return Told(done=False, text=notices.card_expired(), hindrance=Hindrance.UNKNOWN_CARD)
    if not scribe.world.may_act(actor, found.order.shop):
        scribe.refuse(found, action, Hindrance.NOT_ON_ROSTER)
        member = scribe.world.directory.roster.members.get(actor)
        if member is not None and not member.serves(found.order.shop):  # as if there were none
            return Told(done=False, text=notices.card_expired(), hindrance=Hindrance.UNKNOWN_CARD)
        return Told(done=False, text=notices.not_on_roster(), hindrance=Hindrance.NOT_ON_ROSTER)
    orders = await work.orders.lock([found.order])
    case = await work.cases.find(case_id) or found
    return await situation_of(work, scribe.world, case, orders[case.order], scribe.now)


def _act(deed: Deed, situation: Situation, scribe: Scribe) -> Told:
    after = _apply(deed, situation, scribe)
    if isinstance(after, Refused):
        return Told(done=False, text=notices.refused(after, situation), refused=after)
    text = notices.confirmed(deed.action, replace(situation, anomaly=after), deed.actor)
    if not deed.quiet:
        _tell_group(after, situation, scribe, text)
    return Told(done=True, text=text)


def _send(deed: Deed, situation: Situation, scribe: Scribe) -> Told:
    """Exactly the text that was shown, while what its draft claimed is true."""
    own = deed.draft is not None and deed.text != deed.draft.text
    against = objections(deed.draft.claims, situation, own_words=own) if deed.draft else ()
    if against or deed.draft is None:
        scribe.note_refused(situation.anomaly, deed.action, Hindrance.STALE_DRAFT)
        text = notices.stale_draft(against, situation)
        return Told(done=False, text=text, hindrance=Hindrance.STALE_DRAFT)
    if not situation.route.by_bot:
        scribe.note_refused(situation.anomaly, deed.action, Hindrance.BY_HAND)
        return Told(done=False, text=notices.must_copy(situation), hindrance=Hindrance.BY_HAND)
    after = _apply(deed, situation, scribe)
    if isinstance(after, Refused):
        return Told(done=False, text=notices.refused(after, situation), refused=after)
    content = {**content_of(deed.draft), "text": deed.text}
    if deed.text != deed.draft.text:
        content["edited_from"] = deed.draft.text
    scribe.send_to_customer(after, content, situation.route)
    sending = replace(situation, anomaly=after, last_round=DeliveryState.READY)
    text = notices.confirmed(Action.SEND, sending, deed.actor)
    _tell_group(after, situation, scribe, text)
    return Told(done=True, text=text)


def _apply(deed: Deed, situation: Situation, scribe: Scribe) -> Anomaly | Refused:
    act = Act(
        action=deed.action,
        actor=deed.actor,
        at=scribe.now,
        verdict=deed.verdict,
        waiver=deed.waiver,
        means=deed.means or by_hand(situation.route),
        again=deed.again,
        snooze=deed.snooze,
        last_round_final=situation.last_round not in UNDER_WAY,
    )
    return scribe.attempt(situation.anomaly, act, situation.order)


def _tell_group(case: Anomaly, situation: Situation, scribe: Scribe, text: str) -> None:
    scribe.tell_group(case, situation.order, f"page:{scribe.world.new_id()}", text=text)
