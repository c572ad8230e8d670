"""What do handlers need from the database? Small protocols; bot/storage fulfils them."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from handlers.approved import Approvals, IncidentCards
from handlers.conversations import Accounts, Chats, PersonalData, StaffBook, Windows
from handlers.documents import Documents
from handlers.drafts import Drafts
from handlers.dutybook import DutyBook
from handlers.experimentbook import Experiments
from handlers.incidents import Incidents
from handlers.messages import Due, DueKind, LetterId, Reported
from handlers.outagebook import Outages
from handlers.outbox import Letter, Medium, Taken
from handlers.promises import Promises
from handlers.records import Entry, Link, ShownCard
from handlers.reportbook import Reports
from handlers.taskbook import Tasks
from handlers.trail import Trail
from rules.anomalies import Anomaly, AnomalyId
from rules.editions import Edition
from rules.events import EventKey, OrderEvent, OrderKey, Shop, UserId
from rules.health import Outlook
from rules.orders import Order

Result = TypeVar("Result")


MOST_SHOPS = 200


class StoreUnavailableError(Exception):
    """The database cannot be reached or written to at the moment."""


class Orders(Protocol):
    """Orders and the events they are folded from."""

    async def lock(self, keys: Collection[OrderKey], *, skip_locked: bool = False) -> dict[OrderKey, Order]:
        """The orders, held until the transaction ends; blank ones for numbers that are new.

        With `skip_locked`, those that another transaction holds, or that do not exist, are left out.
        """
        ...

    async def find(self, key: OrderKey) -> Order | None:
        """One order as it was last committed, not held."""
        ...

    async def known(self, keys: Collection[OrderKey]) -> dict[OrderKey, Order]:
        """The same of several; those that are not there are left out."""
        ...

    async def save(
        self, orders: Iterable[Order], edition: Edition, *, arm: bool
    ) -> Mapping[OrderKey, Outlook]:
        """Write locked orders back; with `arm` they are watched from now on: the outlooks of those that are open.

        Outlooks are written with `arm` alone: see `handlers.arming.watch_again` for orders watched already.
        """
        ...

    async def shops(self) -> list[Shop]:
        """The shops that orders came from, at most `MOST_SHOPS` of them."""
        ...

    async def outdated(self, version: int, limit: int) -> list[OrderKey]:
        """Watched open orders whose limits were set by a rule book older than `version`."""
        ...

    async def bodies(self, keys: Collection[EventKey]) -> dict[EventKey, str]:
        """The bodies of the events among `keys` that are stored already, parked ones included."""
        ...

    async def store(self, reports: Iterable[Reported]) -> set[tuple[EventKey, OrderKey]]:
        """Store events under the order that each one names; those that were not there before."""
        ...

    async def events(self, keys: Collection[OrderKey]) -> dict[OrderKey, list[OrderEvent]]:
        """Every stored event of the orders."""
        ...

    async def resolve(self, refs: Collection[str]) -> dict[str, list[OrderKey]]:
        """The orders that the references lead to, or that have one as their number; `NO_NUMBERS` lead nowhere."""
        ...

    async def link(self, links: Iterable[Link]) -> None:
        """Remember what leads to what."""
        ...

    async def of_customer(self, external_userid: str, since: datetime, limit: int) -> list[OrderKey]:
        """A customer's watched orders that are under way or were news at `since` or later; newest first."""
        ...

    async def park(self, reports: Iterable[Reported]) -> None:
        """Keep events that belong to no known order yet."""
        ...

    async def parked(self, refs: Collection[str], since: datetime) -> list[Reported]:
        """The parked events about the references that came in at `since` or later; they stay where they are."""
        ...

    async def unpark(self, refs: Collection[str]) -> list[Reported]:
        """Take back the parked events about the references."""
        ...

    async def find_parked(self, key: EventKey) -> Reported | None:
        """One parked event; it stays where it is."""
        ...

    async def index_items(self, orders: Iterable[Order]) -> None:
        """Make orders findable by the SKUs they hold."""
        ...

    async def holding(self, shop: Shop, warehouse: str | None, sku: str | None) -> list[OrderKey]:
        """The open orders of a warehouse that hold a SKU; None stands for any."""
        ...

    async def merge(self, absorbed: OrderKey, into: OrderKey) -> None:
        """Give the events of one order to another. The one is blank from now on, and no reference leads to it."""
        ...


