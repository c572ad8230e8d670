"""What can happen? Every message that reaches a handler, frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from rules.contact import Because
from rules.events import OrderEvent, OrderKey, UserId
from rules.record import Record
from rules.staff import Employment

TRACKING = "tracking:"
"""What a subject begins with when it names a parcel and not an order."""

STOCK = "stock:"
"""What a reference begins with that names goods and not an order: a SKU follows, or nothing for all of them."""

CUSTOMER = "customer:"
"""What a reference begins with that names a customer by their external_userid: it leads to their orders."""

PHONE = "phone:"
"""What a reference begins with that names customers by what is shown of their number: it leads to their orders."""

NO_NUMBERS = (STOCK, CUSTOMER, PHONE)
"""References of these kinds are ours alone: what a source calls so, ties nothing to anything."""

LetterId = NewType("LetterId", str)
"""A row of the outbox; also the `task_id` of the card it carries."""


class Reported(Record, frozen=True, kw_only=True):
    """An event as a source sent it, before it is known which order it belongs to.

    `event.order.order_no` is the subject: an order number, or `tracking:<no>`, or empty for a shortage of
    a whole warehouse.
    """

    event: OrderEvent
    shop_stated: bool
    refs: tuple[str, ...]
    """Other numbers of the same order."""
    body: str
    """The event as it came."""


class Intake(StrEnum):
    """What became of a reported event."""

    ACCEPTED = "accepted"
    """Stored, and folded into its order or parked."""
    DUPLICATE = "duplicate"
    """Known already, with the same content."""
    CONFLICT = "conflict"
    """Known already, with other content; refused."""


class DueKind(StrEnum):
    """What can become due."""

    LIMIT = "limit"
    """The nearest limit of an order."""
    LADDER = "ladder"
    """The next step of a case's ladder; the reference is the case."""
    TASK = "task"
    """What follows when nobody has answered a task; the reference is its name."""
    INCIDENT = "incident"
    """The next step of an incident's ladder; the reference is the incident, the order that of its lead case."""
    STANDSTILL = "standstill"
    """The next reminder that the order stands still although its customer was reached; the reference is the case."""
    PROMISE = "promise"
    """What a text has promised: its time is coming, or has passed; the reference is `Promise.ref`."""
    APPROVED = "approved"
    """Something that was approved for all cases of an incident, in one of them; the reference is the case."""
    RESULTS = "results"
    """What came of an approval is to be told, if it is known by now; the reference is the approval."""


class Due(Record, frozen=True, kw_only=True):
    """Something whose time has come. `ref` tells apart what one order may have several of."""

    order: OrderKey
    kind: DueKind
    ref: str = ""
    at: datetime


class Surface(StrEnum):
    """Where people meet the bot."""

    GROUP = "group"
    """A group with the bot in it."""
    APP = "app"
    """A member's chat with the self-built app."""
    SINGLE = "single"
    """A member's chat with the bot."""
    KF = "kf"
    """微信客服, where customers meet us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who said or tapped something, and where it can be answered.

    `reply_to` is the handle of the answer: good for a few seconds, and for that very event.
    """

    surface: Surface
    userid: UserId
    chat: str
    """The group's chat id, or the member's userid."""
    reply_to: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CardClicked:
    """Somebody tapped a button or submitted a form of one of our cards."""

    sender: Sender
    card: LetterId
    key: str
    selected: Mapping[str, str] = field(default_factory=dict[str, str])
    """The chosen option of each selector."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextReceived:
    """Somebody wrote to the bot or the app; `text` without the mention of the bot."""

    sender: Sender
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatEntered:
    """Somebody opened the chat with the bot or the app."""

    sender: Sender


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsAnnounced:
    """Customers wrote, or something became of what they were sent: it is to be fetched."""

    sender: Sender
    """Nobody in particular, by way of 微信客服."""
    account: str
    token: str
    """The right to fetch it within ten minutes without much ado."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffChanged:
    """Somebody's place in the company has changed; `sender` is WeCom itself."""

    sender: Sender
    userid: UserId
    employment: Employment


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrecognised:
    """Somebody did something, and nobody could say in time who they are."""

    sender: Sender


Incoming = CardClicked | TextReceived | ChatEntered | NewsAnnounced | StaffChanged | Unrecognised
"""What comes through a callback or a socket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerWrote:
    """A customer wrote to 微信客服. Their words themselves go no further than to where they are read."""

    report: Reported
    """`customer.contacted`, of no order yet."""
    mentions: frozenset[str]
    """What stands in the words and may be the number of an order or of a parcel."""
    open_kfid: str
    external_userid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageBounced:
    """A message that was accepted did not reach the customer after all."""

    message: str
    """What the other side calls it: `Letter.remote_id`."""
    why: str
    """In words for the agents."""
    shut: Because | None
    """Why no other one would reach them either, if that is so."""
    open_kfid: str
    external_userid: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationMoved:
    """A customer's conversation came into other hands, or was ended."""

    now: Because
    """How it is since."""
    open_kfid: str
    external_userid: str
    at: datetime


News = CustomerWrote | MessageBounced | ConversationMoved
"""What 微信客服 tells when it is asked."""
