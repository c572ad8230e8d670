"""How many events a second are taken in for good?"""

import asyncio
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import aiohttp

from bench.servers import TOKEN

STEPS = (("payment", "started"), ("payment", "completed"), ("confirm", "completed"), ("picking", "started"))
ORDERS = 1000
"""More than are on their way at once: no two requests at a time are about one order."""
ACCEPTED = 202


async def events_per_second(address: str, *, per_request: int, seconds: float, start: int) -> float:
    """Send new events for `seconds` from several connections; `start` keeps the rounds' events apart.

    Raises RuntimeError when an event was not accepted.
    """
    bodies = requests(per_request, start)
    sent, until = 0, time.perf_counter() + seconds
    headers = {
        "Authorization": f"Bearer {TOKEN}",
        "Content-Type": f"application/cloudevents{'-batch' if per_request > 1 else ''}+json",
    }

    async def send(session: aiohttp.ClientSession) -> None:
        nonlocal sent
        while time.perf_counter() < until:
            async with session.post(f"{address}/api/events", data=next(bodies), headers=headers) as response:
                answer = await response.json()
                if response.status != ACCEPTED or answer["rejected"] or answer["duplicates"]:
                    raise RuntimeError(f"{response.status} {answer}")
            sent += per_request

    began = time.perf_counter()
    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(send(session) for _ in range(8 if per_request > 1 else 32)))
    return sent / (time.perf_counter() - began)


def requests(per_request: int, start: int) -> Iterator[bytes]:
    """Bodies of requests without end: a thousand orders take a step each, then the next one, then others come."""
    number = start
    while True:
        events = [_event(number + index) for index in range(per_request)]
        yield json.dumps(events if per_request > 1 else events[0]).encode()
        number += per_request


def _event(number: int) -> dict[str, object]:
    block, place = divmod(number, len(STEPS) * ORDERS)
    step, order = divmod(place, ORDERS)
    stage, status = STEPS[step]
    at = datetime.now(UTC) - timedelta(seconds=len(STEPS) - step)
    return {
        "specversion": "1.0",
        "id": f"e{number}",
        "source": "/bench",
        "type": "order.stage",
        "subject": f"SO{block * ORDERS + order:09}",
        "time": at.isoformat(),
        "data": {"stage": stage, "status": status},
    }
