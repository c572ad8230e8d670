"""What leaves this house? The letters of the outbox."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from handlers.messages import LetterId
from replies.drafts import Draft
from rules.anomalies import AnomalyId
from rules.contact import Channel
from rules.delivery import DeliveryState, Guarantee
from rules.events import OrderKey, UserId
from rules.reaching import DELIVERED, Means
from rules.stages import Priority


class LetterKind(StrEnum):
    """What a letter carries."""

    CASE_CARD = "case_card"
    """The card of a case, with its draft; worded when it is first sent."""
    INCIDENT_CARD = "incident_card"
    """The card of an incident, which its content names; worded when it is first sent."""
    FEED_CARD = "feed_card"
    """The card of a source that is out, or back; its content says all of it."""
    TASK_CARD = "task_card"
    """A task or a reminder for one member; worded when it is first sent."""
    FACE = "face"
    """The answer to a tap: what the tapped card looks like now."""
    REFRESH = "refresh"
    """A change of a card that was delivered earlier; worded when it is sent."""
    PICTURE = "picture"
    """The picture of a week's report, which its content names."""
    LINE = "line"
    """A line of text for a group or a member."""
    DIGEST = "digest"
    """The line of the orders that recovered by themselves; worded when it is sent."""
    OVERFLOW = "overflow"
    """The card of the alerts that were folded, because they were too many for their addressee; worded when it is sent."""
    RECALL = "recall"
    """Takes a card back that was sent to members."""
    INQUIRY = "inquiry"
    """Asks what became of a message to a customer that a person has to send on."""
    CUSTOMER = "customer"
    """The exact words an agent saw, to the customer."""


CHANGES = frozenset({LetterKind.FACE, LetterKind.REFRESH, LetterKind.RECALL})
"""A card that is there already becomes another one, or none."""


class Medium(StrEnum):
    """How a letter travels."""

    GROUP = "group"
    """Into a group, by the bot."""
    APP = "app"
    """To a member, by the self-built app."""
    SINGLE = "single"
    """To a member, by the bot."""
    REPLY = "reply"
    """As the answer to one frame of the bot's socket, on that very socket."""
    WEBHOOK = "webhook"
    """Into a group, by its webhook: nothing in it can be tapped."""
    KF = "kf"
    """To a customer, by 微信客服."""
    MASS = "mass"
    """To a customer, by 企业群发: the employee who knows them confirms it."""
    SIDEBAR = "sidebar"
    """To a customer, by the hand of an employee in the sidebar of their chat."""


INTO_GROUPS = frozenset({Medium.GROUP, Medium.WEBHOOK})
TO_CUSTOMERS = frozenset({Medium.KF, Medium.MASS, Medium.SIDEBAR})
CHANNELS: Mapping[Medium, Channel] = {
    Medium.KF: Channel.KF,
    Medium.MASS: Channel.MASS,
    Medium.SIDEBAR: Channel.SIDEBAR,
}
"""The way to the customer that a letter takes."""


def means_of(message: "Letter") -> Means:
    """By what means a message to a customer that arrived has reached them."""
    return DELIVERED[CHANNELS[message.medium]]


class Say(StrEnum):
    """Lines that are worded when they are sent, because they speak of the case as it is then."""

    REMINDER = "reminder"
    """Nobody has reached the customer yet."""
    HANDED_OVER = "handed_over"
    """The case has a new owner: `to`, and before that perhaps `previous`."""
    PUSHED = "pushed"
    """Somebody was called in person: `to`."""
    STANDSTILL = "standstill"
    """The customer was reached, and the order has not moved since; `to`, where a lead was called."""
    SEND_RESULT = "send_result"
    """A message to the customer did not arrive: `why`."""
    TASK_IGNORED = "task_ignored"
    """Nobody has answered a task, and nobody is left to ask: `task` is its kind, `who` was asked."""
    PROMISE_NEAR = "promise_near"
    """What was promised has not happened, and its time is coming: `slot`, `promised_for`."""
    PROMISE_BROKEN = "promise_broken"
    """It has passed; `to` is who was called."""
    NOBODY_REACHED = "nobody_reached"
    """Nobody who could deal with it can be reached in person."""
    INCIDENT_REMINDER = "incident_reminder"
    """Customers of an incident have not been reached yet; `owner` has the cases, if one person has."""
    INCIDENT_HANDED_OVER = "incident_handed_over"
    """An incident has a new owner: `to`, and before that perhaps `previous`."""
    INCIDENT_PUSHED = "incident_pushed"
    """Somebody was called in person for an incident: `to`."""
    INCIDENT_WAVE = "incident_wave"
    """Another burst of cases: `more` of them have come, `total` in all."""
    INCIDENT_JOINED = "incident_joined"
    """Cases that joined an incident from `since` on and before `until`, without being a burst."""


class View(StrEnum):
    """Which face a tapped card shows."""

    CASE = "case"
    COPY = "copy"
    PHONE = "phone"
    REASON_FORM = "reason_form"
    TASK = "task"
    """Of which kind, the letter says as its `action`."""


