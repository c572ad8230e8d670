"""Through which channel can the customer be reached now, and why through that one?"""

import re
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What 微信客服 still permits towards one customer."""

    open_kfid: str
    external_userid: str
    last_message_at: datetime
    sent: int
    """Messages to the customer since then."""


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
    if now - window.last_message_at >= WINDOW:
        return Route(channel=Channel.COPY, because=Because.WINDOW_CLOSED)
    if window.sent >= MESSAGES_PER_WINDOW:
        return Route(channel=Channel.COPY, because=Because.QUOTA_SPENT)
    return Route(channel=Channel.KF, because=Because.WINDOW_OPEN, window=window)


def is_marketplace(channel: str) -> bool:
    """Whether the free text of an order's channel names a marketplace, alone or as a word of it."""
    words = set(re.findall(r"[a-z0-9]+", channel.casefold()))
    return any(name in words if name.isascii() else name in channel for name in MARKETPLACES)
