"""When somebody taps a button of an incident's card: it is approved for all of its cases at once, and done one by one.

The tap itself changes no case and holds no order: see `handlers.approvals`.
"""

from dataclasses import dataclass
from datetime import timedelta

from handlers.approvals import Wish, approve, shown_of
from handlers.approved import IncidentCard
from handlers.impacts import impact_of
from handlers.messages import CardClicked, Surface
from handlers.outbox import View
from handlers.ports import Work
from handlers.scribe import Scribe
from handlers.tapping import DEEDS, Recognised, answer_tap, key_for, tell_tapper
from handlers.trail import REFUSED, Hindrance
from replies import incidents, notices
from replies.actions import REASON, SNOOZE, reason_of, snooze_of
from replies.cards import Tap
from replies.impact import Impact
from rules.actions import Action
from rules.events import Shop, UserId
from rules.reasons import Reason, Verdict

DONE_WITHIN = timedelta(seconds=1)
"""The answer waits so long for what was approved to be done: then it can say what came of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TappedIncident:
    """A tap on an incident's card, by somebody who may act on a case of it at least."""

    click: CardClicked
    tap: Tap
    card: IncidentCard
    version: int
    """The version of the card that the finger saw."""
    impact: Impact
    scribe: Scribe
    work: Work

    @property
    def actor(self) -> UserId:
        return self.click.sender.userid


async def take_up(
    recognised: Recognised, card: IncidentCard, work: Work, scribe: Scribe
) -> TappedIncident | None:
    """A tap on the card of an incident, ready to be done; None when it was answered already, for it has no effect."""
    click, tap, world = recognised.click, recognised.tap, scribe.world
    incident = await work.incidents.find(card.incident)
    impact = None if incident is None else await impact_of(work, world, incident, scribe.now)
    if impact is None:
        raise LookupError(f"card {card.id} is of no known incident")
    shops = {Shop(one.situation.order.key.shop) for one in impact.cases}
    if not any(world.may_act(click.sender.userid, shop) for shop in shops):
        why = {"why": Hindrance.NOT_ON_ROSTER.value}
        deed = f"{REFUSED}{DEEDS.get(tap, tap)}"
        scribe.trail.append(scribe.by.did(deed, card.incident, scribe.now, detail=why))
        tell_tapper(click, scribe, notices.not_on_roster(), in_group=False)
        return None
    return TappedIncident(
        click=click, tap=tap, card=card, version=recognised.version, impact=impact, scribe=scribe, work=work
    )


# --- taps ------------------------------------------------------------------------


async def send(tapped: TappedIncident) -> None:
    """发送全部: for each case that the card counted, exactly the words that were rendered with it."""
    if tapped.version != tapped.card.version:
        _trail(tapped, f"{REFUSED}{Action.SEND}", why=Hindrance.STALE_CARD)
        _answer(tapped, note="内容已更新，请再确认")
        return
    await _approve(tapped, Wish(action=Action.SEND, shown=shown_of(tapped.card.content)))


async def claim(tapped: TappedIncident) -> None:
    """认领"""
    await _approve(tapped, Wish(action=Action.CLAIM))


async def escalate(tapped: TappedIncident) -> None:
    """升级"""
    await _approve(tapped, Wish(action=Action.ESCALATE))


async def snooze(tapped: TappedIncident) -> None:
    """稍后"""
    minutes = snooze_of(tapped.click.selected.get(SNOOZE)) // timedelta(minutes=1)
    await _approve(tapped, Wish(action=Action.SNOOZE, snooze_minutes=minutes))


async def show_reasons(tapped: TappedIncident) -> None:
    """记录原因: the form, for whoever asked; everybody else keeps the card."""
    _answer(tapped, view=View.REASON_FORM, only_tapper=True)


async def submit_reason(tapped: TappedIncident) -> None:
    """提交 of the form. 其他 needs words, which the page takes."""
    reason = reason_of(tapped.click.selected.get(REASON))
    if reason is None or reason is Reason.OTHER:
        _answer(tapped, note="「其他」要写明原因，请点开详情填写", only_tapper=True)
        return
    await _approve(tapped, Wish(action=Action.REASON, verdict=Verdict(reason=reason)))


async def refresh(tapped: TappedIncident) -> None:
    """刷新"""
    _answer(tapped)


# --- doing and saying --------------------------------------------------------------


async def _approve(tapped: TappedIncident, wish: Wish) -> None:
    """Approve it and show it; where the card is not the group's, the group is told."""
    scribe, impact = tapped.scribe, tapped.impact
    approved = await approve(wish, impact, scribe, tapped.work)
    if not approved:
        _answer(tapped, note=incidents.nothing_left(impact, wish.action), only_tapper=True)
        return
    note = incidents.approved_note(impact, wish.action, tapped.actor, len(approved), wish.verdict)
    _answer(tapped, note=note, after=DONE_WITHIN, approval=approved[0].id)
    if tapped.click.sender.surface is not Surface.GROUP:
        text = incidents.approved_line(impact, note)
        scribe.remind_group(impact.incident.group, key_for("approved", scribe), text)


def _answer(
    tapped: TappedIncident,
    *,
    view: View = View.CASE,
    note: str = "",
    only_tapper: bool = False,
    after: timedelta = timedelta(),
    approval: str = "",
) -> None:
    content = {
        "incident": tapped.card.incident,
        "view": view.value,
        "note": note,
        "approval": approval,
    }
    answer_tap(
        tapped.click,
        tapped.card,
        tapped.impact.lead,
        tapped.scribe,
        content=content,
        only_tapper=only_tapper,
        after=after,
    )


def _trail(tapped: TappedIncident, deed: str, *, why: Hindrance) -> None:
    scribe = tapped.scribe
    scribe.trail.append(scribe.by.did(deed, tapped.card.incident, scribe.now, detail={"why": why.value}))
