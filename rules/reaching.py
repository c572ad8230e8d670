"""By what means was a customer reached, or why need they not be?"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from rules.contact import Because, Channel, Route


class Means(StrEnum):
    """By what means the customer was reached. What the bot or a client delivers, the delivery itself tells."""

    KF = "kf"
    """微信客服 took the message."""
    MASS = "mass"
    """The employee confirmed the 群发, and the customer has it."""
    SIDEBAR = "sidebar"
    """An employee sent it from the sidebar of their chat."""
    MARKETPLACE = "marketplace"
    """Somebody says so: inside the marketplace."""
    COPY = "copy"
    """Somebody says so: with words of their own, or copied ones, wherever the customer is."""
    PHONE = "phone"
    """Somebody says so: they have called."""


DELIVERED: Mapping[Channel, Means] = {
    Channel.KF: Means.KF,
    Channel.MASS: Means.MASS,
    Channel.SIDEBAR: Means.SIDEBAR,
}
"""What a message that arrived by a channel is."""
BY_WORD = (Means.COPY, Means.MARKETPLACE, Means.PHONE)
"""What somebody can say by name."""


def by_hand(route: Route) -> Means:
    """What 已处理 means where nobody says by what means: on a marketplace the agent writes there."""
    return Means.MARKETPLACE if route.because is Because.MARKETPLACE else Means.COPY


class Needless(StrEnum):
    """Why a customer need not be reached."""

    INFORMED = "informed"
    """客户已知情"""
    UNWANTED = "unwanted"
    """无需打扰"""
    TEST = "test"
    """测试订单"""
    OTHER = "other"
    """其他; always with a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """Why a customer need not be reached; `text` is None except for OTHER, which always has one."""

    why: Needless
    text: str | None = None
