"""What do handlers need to know of the sources that are out? A small protocol; bot/storage fulfils it."""

from typing import Protocol

from rules.anomalies import Anomaly
from rules.outages import Outage


class Outages(Protocol):
    """The outages of sources, and the cases that are held for them."""

    async def unsettled(self) -> list[Outage]:
        """Those that are under way, or of which not everybody has been told the end; by source."""
        ...

    async def save(self, outage: Outage) -> None:
        """Write a new or a changed one."""
        ...

    async def holding(self, limit: int) -> list[Anomaly]:
        """The cases that are held and go on, those first whose limit passed first."""
        ...

    async def closed_while_held(self, outage: str) -> int:
        """How many of the cases that an outage held were over before they were raised."""
        ...
