"""What does a handler have in its hands? The ports beside the database, and all of them in one frozen bundle."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from handlers.messages import LetterId
from handlers.outbox import SHARED_BY, Letter, Medium
from handlers.ports import Store
from replies.cards import Face, Picture, Tap
from replies.drafts import Templates
from rules.anomalies import Anomaly, AnomalyId
from rules.assignment import team_of
from rules.contact import Per
from rules.editions import Rules
from rules.events import Personal, Sealed, Shop, UserId
from rules.outages import Outage
from rules.roster import Roster
from rules.storms import IncidentId

MOST_READERS = 1000
"""Of one message of the app (page 90236)."""


class Keys(Protocol):
    """The opaque keys of buttons. They tell what a card showed when its button was tapped."""

    def key(self, card: LetterId, version: int, tap: Tap) -> str:
        """What the button of a card carries on the wire."""
        ...

    def read(self, card: LetterId, newest: int, key: str) -> tuple[Tap, int] | None:
        """What a key means, and the version of the card it was on; None when it was never one of ours."""
        ...


class Listing(StrEnum):
    """A list that a link leads to."""

    OPEN = "open"
    """What is not closed."""
    URGENT = "urgent"
    """Of that, what is P1."""
    SOURCES = "sources"
    """The sources that report, and their outages."""
    DUTY = "duty"
    """Who is on duty when."""
    EXPERIMENTS = "experiments"
    """The experiments with the rules."""


class Links(Protocol):
    """Links to our own pages."""

    def case_page(self, case: AnomalyId) -> str:
        """The page of a case, for whoever is logged in."""
        ...

    def incident_page(self, incident: IncidentId) -> str:
        """The page of an incident, for whoever is logged in."""
        ...

    def personal_incident(self, incident: IncidentId, userid: UserId, now: datetime) -> str:
        """The same for one member: it logs them in, for a while."""
        ...

    def report_page(self, week: str) -> str:
        """The report of a week, for whoever is logged in."""
        ...

    def listing(self, listing: Listing) -> str:
        """A list of cases, for whoever is logged in."""
        ...

    def personal(
        self, case: AnomalyId | None, userid: UserId, now: datetime, listing: Listing | None = None
    ) -> str:
        """The page of a case, a list or else the board, for one member: it logs them in, for a while."""
        ...


class BrokenSealError(Exception):
    """what is sealed cannot be read: it was sealed under another DINGDAN_SECRET_KEY, or was tampered with"""


class Seals(Protocol):
    """What keeps personal data from being read in passing."""

    def open(self, what: Personal, sealed: Sealed) -> str:
        """The words themselves. Raises BrokenSealError."""
        ...


class Wire(Protocol):
    """The forms in which letters travel."""

    def compose(self, letter: Letter, words: Face | Picture | str, version: int) -> bytes:
        """The bytes of a letter; always the same ones for the same words. `version` is the card's."""
        ...

    def remote_id(self, letter: Letter) -> str | None:
        """What the other side calls the letter, where that is ours to say."""
        ...


class Directory(Protocol):
    """The rules and the roster in force."""

    @property
    def rules(self) -> Rules: ...

    @property
    def roster(self) -> Roster: ...

    @property
    def outages(self) -> Sequence[Outage]:
        """The sources that are out, as far as is known here."""
        ...


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
    seals: Seals
    wire: Wire
    surfaces: Surfaces
    jitter: Callable[[], float]
    """From 0 to 1."""

    def team(self, case: Anomaly) -> Roster:
        """Who is asked about a case: the roster, where those stand for the others whom its lane names."""
        return team_of(case.lane, self.directory.rules.of(case), self.directory.roster)

    def may_act(self, userid: UserId, shop: Shop) -> bool:
        """Whether somebody is on the roster and trusted with the shop's cases."""
        member = self.directory.roster.members.get(userid)
        return member is not None and member.may_act(shop)