SHARED_BY = "|"
"""Between the userids of a card that several members hold; WeCom writes them so as well (page 90236)."""
NOT_NEEDED, EXPIRED = "not needed any more", "expired"
"""What the notes of letters begin with that were put aside: nothing was left to say, or its time had passed."""
WITHDRAWN = "withdrawn"
"""What the notes of messages begin with that we took back ourselves: their channel did not refuse them."""
CAPPED = "capped"
"""What the notes of messages begin with that came after as many as the customer may get for now."""
LOST = frozenset({DeliveryState.FAILED, DeliveryState.UNKNOWN, DeliveryState.BOUNCED})
"""How a letter ends that did not arrive, as far as is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One leaving thing. Written in the transaction of the decision; `key` keeps it from being written twice."""

    id: LetterId
    key: str
    kind: LetterKind
    medium: Medium
    to: str
    """Whom it is paced by: a chat id, a userid or several joined by `|`, a customer, or the handle of an answer."""
    due_at: datetime
    order: OrderKey | None = None
    case: AnomalyId | None = None
    priority: Priority = Priority.P2
    waits: bool = False
    """Whether it waits, until `due_at` at most, for the other letters of its case."""
    expires_at: datetime | None = None
    content: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the kind calls for."""
    payload: bytes | None = None
    """The bytes on the wire, frozen at the first attempt."""
    state: DeliveryState = DeliveryState.READY
    attempts: int = 0
    unclear: bool = False
    """Whether an attempt had no clear result: it may have arrived, whatever is said of a later one."""
    attempted_at: datetime | None = None
    lease_until: datetime | None = None
    done_at: datetime | None = None
    note: str = ""
    """What the other side said last."""
    remote_id: str | None = None
    """What the other side calls it: the `msgid` of a message or of a 群发 task."""
    folded_into: LetterId | None = None
    """The digest that says it in its place."""
    version: int = 1

    @property
    def is_answer(self) -> bool:
        """Whether somebody is looking at the screen and waiting for it."""
        return self.medium is Medium.REPLY or self.kind is LetterKind.FACE

    @property
    def is_alert(self) -> bool:
        """Whether it tells somebody of a case: a digest may say it in its place."""
        return self.kind is LetterKind.CASE_CARD

    @property
    def takes_turns(self) -> bool:
        """Whether it waits while another letter is on its way to its addressee: all but the answer to a frame."""
        return self.medium is not Medium.REPLY

    @property
    def readers(self) -> tuple[str, ...]:
        """Whose pace it takes part of: each member of a card that several hold, else the one addressee."""
        return tuple(self.to.split(SHARED_BY)) if self.medium is Medium.APP else (self.to,)

    @property
    def turns(self) -> tuple[str, ...]:
        """Whose turn it needs: its addressee's, and that of each reader of a new card. A change waits for no reader."""
        return (self.to, *self.readers) if self.is_message and SHARED_BY in self.to else (self.to,)

    @property
    def is_message(self) -> bool:
        """Whether it counts among the messages to its addressee: a member's card is changed by another call."""
        return not (self.medium is Medium.APP and self.kind in CHANGES)

    @property
    def is_lost(self) -> bool:
        """Whether somebody misses it: not what nobody needed, nor what came too late to matter."""
        too_late = (self.is_answer or self.kind is LetterKind.RECALL) and self.note.startswith(EXPIRED)
        return self.state in LOST and self.note != NOT_NEEDED and not too_late

    @property
    def is_refused(self) -> bool:
        """Whether its channel did not take it to the customer; nobody knowing is as good as that."""
        ours = self.payload is None or self.note.startswith((WITHDRAWN, EXPIRED))
        return self.kind is LetterKind.CUSTOMER and self.state in LOST and not ours

    @property
    def in_hands_of(self) -> UserId | None:
        """The employee who has to send a message to a customer on."""
        employee = self.content.get("employee")
        return UserId(employee) if employee else None

    @property
    def guarantee(self) -> Guarantee:
        """Which side to err on."""
        if self.medium is Medium.KF:
            return Guarantee.ONCE
        if self.medium in TO_CUSTOMERS and self.kind is LetterKind.CUSTOMER:
            return Guarantee.LOOKED_FOR if self.medium is Medium.MASS else Guarantee.AT_MOST_ONCE
        return Guarantee.NOW_OR_NEVER if self.medium is Medium.REPLY else Guarantee.AT_LEAST_ONCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Overflow:
    """An alert that is one too many for some of its readers."""

    letter: Letter
    full: tuple[str, ...]
    """Those of them who have no room for it now."""
    room_at: datetime
    """When all of these have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What was given out of the outbox."""

    letters: Sequence[Letter] = ()
    """Those that are SENDING, or have ended."""
    overflow: Sequence[Overflow] = ()
    """Those that are to be folded; READY as they are, and nobody else's."""


def origin_of(letter: Letter) -> LetterId:
    """The letter that this one goes in place of, because its reader or its group could not be reached; else itself."""
    return LetterId(letter.content.get("instead_of", letter.id))


def card_of(letter: Letter) -> LetterId:
    """The card that a letter is, or changes."""
    return LetterId(letter.content.get("card", letter.id))


def content_of(draft: Draft) -> dict[str, str]:
    """A reply to a customer as the content of its letter."""
    return {
        "text": draft.text,
        "template": draft.template,
        "template_version": draft.version,
        "claims": json.dumps(dict(draft.claims), ensure_ascii=False, sort_keys=True),
    }


def draft_of(content: Mapping[str, str]) -> Draft:
    """The reply that a letter's content carries."""
    return Draft(
        template=content["template"],
        version=content["template_version"],
        text=content["text"],
        claims=json.loads(content["claims"]),
    )
