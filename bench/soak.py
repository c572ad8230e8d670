"""Does it hold for minutes? Open orders by the million, limits that pass and others that are set anew, all the time.

`python -m bench.soak --orders 1000000 --seconds 300`; R-25 is `--orders 100000 --due 10 --events 50`.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, ExitStack
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import quantiles
from time import perf_counter, time
from typing import Any, cast

import aiohttp
import asyncpg
import uvloop

from bench import machine
from bench.memory import Width, due_width
from bench.scene import CALLBACK, Scene, a_scene, resident_bytes
from bench.servers import new_database
from bench.watching import (
    DUE_PER_SECOND,
    REARMED_PER_SECOND,
    Lag,
    all_came,
    flood,
    lag_of,
    plant_far,
    plant_soon,
    rearm,
)
from bot.sandbox.callback_xml import Head, text_message
from bot.wecom.crypto import Envelope
from tests.servers import postgres_server

CALLBACK_EVERY_SECONDS = 0.2
OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Soak:
    """What was seen."""

    lag: Lag
    detected_p99_ms: float
    """From the passing of a limit to its case."""
    callback_p99_ms: float
    """From a callback's first byte to the answer's last."""
    resident_mib: float
    """What the service held at the end."""
    grown_mib: float
    """By how much that is more than at the beginning."""
    before: Width
    after: Width


async def measure(
    database: str,
    *,
    orders: int,
    seconds: float,
    due_per_second: float = DUE_PER_SECOND,
    rearmed_per_second: float = REARMED_PER_SECOND,
    flooded: bool = False,
) -> Soak:
    """The whole service on an empty PostgreSQL database. Raises RuntimeError when something was refused.

    `flooded`: no order gets a new limit; as many events of other orders come in as the service can take.
    """
    with tempfile.TemporaryDirectory(prefix="bench-", dir=machine.scratch()) as folder:
        async with a_scene(Path(folder), database) as scene:
            due = round(due_per_second * seconds)
            await plant_far(scene, orders=orders, due=due, rate=due_per_second)
            async with scene.serving() as service, asyncio.TaskGroup() as group:
                crowd = await plant_soon(scene, orders=orders, due=due, rate=due_per_second)
                before = await due_width(database)
                began = resident_bytes(service.process.pid)
                callbacks = group.create_task(_call_back(scene, seconds))
                if flooded:
                    await flood(scene, crowd, seconds)
                else:
                    await rearm(scene, crowd, rearmed_per_second, seconds)
                lag = lag_of(crowd, await all_came(scene.wecom, crowd))
                ended = resident_bytes(service.process.pid)
            return Soak(
                lag=lag,
                detected_p99_ms=await _detected(database),
                callback_p99_ms=quantiles(callbacks.result(), n=100)[98],
                resident_mib=ended / 2**20,
                grown_mib=(ended - began) / 2**20,
                before=before,
                after=await due_width(database),
            )


async def _call_back(scene: Scene, seconds: float) -> list[float]:
    """Somebody asks the app for help every now and then; how long each answer took, in milliseconds."""
    took: list[float] = []
    for number in range(round(seconds / CALLBACK_EVERY_SECONDS)):
        began = perf_counter()
        async with _callback(scene, number) as answer:
            await answer.read()
            if answer.status != OK:
                raise RuntimeError(f"a callback was answered with {answer.status}")
        took.append((perf_counter() - began) * 1000)
        await asyncio.sleep(CALLBACK_EVERY_SECONDS)
    return took


def _callback(scene: Scene, number: int) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
    now = int(time())
    head = Head(corp_id=CALLBACK.receive_id, agent_id=1, userid=f"agent{number % 300:03}", created=now)
    encrypted = CALLBACK.encrypt(text_message(head, text="/帮助", msgid=number + 1))
    timestamp, nonce = str(now), str(number)
    signature = CALLBACK.signature(timestamp, nonce, encrypted)
    return scene.http.post(
        f"{scene.address}/wecom/callback",
        params={"msg_signature": signature, "timestamp": timestamp, "nonce": nonce},
        data=Envelope(to_user_name=CALLBACK.receive_id, agent_id="1", encrypted=encrypted).to_xml(),
    )


async def _detected(database: str) -> float:
    """The 99th percentile, in milliseconds; a limit is passed a millisecond after its time."""
    connection: Any = await cast(Any, asyncpg).connect(database)
    try:
        row: Mapping[str, float] = await connection.fetchrow(
            "SELECT percentile_cont(0.99) WITHIN GROUP (ORDER BY opened_at - due_at - 1) AS p99 FROM cases"
        )
        return row["p99"]
    finally:
        await connection.close()


def report(soak: Soak) -> str:
    """The figures, line by line."""
    lines = [f"{field.name}: {getattr(soak, field.name)}" for field in fields(soak)]
    return "\n".join([machine.description(), *lines, ""])


async def _run(server: str, given: argparse.Namespace) -> Soak:
    async with new_database(server) as url:
        return await measure(
            url,
            orders=given.orders,
            seconds=given.seconds,
            due_per_second=given.due,
            rearmed_per_second=given.events,
            flooded=given.flood,
        )


def main() -> None:
    """Run the command."""
    options = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    options.add_argument("--orders", type=int, default=1_000_000, help="open orders")
    options.add_argument("--seconds", type=float, default=300)
    options.add_argument("--due", type=float, default=DUE_PER_SECOND, help="limits that pass in a second")
    options.add_argument("--events", type=float, default=REARMED_PER_SECOND, help="events in a second")
    options.add_argument("--flood", action="store_true", help="as many events as can be taken in, instead")
    given = options.parse_args()
    tempfile.tempdir = str(machine.scratch())
    with ExitStack() as stack:
        found = uvloop.run(_run(stack.enter_context(postgres_server(durable=True)), given))
    sys.stdout.write(report(found))


if __name__ == "__main__":
    main()
