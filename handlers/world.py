"""What does a handler have in its hands? The ports, in one frozen bundle."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from handlers.messages import LetterId
from handlers.outbox import SHARED_BY, Medium
from handlers.ports import Directory, Keys, Links, Store, Wire
from replies.drafts import Templates
from rules.contact import Per
from rules.events import Shop, UserId

MOST_READERS = 1000
"""Of one message of the app (page 90236)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surfaces:
    """Which ways to people are set up here."""

    app: bool
    """The self-built app can write to members."""
    bot: bool
    """The bot can write into groups, and to members who have spoken to it."""
    kf: bool
    """微信客服 can write to customers."""
    mass: bool = False
    """The app may order 企业群发."""
    mass_per: Per = Per.MONTH
    """For how long their cap counts."""
    sidebar: bool = False
    """Employees have our page in the sidebar of their chats."""
    webhooks: frozenset[str] = frozenset()
    """The groups that can be written to by a webhook."""
    open_kfid: str = ""
    """The account to write from where the customer's own is not known."""

    @property
    def to_members(self) -> Medium:
        """How a member is written to."""
        return Medium.APP if self.app or not self.bot else Medium.SINGLE

    def addressed(self, userids: Sequence[UserId]) -> list[str]:
        """What letters to all of these are addressed to: one for all of them, where they can hold one card together."""
        if self.to_members is not Medium.APP:
            return [*userids]
        parts = (userids[start : start + MOST_READERS] for start in range(0, len(userids), MOST_READERS))
        return [SHARED_BY.join(part) for part in parts]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything outside a handler."""

    store: Store
    now: Callable[[], datetime]
    new_id: Callable[[], LetterId]
    directory: Directory
    templates: Templates
    keys: Keys
    links: Links
    wire: Wire
    surfaces: Surfaces
    jitter: Callable[[], float]
    """From 0 to 1."""

    def may_act(self, userid: UserId, shop: Shop) -> bool:
        """Whether somebody is on the roster and trusted with the shop's cases."""
        member = self.directory.roster.members.get(userid)
        return member is not None and member.may_act(shop)
