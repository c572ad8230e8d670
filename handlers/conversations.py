"""What do handlers need to know of people and conversations? Small protocols; bot/storage fulfils them."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from rules.contact import Because, Window
from rules.events import OrderKey, UserId
from rules.orders import Order
from rules.staff import Employment


class Windows(Protocol):
    """The 微信客服 conversations that may be written to."""

    async def heard(self, open_kfid: str, external_userid: str, at: datetime) -> None:
        """The customer wrote; a later message counts. What had blocked the window until then is over."""
        ...

    async def block(self, open_kfid: str, external_userid: str, because: Because, at: datetime) -> None:
        """Nothing more may be sent since `at`, unless the customer has written or something else was told since."""
        ...

    async def find(self, open_kfid: str, external_userid: str) -> Window | None: ...

    async def find_all(self, customers: Collection[tuple[str, str]]) -> dict[tuple[str, str], Window]:
        """The windows of several customers, by account and customer; those that never opened are left out."""
        ...


class Chats(Protocol):
    """The conversations in which somebody has spoken to the bot."""

    async def greeted(self, chat: str, at: datetime) -> None: ...


class Accounts(Protocol):
    """The 微信客服 accounts, whose news is fetched."""

    async def announce(self, open_kfid: str, token: str, until: datetime, now: datetime) -> None:
        """There is news of the account; `token` allows to fetch it until then."""
        ...


class StaffBook(Protocol):
    """Who WeCom says works here."""

    async def mark(self, userid: UserId, employment: Employment) -> bool:
        """Somebody's place in the company has changed; whether that is news."""
        ...


class PersonalData(Protocol):
    """Which orders hold something personal, and which parked events, by the reference that they wait for."""

    async def keep(self, told: Mapping[OrderKey, datetime]) -> None:
        """Something personal was told of them, at that time; one that is known stays as it is."""
        ...

    async def aged(self, before: datetime, limit: int) -> list[OrderKey]:
        """Those that were told of, or put off to a time, before that; oldest first."""
        ...

    async def put_off(self, news: Mapping[OrderKey, datetime]) -> None:
        """There was news of them at that time, from which on they age anew."""
        ...

    async def erase(self, orders: Collection[Order]) -> None:
        """Nothing personal is left of locked orders: in events, in their state, in what leads to them."""
        ...
