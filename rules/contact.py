"""Through which channel can the customer be reached now, and why through that one?"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from rules.events import DRILL, Attribute, UserId
from rules.orders import Order

WINDOW = timedelta(hours=48)
"""微信客服 may write for so long after the customer's last message (kf/send_msg, page 94677)."""
MESSAGES_PER_WINDOW = 5
"""... and so often, until the customer writes again."""

MARKETPLACES = (
    "taobao", "tmall", "jd", "jingdong", "pdd", "pinduoduo", "douyin", "doudian", "kuaishou",
    "xiaohongshu", "vipshop", "suning", "1688", "marketplace",
    "淘宝", "天猫", "京东", "拼多多", "抖音", "抖店", "快手", "小红书", "唯品会", "苏宁",
)  # fmt: skip
"""Shops on these talk to their customers inside them and nowhere else."""


class Channel(StrEnum):
    """A way to the customer; the first one that is open is taken."""

    KF = "kf"
    """微信客服, sent by the bot."""
    MASS = "mass"
    """企业群发: the bot orders it, and the employee who has the customer among their contacts confirms it."""
    SIDEBAR = "sidebar"
    """Such an employee sends it with one tap, in the sidebar of their chat with the customer."""
    COPY = "copy"
    """The agent copies the text, sends it where the customer is, and says so."""


class Because(StrEnum):
    """Why a channel was chosen."""

    WINDOW_OPEN = "window_open"
    """The customer wrote to 微信客服 within 48 hours."""
    MARKETPLACE = "marketplace"
    """The order comes from a marketplace."""
    NO_ADDRESS = "no_address"
    """No 微信客服 conversation is known."""
    WINDOW_CLOSED = "window_closed"
    """More than 48 hours since the customer's last message."""
    QUOTA_SPENT = "quota_spent"
    """Five messages since the customer's last one."""
    NOT_CONNECTED = "not_connected"
    """微信客服 is not set up here."""
    WITH_COLLEAGUE = "with_colleague"
    """A colleague has the conversation in 微信客服."""
    IN_QUEUE = "in_queue"
    """The conversation waits in 微信客服 for a colleague."""
    SESSION_ENDED = "session_ended"
    """The conversation was ended; a message of the customer begins a new one."""
    CUSTOMER_REFUSES = "customer_refuses"
    """The customer does not want the account's messages."""
    ACCOUNT_SHUT = "account_shut"
    """The account may not write: it is not granted to the app, closed, or not known to the customer."""

    DRILL = "drill"
    """It is a drill: there is no customer."""
    MASS_SPENT = "mass_spent"
    """The customer has had as many 群发 as they may get for now."""
    MASS_REFUSED = "mass_refused"
    """企业群发 did not get through about this case."""
    SIDEBAR_REFUSED = "sidebar_refused"
    """Nor did the sidebar."""


NEVER_BY_US = frozenset({Because.MARKETPLACE, Because.DRILL})
"""What no channel of ours may be used for, the sidebar of an employee included."""
IN_OTHER_HANDS = frozenset({Because.WITH_COLLEAGUE, Because.IN_QUEUE})
"""What a message of the customer does not change: a person answers it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What 微信客服 still permits towards one customer."""

    open_kfid: str
    external_userid: str
    last_message_at: datetime
    sent: int
    """Messages to the customer since then, those that may have arrived included."""
    waiting: int = 0
    """Messages to the customer that were ordered and have yet to go."""
    blocked: Because | None = None
    """Why 微信客服 may not write all the same; until the customer writes again, or the conversation is given back."""

    def shut(self, now: datetime) -> Because | None:
        """Why nothing more may be sent at this moment, whatever waits to go; None when it may."""
        if now - self.last_message_at >= WINDOW:
            return Because.WINDOW_CLOSED
        if self.blocked is not None:
            return self.blocked
        return Because.QUOTA_SPENT if self.sent >= MESSAGES_PER_WINDOW else None


