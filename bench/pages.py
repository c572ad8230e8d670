"""How quick is the board when there is much on it? Every page, with a million orders and twenty thousand open cases.

`python -m bench.pages --orders 1000000`: times are those of a client on this machine, so they hold the server's and
more. The counters of the health page are compared with what the rules say of every order at the same instant.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import Any, cast

import asyncpg
import uvloop

from bench import machine
from bench.scene import Scene, a_scene, resident_bytes
from bench.servers import new_database
from bench.town import Town, plant, write_files
from bot.directory import load_directory
from bot.secrets import Pass, Passes
from bot.signals import Signals
from bot.storage.opening import open_store
from bot.storage.states import decode_order
from bot.web.sessions import COOKIE
from rules.book import RuleBook
from rules.deadlines import Band, band
from rules.events import UserId
from rules.instants import instant
from rules.orders import Order
from tests.processes.commands import until
from tests.servers import postgres_server

LOOKS = 60
OK = 200
CATCH_UP_SECONDS = 900
BOUND_MS = 150
PAGES = (
    "/",
    "/anomalies",
    "/anomalies?state=open&stage=picking",
    "/anomalies?state=closed&reason=out_of_stock",
    "/anomalies?priority=P1&shop=shop3",
    "/a/{case}",
    "/orders?stage=picking&band=late",
    "/orders?stage=packing&band=grey&shop=shop2",
    "/orders?q={order}",
    "/orders/{shop}/{order}",
    "/orders/{shop}/{order}/events",
    "/reasons",
    "/unmatched",
    "/letters",
    "/audit",
    "/incidents",
    "/tasks",
    "/promises",
    "/sources",
    "/measures",
    "/duty",
    "/rules",
    "/causes",
    "/proposals",
    "/experiments",
    "/rehearsals",
    "/evidence",
    "/decisions",
    "/reports",
    "/api/health",
    "/api/anomalies?limit=50",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How long a page took, in milliseconds."""

    address: str
    p50_ms: float
    p95_ms: float
    max_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What was seen."""

    looks: list[Look]
    counted: Mapping[tuple[str, str], int]
    """By stage and band, as the health page counts."""
    expected: Mapping[tuple[str, str], int]
    """The same, as the rules say of every stored order at that instant."""
    cases: tuple[int, int]
    """Unclosed and closed."""
    resident_mib: float


async def measure(database: str, town: Town) -> Board:
    """The board over a town, on an empty PostgreSQL database. Raises RuntimeError when a page was refused."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=machine.scratch()) as folder:
        async with a_scene(Path(folder), database) as scene:
            scene.environment.update(write_files(Path(folder)))
            await plant(scene, town)
            async with scene.serving() as service:
                connection: Any = await cast(Any, asyncpg).connect(database)
                try:
                    await until(
                        lambda: _has_caught_up(connection), "the ladders of all cases", CATCH_UP_SECONDS
                    )
                    places = await _places(connection)
                    looks = [await _look(scene, address.format_map(places)) for address in PAGES]
                    counted, at = await _health(scene)
                    return Board(
                        looks=looks,
                        counted=counted,
                        expected=await _expected(connection, scene, at),
                        cases=tuple(await connection.fetchrow(CASES)),  # pyright: ignore[reportArgumentType]
                        resident_mib=resident_bytes(service.process.pid) / 2**20,
                    )
                finally:
                    await connection.close()


CASES = "SELECT count(*) FILTER (WHERE closed_at IS NULL), count(*) FILTER (WHERE closed_at IS NOT NULL) FROM cases"


async def _has_caught_up(connection: Any) -> bool:
    """Whether nothing is due: what was planted minutes ago has steps of its ladder to take, all at once."""
    now = int(datetime.now(UTC).timestamp() * 1000)
    return not await connection.fetchval("SELECT count(*) FROM due WHERE live AND due_at < $1", now)


async def _places(connection: Any) -> dict[str, str]:
    """Something that is there, for each part of an address that varies."""
    row = await connection.fetchrow("SELECT id, shop, order_no FROM cases WHERE closed_at IS NULL LIMIT 1")
    return {"case": row["id"], "shop": row["shop"], "order": row["order_no"]}


def _cookies(userid: str) -> dict[str, str]:
    passes = Passes(b"bench-secret", "session")
    given = Pass(userid=UserId(userid), until=datetime.now(UTC) + timedelta(hours=1), nonce="bench")
    return {COOKIE: passes.write(given)}


