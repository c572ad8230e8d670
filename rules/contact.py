"""Through which channel can the customer be reached now, and why through that one?"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from rules.events import Attribute
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
    """A way to the customer."""

    KF = "kf"
    """微信客服, sent by the bot."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The channel to use, and why. `window` is given for KF."""

    channel: Channel
    because: Because
    window: Window | None = None


def route_to(order: Order, window: Window | None, now: datetime, *, connected: bool) -> Route:
    """The best channel allowed at this moment."""
    if is_marketplace(order.text(Attribute.CHANNEL) or ""):
        return Route(channel=Channel.COPY, because=Because.MARKETPLACE)
    if not connected:
        return Route(channel=Channel.COPY, because=Because.NOT_CONNECTED)
    if window is None:
        return Route(channel=Channel.COPY, because=Because.NO_ADDRESS)
    shut = replace(window, sent=window.sent + window.waiting).shut(now)
    if shut is not None:
        return Route(channel=Channel.COPY, because=shut)
    return Route(channel=Channel.KF, because=Because.WINDOW_OPEN, window=window)


def is_marketplace(channel: str) -> bool:
    """Whether the free text of an order's channel names a marketplace, alone or as a word of it."""
    words = set(re.findall(r"[a-z0-9]+", channel.casefold()))
    return any(name in words if name.isascii() else name in channel for name in MARKETPLACES)