class Dues(Protocol):
    """What becomes due, and when."""

    async def arm(self, dues: Iterable[Due]) -> None:
        """Set what is due when, in place of what was set before."""
        ...

    async def disarm(self, dues: Iterable[tuple[OrderKey, DueKind, str]]) -> None:
        """Nothing of this kind is due any more."""
        ...

    async def watched(self, orders: Collection[OrderKey]) -> list[OrderKey]:
        """Those of the orders whose limits are set, or would be if a clock of theirs ticked."""
        ...

    async def take(self, now: datetime, limit: int) -> list[Due]:
        """What was due strictly before `now`, oldest first; each is given out once."""
        ...


class Cases(Protocol):
    """Anomalies, and what happened to them."""

    async def of(self, orders: Collection[OrderKey]) -> dict[OrderKey, list[Anomaly]]:
        """All cases of the orders, closed ones too, oldest first."""
        ...

    async def find(self, case: AnomalyId) -> Anomaly | None:
        """One case as it was last committed, not held."""
        ...

    async def with_orders(self, cases: Collection[AnomalyId]) -> dict[AnomalyId, tuple[Anomaly, Order]]:
        """The same of several, each with its order; those that are not there are left out."""
        ...

    async def unclosed(self) -> list[Anomaly]:
        """Every case that is not closed, oldest first."""
        ...

    async def of_owner(self, owner: UserId) -> list[Anomaly]:
        """Somebody's cases that are not closed, oldest first."""
        ...

    async def loads(self) -> dict[UserId, int]:
        """How many unclosed cases each owner has; who has none is left out."""
        ...

    async def owners_for(self, customers: Collection[str]) -> dict[str, frozenset[UserId]]:
        """Who has an unclosed case of each customer, by their external_userid; those of whom nobody has one are left out."""
        ...

    async def opened_since(self, at: datetime) -> list[Anomaly]:
        """The cases opened at `at` or later, oldest first."""
        ...

    async def recovered(self, chat: str, start: datetime, end: datetime) -> list[Anomaly]:
        """The cases that ended from `start` on and before `end`, of those whose card went to the chat."""
        ...

    async def save(self, cases: Iterable[Anomaly]) -> None:
        """Write new and changed cases."""
        ...

    async def note(self, entries: Iterable[Entry]) -> None:
        """Add to the timelines. What has a key is added once."""
        ...

    async def timeline(self, case: AnomalyId) -> list[Entry]:
        """What happened to a case, oldest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many messages a customer got; what was refused counts not, but one may have been refused as too many."""

    sent: int = 0
    capped: bool = False