async def _look(scene: Scene, address: str) -> Look:
    took: list[float] = []
    for _ in range(LOOKS):
        began = perf_counter()
        async with scene.http.get(
            scene.address + address, cookies=_cookies("boss"), allow_redirects=False
        ) as answer:
            await answer.read()
            if answer.status not in {OK, 303}:
                raise RuntimeError(f"{address} was answered with {answer.status}")
        took.append((perf_counter() - began) * 1000)
    cuts = quantiles(took, n=20)
    return Look(address=address, p50_ms=cuts[9], p95_ms=cuts[18], max_ms=max(took))


async def _health(scene: Scene) -> tuple[Mapping[tuple[str, str], int], datetime]:
    """The counters by stage and band, and the instant they are of."""
    async with scene.http.get(f"{scene.address}/api/health", cookies=_cookies("boss")) as answer:
        body = await answer.json()
    counted = {
        (stage["stage"], name): stage[name]
        for stage in body["stages"]
        for name in ("in_time", "grey", "late")
    }
    return counted, datetime.fromisoformat(body["as_of"])


async def _expected(connection: Any, scene: Scene, at: datetime) -> Mapping[tuple[str, str], int]:
    """What the rules say of every watched open order, one after the other."""
    book = await _book(scene)
    found: Counter[tuple[str, str]] = Counter()
    async with connection.transaction():
        async for row in connection.cursor(
            "SELECT state, stage FROM orders WHERE armed AND status = 'open'", prefetch=5_000
        ):
            order = decode_order(row["state"])
            found[row["stage"], _worst(order, book, instant(at))] += 1
    return found


async def _book(scene: Scene) -> RuleBook:
    async with open_store(scene.settings.database_url, Signals()) as store:
        return (await load_directory(scene.settings, store, datetime.now(UTC))).rules.current


def _worst(order: Order, book: RuleBook, at: datetime) -> str:
    bands = {band(order, run, book, at) for run in order.present_runs()}
    return next(
        one.value for one in (Band.LATE, Band.GREY, Band.IN_TIME) if one in bands or one is Band.IN_TIME
    )


def report(board: Board) -> str:
    """The figures, as a table and some lines."""
    unclosed, closed = board.cases
    rows = [
        f"| `{look.address}` | {look.p50_ms:.1f} | {look.p95_ms:.1f} | {look.max_ms:.1f} |"
        f" {'met' if look.p95_ms <= BOUND_MS else '**not met**'} |"
        for look in board.looks
    ]
    equal = "equal" if dict(board.counted) == _without_zeros(board.expected, board.counted) else "**differ**"
    return "\n".join([
        f"{machine.description()}; {sum(board.expected.values()):,} open orders.",
        f"{unclosed:,} unclosed cases, {closed:,} closed ones; {LOOKS} looks at each page, one after the other.",
        "",
        f"| page | p50, ms | p95, ms | max, ms | p95 ≤ {BOUND_MS} ms |",
        "|---|---|---|---|---|",
        *rows,
        "",
        f"Health counters and the rules, order by order: {equal}. The process held {board.resident_mib:.0f} MiB.",
        "",
    ])  # fmt: skip


def _without_zeros(
    expected: Mapping[tuple[str, str], int], counted: Mapping[tuple[str, str], int]
) -> dict[tuple[str, str], int]:
    """What is expected, in the places that were counted."""
    return {place: expected.get(place, 0) for place in {*counted, *expected}}


async def _run(server: str, given: argparse.Namespace) -> Board:
    async with new_database(server) as url:
        return await measure(url, Town(orders=given.orders, closed_per_open=given.closed))


def main() -> None:
    """Run the command."""
    options = argparse.ArgumentParser(prog="python -m bench.pages", description=__doc__)
    options.add_argument("--orders", type=int, default=1_000_000, help="open orders")
    options.add_argument("--closed", type=int, default=50, help="closed cases for each unclosed one")
    given = options.parse_args()
    tempfile.tempdir = str(machine.scratch())
    with ExitStack() as stack:
        found = uvloop.run(_run(stack.enter_context(postgres_server(durable=True)), given))
    sys.stdout.write(report(found))


if __name__ == "__main__":
    main()