class Per(StrEnum):
    """For how long the cap of 群发 counts: by default a month, unless the corp has set it shorter (page 92135)."""

    MONTH = "month"
    """As many as the month has days."""
    WEEK = "week"
    """Seven in a week."""
    DAY = "day"
    """One in a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """How many 群发 one customer may get from `since` on, those of the whole corp together."""

    since: datetime
    most: int


def allowance(per: Per, now: datetime, zone: ZoneInfo) -> Allowance:
    """What counts at this moment, from the start of the month, week or day in `zone`."""
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    match per:
        case Per.MONTH:
            first = today.replace(day=1)
            next_first = (first + timedelta(days=31)).replace(day=1)
            return Allowance(since=first.astimezone(now.tzinfo), most=(next_first.date() - first.date()).days)
        case Per.WEEK:
            monday = today - timedelta(days=today.weekday())
            return Allowance(since=monday.astimezone(now.tzinfo), most=7)
        case Per.DAY:
            return Allowance(since=today.astimezone(now.tzinfo), most=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """What is known about the ways to one customer, as far as one case goes."""

    connected: bool
    """Whether the app that writes by 微信客服 is set up."""
    window: Window | None = None
    mass_left: int | None = None
    """How many 群发 the customer may still get; None where the app may not order any."""
    sidebar: bool = False
    """Whether employees have the page in their sidebar."""
    refused: frozenset[Channel] = frozenset()
    """The ways by which a message of this case did not get through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The channel to use, and why it and none before it. `window` is given for KF."""

    channel: Channel
    because: Because
    window: Window | None = None
    external_userid: str = ""
    """The customer, for MASS and SIDEBAR."""
    employee: UserId | None = None
    """Whose hand it goes through: given for MASS, and for SIDEBAR where it is known."""

    @property
    def by_bot(self) -> bool:
        """Whether 发送回复 sends it: else an employee does, and says so."""
        return self.channel in {Channel.KF, Channel.MASS}


def route_to(order: Order, ways: Ways, now: datetime) -> Route:
    """The best channel allowed at this moment: 微信客服, 企业群发, the sidebar, or the agent's own hand."""
    if order.key.shop == DRILL:
        return Route(channel=Channel.COPY, because=Because.DRILL)
    if is_marketplace(order.text(Attribute.CHANNEL) or ""):
        return Route(channel=Channel.COPY, because=Because.MARKETPLACE)
    shut = _shut(ways, now)
    if shut is None:
        return Route(channel=Channel.KF, because=Because.WINDOW_OPEN, window=ways.window)
    customer, employee = order.customer.external_userid, order.customer.owner_userid
    if not ways.connected or not customer:
        return Route(channel=Channel.COPY, because=shut)
    if employee and ways.mass_left is not None:
        no_mass = _no_mass(ways.mass_left, ways.refused)
        if no_mass is None:
            return _by_hand_of(Channel.MASS, shut, customer, employee)
        shut = no_mass
    if not ways.sidebar:
        return Route(channel=Channel.COPY, because=shut)
    if Channel.SIDEBAR in ways.refused:
        return Route(channel=Channel.COPY, because=Because.SIDEBAR_REFUSED)
    return _by_hand_of(Channel.SIDEBAR, shut, customer, employee)


def _by_hand_of(channel: Channel, because: Because, customer: str, employee: str | None) -> Route:
    return Route(
        channel=channel,
        because=because,
        external_userid=customer,
        employee=UserId(employee) if employee else None,
    )


def _shut(ways: Ways, now: datetime) -> Because | None:
    """Why 微信客服 may not write; None when it may."""
    if not ways.connected:
        return Because.NOT_CONNECTED
    if ways.window is None:
        return Because.NO_ADDRESS
    window = ways.window
    return replace(window, sent=window.sent + window.waiting).shut(now)


def _no_mass(left: int, refused: frozenset[Channel]) -> Because | None:
    if Channel.MASS in refused:
        return Because.MASS_REFUSED
    return Because.MASS_SPENT if left <= 0 else None


def is_marketplace(channel: str) -> bool:
    """Whether the free text of an order's channel names a marketplace, alone or as a word of it."""
    words = set(re.findall(r"[a-z0-9]+", channel.casefold()))
    return any(name in words if name.isascii() else name in channel for name in MARKETPLACES)
