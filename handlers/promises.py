"""What is kept of the promises that texts have made? The port; `rules.promises` has the record."""

from collections.abc import Collection, Iterable
from typing import Protocol

from rules.events import OrderKey
from rules.promises import Promise


class Promises(Protocol):
    """A row for every slot of every text that a customer has, or may have."""

    async def of(self, orders: Collection[OrderKey]) -> dict[OrderKey, list[Promise]]:
        """The promises of the orders, oldest first; an order without any is left out."""
        ...

    async def put(self, promises: Iterable[Promise]) -> None:
        """Write new and changed promises."""
        ...

    async def drop(self, promises: Iterable[Promise]) -> None:
        """The customer never got the text: it promised nothing."""
        ...

    async def move(self, absorbed: OrderKey, into: OrderKey) -> None:
        """Give the promises of one order to another."""
        ...
