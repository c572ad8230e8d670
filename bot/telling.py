"""How is a story told to a service? Events as systems report them, each at its time, and what customers write."""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import aiohttp

from bot.clock import Clock
from bot.sandbox.server import Sandbox
from bot.sandbox.story import Beat, Words

POLL_SECONDS = 0.5
LIMIT = aiohttp.ClientTimeout(total=30)
MOST_AT_ONCE = 400
"""Events of one request; the service takes 500."""
MOST_LISTED = 500


class TellingError(Exception):
    """The service did not take what the story says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where a service takes events, and tells what became of them."""

    address: str
    ingest: str
    """The token for events."""
    read: str
    """The token for looking."""


class Teller:
    """Tells a story to a service, as the shop's systems and customers would."""

    def __init__(
        self,
        desk: Desk,
        http: aiohttp.ClientSession,
        clock: Clock,
        start: datetime,
        *,
        name: str = "story",
        wecom: Sandbox | None = None,
    ) -> None:
        self._desk = desk
        self._http = http
        self._clock = clock
        self._start = start
        self._name = name
        self._wecom = wecom
        self._told = 0

    async def tell(self, story: Iterable[Beat | Words]) -> None:
        """Each part at its time; what is reported at the same time, in one request. Raises TellingError."""
        for at, parts in groupby(sorted(story, key=_time), key=_time):
            await self._wait_until(self._start + at)
            events = [self._event(part) for part in parts]
            for first in range(0, len(events), MOST_AT_ONCE):
                await self._post(events[first : first + MOST_AT_ONCE])

    async def follow(self, after_contact: Mapping[str, Beat]) -> None:
        """Once a customer has been reached, their order moves a little later. Raises TellingError."""
        waiting = dict(after_contact)
        while waiting:
            await asyncio.sleep(POLL_SECONDS)
            replied = {case["order_no"] for case in await self.cases(state="replied")}
            for order in waiting.keys() & replied:
                beat = waiting.pop(order)
                await self._clock.sleep(beat.at)
                now = self._clock.now() - self._start
                await self.tell([replace(beat, at=now, happened=now)])

    async def cases(self, **query: str) -> Sequence[dict[str, Any]]:
        """The newest cases, as the service lists them. Raises TellingError."""
        return (await self.look("/api/anomalies", limit=str(MOST_LISTED), **query))["items"]

    async def look(self, path: str, **query: str) -> Any:
        """What the service tells there. Raises TellingError."""
        headers = {"Authorization": f"Bearer {self._desk.read}"}
        async with self._http.get(
            f"{self._desk.address}{path}", params=query, headers=headers, timeout=LIMIT
        ) as answer:
            if answer.status != 200:
                raise TellingError(f"{path}: {answer.status} {await answer.text()}")
            return await answer.json()

    async def _wait_until(self, moment: datetime) -> None:
        await self._clock.sleep(max(moment - self._clock.now(), timedelta()))

    def _event(self, part: Beat | Words) -> dict[str, object]:
        """A part of the story as an event; what a customer writes reaches 微信客服 as well."""
        self._told += 1
        event: dict[str, object] = {"specversion": "1.0", "id": f"{self._name}-{self._told}"}
        if part.order:
            event["subject"] = part.order
        if isinstance(part, Beat):
            happened = self._start + part.happened
            return event | {
                "source": part.source, "type": part.kind, "time": happened.isoformat(), "data": dict(part.data),
            }  # fmt: skip
        if self._wecom is None:
            raise TellingError("no customer writes where there is no sandbox")
        self._wecom.customer_says(part.customer, part.text)
        open_kfid = self._wecom.environment()["DINGDAN_KF__OPEN_KFID"]
        contact = {"channel": "kf", "open_kfid": open_kfid, "external_userid": part.customer}
        now = self._clock.now().isoformat()
        return event | {"source": "/kf", "type": "customer.contacted", "time": now, "data": contact}

    async def _post(self, events: Sequence[Mapping[str, object]]) -> None:
        headers = {
            "Authorization": f"Bearer {self._desk.ingest}",
            "Content-Type": "application/cloudevents-batch+json",
        }
        address = f"{self._desk.address}/api/events"
        async with self._http.post(
            address, data=json.dumps(events), headers=headers, timeout=LIMIT
        ) as answer:
            if answer.status != 202:
                raise TellingError(f"/api/events: {answer.status} {await answer.text()}")
            rejected = (await answer.json())["rejected"]
            if rejected:
                raise TellingError(f"/api/events: {rejected[0]}")


def _time(part: Beat | Words) -> timedelta:
    return part.at