class Outbox(Protocol):
    """What leaves."""

    async def post(self, letters: Iterable[Letter]) -> None:
        """Write letters; one whose key was written before is left as it is."""
        ...

    async def take(
        self, media: Collection[Medium], now: datetime, lease_until: datetime, limit: int
    ) -> Taken:
        """Letters whose time has come, most urgent first, within the pace of each addressee.

        Each is SENDING, its attempt counted, and held until `lease_until`; or it has ended, if its time has
        passed or will have passed before the pace lets it go; or it is an alert that the pace would hold back, and
        is to be folded. Nobody else gets it, but it is the caller's part to `update` it in the same transaction,
        perhaps with more that is to be written of it. While a letter is SENDING, whoever sends it, no other one is
        given out to its addressee, unless it is the answer to a frame: those need no order.
        """
        ...

    async def set_out(
        self, letters: Iterable[Letter], now: datetime, lease_until: datetime, limit: int
    ) -> list[Letter]:
        """Of new letters, those that may leave before they are posted, taken as by `take`; it waits for nobody.

        None of them goes to an addressee for whom something else is ready, on its way or being taken.
        """
        ...

    async def collecting(self, addressees: Collection[str]) -> dict[str, Letter]:
        """The digest of each addressee, where there is one, that has not left yet."""
        ...

    async def folded_into(self, digests: Collection[LetterId]) -> list[Letter]:
        """What digests say in its place, oldest first."""
        ...

    async def abandoned(self, now: datetime) -> list[Letter]:
        """Letters that are SENDING although their lease has ended: whoever sent them is gone."""
        ...

    async def update(self, *letters: Letter) -> set[LetterId]:
        """Write letters back, except those that somebody else has changed since; which were written."""
        ...

    async def of_case(self, case: AnomalyId) -> list[Letter]:
        """All letters of a case, oldest first."""
        ...

    async def of_cases(self, cases: Collection[AnomalyId]) -> dict[AnomalyId, list[Letter]]:
        """The same for several cases."""
        ...

    async def find(self, letter: LetterId) -> Letter | None:
        """One letter."""
        ...

    async def named(self, medium: Medium, remote_ids: Collection[str]) -> list[Letter]:
        """The letters that the other side calls so."""
        ...

    async def release(self, cases: Collection[AnomalyId], now: datetime) -> None:
        """Let the letters of each case go that waited for others, when no other is left under way."""
        ...

    async def overdue(self, now: datetime) -> list[Letter]:
        """Letters that are PENDING although their time has passed; held until the transaction ends."""
        ...

    async def inquire_now(self, cases: Collection[AnomalyId], now: datetime) -> None:
        """What became of the messages of the cases can be asked at once."""
        ...

    async def tallies(self, addressees: Collection[str], since: datetime) -> dict[str, Tally]:
        """What each addressee was sent, or is about to be sent, from `since` on."""
        ...

    async def hurry_urgent(self, media: Collection[Medium], now: datetime) -> None:
        """What is urgent and waits to be tried again by these media can be tried now."""
        ...

    async def hurry(self, to: str, now: datetime) -> None:
        """What waits to be tried again with an addressee can be tried now."""
        ...


class Cards(Protocol):
    """The cards people have in front of them."""

    async def find(self, card: LetterId) -> ShownCard | None:
        """One card."""
        ...

    async def find_all(self, cards: Collection[LetterId]) -> dict[LetterId, ShownCard]:
        """Several cards; those that are not there are left out."""
        ...

    async def put(self, *cards: ShownCard) -> None:
        """Remember what cards show now."""
        ...

    async def keep_codes(self, codes: Mapping[LetterId, str], until: datetime) -> None:
        """Give cards, those that are there, the right to be changed once."""
        ...

    async def of_case(self, case: AnomalyId) -> list[ShownCard]:
        """All cards of a case, oldest first."""
        ...


class Work(Protocol):
    """One transaction; everything in it is committed together, or not at all."""

    @property
    def orders(self) -> Orders: ...

    @property
    def dues(self) -> Dues: ...

    @property
    def cases(self) -> Cases: ...

    @property
    def outbox(self) -> Outbox: ...

    @property
    def cards(self) -> Cards: ...

    @property
    def incident_cards(self) -> IncidentCards: ...

    @property
    def approvals(self) -> Approvals: ...

    @property
    def tasks(self) -> Tasks: ...

    @property
    def promises(self) -> Promises: ...

    @property
    def windows(self) -> Windows: ...

    @property
    def chats(self) -> Chats: ...

    @property
    def accounts(self) -> Accounts: ...

    @property
    def staff(self) -> StaffBook: ...

    @property
    def duty(self) -> DutyBook: ...

    @property
    def documents(self) -> Documents: ...

    @property
    def drafts(self) -> Drafts: ...

    @property
    def trail(self) -> Trail: ...

    @property
    def outages(self) -> Outages: ...

    @property
    def personal(self) -> PersonalData: ...

    @property
    def incidents(self) -> Incidents: ...

    @property
    def reports(self) -> Reports: ...

    @property
    def experiments(self) -> Experiments: ...


class Store(Protocol):
    """The database."""

    async def run(self, name: str, operation: Callable[[Work], Awaitable[Result]]) -> Result:
        """Do `operation` in one transaction and commit; again from the start when the database asks for it."""
        ...
