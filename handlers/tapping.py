"""Which card was tapped, what did the button mean, and how is the tap answered? Cards of cases and of incidents alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from handlers.approved import IncidentCard
from handlers.messages import CardClicked, Surface
from handlers.outbox import LetterKind, Medium
from handlers.ports import Work
from handlers.records import ShownCard
from handlers.scribe import Scribe
from handlers.trail import REFUSED, TOUCH, Hindrance
from replies import notices
from replies.cards import Tap
from rules.actions import Action
from rules.anomalies import Anomaly

BOT_ANSWERS_WITHIN = timedelta(seconds=4, milliseconds=500)
"""WeCom takes the change of a group card within 5 seconds of the tap, and never again (page 101031)."""
APP_ANSWERS_WITHIN = timedelta(minutes=10)
PRIVATE_LINE_LIFE = timedelta(minutes=10)
DEEDS: Mapping[Tap, str] = {
    Tap.AGAIN: Action.SEND,
    Tap.SUBMIT_REASON: Action.REASON,
    Tap.DONE_AGAIN: Action.MARK_DONE,
    Tap.CALL: Action.CLAIM,
    Tap.CALLED: Action.MARK_DONE,
    Tap.REASON: TOUCH,
    Tap.REFRESH: TOUCH,
}
"""What the audit trail calls a tap; the others by their own names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A tap on a card of ours; whether the person may is still to be asked."""

    click: CardClicked
    tap: Tap
    card: ShownCard | IncidentCard
    version: int
    """The version of the card that the finger saw."""


async def recognise(work: Work, scribe: Scribe, click: CardClicked) -> Recognised | None:
    """What was tapped; None when it was no card of ours, or one that is too old, and the tap was answered."""
    card = await work.cards.find(click.card) or await work.incident_cards.find(click.card)
    known = None if card is None else scribe.world.keys.read(card.id, card.version, click.key)
    if card is None or known is None:
        why = {"why": Hindrance.UNKNOWN_CARD.value}
        scribe.trail.append(scribe.by.did(f"{REFUSED}tap", click.card, scribe.now, detail=why))
        tell_tapper(click, scribe, notices.card_expired(), in_group=True)
        return None
    tap, version = known
    return Recognised(click=click, tap=tap, card=card, version=version)


def answer_tap(
    click: CardClicked,
    card: ShownCard | IncidentCard,
    case: Anomaly,
    scribe: Scribe,
    *,
    content: Mapping[str, str],
    only_tapper: bool,
    after: timedelta = timedelta(),
) -> None:
    """Change the card that was tapped, within the time that WeCom gives for it: for all who hold it, or the tapper."""
    sender = click.sender
    in_app = sender.surface is Surface.APP
    scribe.add(
        case,
        key=key_for("answer", scribe),
        kind=LetterKind.FACE,
        medium=Medium.APP if in_app else Medium.REPLY,
        to=card.to if in_app and not only_tapper else sender.chat,
        due_at=scribe.now + after,
        expires_at=sender.at + (APP_ANSWERS_WITHIN if in_app else BOT_ANSWERS_WITHIN),
        content={
            "card": card.id,
            "reply_to": sender.reply_to,
            "surface": sender.surface.value,
            "actor": sender.userid,
            "only": sender.userid if only_tapper else "",
            **content,
        },
    )


def tell_tapper(click: CardClicked, scribe: Scribe, text: str, *, in_group: bool) -> None:
    """A line to somebody whose tap had no effect; where nobody can write to them, to their group."""
    surfaces, roster = scribe.world.surfaces, scribe.world.directory.roster
    to_group = in_group and click.sender.surface is Surface.GROUP and click.sender.userid in roster.members
    scribe.add(
        None,
        key=key_for("tapper", scribe),
        kind=LetterKind.LINE,
        medium=Medium.GROUP if to_group and not surfaces.app else surfaces.to_members,
        to=click.sender.chat if to_group and not surfaces.app else click.sender.userid,
        expires_at=scribe.now + PRIVATE_LINE_LIFE,
        content={"text": text},
    )


def key_for(what: str, scribe: Scribe) -> str:
    """The key of a letter that answers this one tap."""
    return f"{what}:{scribe.world.new_id()}"
