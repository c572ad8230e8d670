"""Whose orders does a board show in a measurement? A town of shops: some orders taken in as ours are, then copied.

The pattern is a few thousand orders in every stage, band and case; the service itself raises their cases. Each
copy gets a number of its own, in every table and in every text that names it.
"""

import asyncio
import json
import random
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import asyncpg
import yaml

from bench.scene import Scene
from bot.clock import SystemClock
from bot.directory import load_directory
from bot.ground import make_world
from bot.secrets import load_secret
from bot.signals import Signals
from bot.sources.cloudevents import read_back
from bot.storage.opening import data_folder, open_store
from bot.storage.store import Transaction
from handlers.intake import take_in
from handlers.messages import Intake, Reported
from rules.stages import STAGES

SHOPS, WAREHOUSES = 10, 6
CARRIERS = ("yuantong", "zhongtong", "shentong", "yunda", "shunfeng")
LATE_SHARE = 0.02
NORMAL, LIMIT = timedelta(hours=12), timedelta(hours=24)
SUFFIX = "-0000000"
CASES_SECONDS = 120
BATCH = 500
HOUR_SECONDS = 3600
SIXTY_DAYS_MS = 60 * 86_400_000
RULES: Mapping[str, Any] = {
    "version": 1,
    "max_age": "30d",
    "stages": {
        stage.value: {
            "normal": "12h",
            "limits": [{"when": "not_completed", "after": "24h"}],
            "actions": ["post_card"],
        }
        for stage in STAGES
    },
    "storm": {"by": []},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """How much of everything."""

    orders: int
    pattern: int = 2_000
    closed_per_open: int = 50
    """Closed cases, for each unclosed one."""

    @property
    def copies(self) -> int:
        """How often the pattern is there, itself included."""
        return max(self.orders // self.pattern, 1)

    @property
    def late(self) -> int:
        """How many orders of the pattern are late."""
        return round(self.pattern * LATE_SHARE)


def write_files(folder: Path) -> dict[str, str]:
    """The rule book and the roster; the settings that name them."""
    roster = {
        "members": [
            {"userid": "boss", "name": "王五", "roles": ["manager"]},
            {"userid": "clerk", "name": "张三", "roles": ["agent"], "shops": ["shop0"]},
        ],
        "shifts": [{"userid": userid, "days": ["mon-sun"]} for userid in ("boss", "clerk")],
        "fallback": "boss",
    }
    settings: dict[str, str] = {}
    for name, content in (("RULES", RULES), ("ROSTER", roster)):
        path = folder / f"{name.lower()}.yaml"
        path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
        settings[f"DINGDAN_{name}_FILE"] = str(path)
    return settings


def number(place: int) -> str:
    """What an order of the pattern is called."""
    return f"PT{place:05}{SUFFIX}"


async def plant(scene: Scene, town: Town) -> None:
    """Take in the pattern, let the service raise its cases, and copy the whole."""
    await _take_in(scene, town)
    async with scene.serving():
        await _until_raised(scene, town)
    await _copy(scene.settings.database_url, town)


# --- the pattern -----------------------------------------------------------------


async def _take_in(scene: Scene, town: Town) -> None:
    settings, clock = scene.settings, SystemClock()
    async with open_store(settings.database_url, Signals()) as store:
        directory = await load_directory(settings, store, clock.now())
        secret = load_secret(settings, data_folder(settings.database_url))
        world = make_world(settings, clock, store, directory, secret)
        reports = [report for place in range(town.pattern) for report in _reports(place, town)]
        for start in range(0, len(reports), BATCH):
            part = reports[start : start + BATCH]

            async def write(work: Transaction, part: Iterable[Reported] = part) -> list[Intake]:
                return await take_in(work, world, list(part))

            if set(await store.run("plant", write)) != {Intake.ACCEPTED}:
                raise RuntimeError("an order of the pattern was not accepted")


def _reports(place: int, town: Town) -> list[Reported]:
    """An order that has come to one of the six stages, so long ago as its band asks for."""
    chance = random.Random(place)
    now = datetime.now(UTC)
    if place < town.late:
        waited = LIMIT + timedelta(minutes=chance.randint(1, 600))
    elif chance.random() < 0.1:
        waited = NORMAL + timedelta(minutes=chance.randint(1, 400))
    else:
        waited = timedelta(minutes=chance.randint(1, 600))
    done = STAGES[: place % len(STAGES)]
    began = now - waited - timedelta(minutes=5)
    events = [_event(place, "created", "order.created", began, _goods(place, chance))]
    if not done:
        events.append(_stage(place, "payment", "started", now - waited))
    events += [_stage(place, stage.value, "completed", now - waited) for stage in done]
    return [read_back(json.dumps(event).encode(), datetime.fromisoformat(event["time"])) for event in events]


def _goods(place: int, chance: random.Random) -> dict[str, Any]:
    return {
        "channel": "miniprogram",
        "amount_fen": chance.randint(1_000, 90_000),
        "warehouse": f"wh{place % WAREHOUSES}",
        "carrier": CARRIERS[place % len(CARRIERS)],
        "tracking_no": f"YT{place:05}{SUFFIX}",
        "payment_channel": "wechat",
        "items": [{"sku": f"SKU-{place % 50}", "qty": 1}],
        "customer": {"name": "陈女士", "ref": f"C{place:05}{SUFFIX}"},
    }


def _stage(place: int, stage: str, status: str, at: datetime) -> dict[str, Any]:
    data = {"stage": stage, "status": status, "operator": "李四", "note": "出库交接"}
    return _event(place, f"{stage}-{status}", "order.stage", at, data)


def _event(place: int, name: str, kind: str, at: datetime, data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"{name}-{number(place)}",
        "source": f"/wms/wh{place % WAREHOUSES}",
        "type": kind,
        "subject": number(place),
        "time": at.isoformat(),
        "data": {"shop": f"shop{place % SHOPS}", **data},
    }


async def _until_raised(scene: Scene, town: Town) -> None:
    """Wait until every late order of the pattern has its case."""
    async with _connected(scene.settings.database_url) as connection:
        async with asyncio.timeout(CASES_SECONDS):
            while await connection.fetchval("SELECT count(*) FROM cases") < town.late:
                await asyncio.sleep(0.2)


# --- the copies ------------------------------------------------------------------


async def _copy(url: str, town: Town) -> None:
    async with _connected(url) as connection:
        await connection.execute("SET synchronous_commit = off")
        for clone in (*_copied(town), _closed(town)):
            await _make(connection, clone)
        await connection.execute("VACUUM ANALYZE", timeout=HOUR_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clone:
    """Rows of a table made of those there are: the columns that change, and how; `n` counts the copies."""

    table: str
    changes: Mapping[str, str]
    copies: int
    of: str = "true"


def _copied(town: Town) -> Iterable[_Clone]:
    """Every table that is about orders."""
    named = f"replace({{}}, '{SUFFIX}', '-' || lpad(n::text, 7, '0'))"
    own = "overlay({} placing lpad(to_hex(n), 6, '0') from 19)"
    plans: Mapping[str, Mapping[str, str]] = {
        "orders": {"order_no": named, "state": named},
        "outlooks": {"order_no": named},
        "events": {"order_no": named, "id": named, "body": named},
        "links": {"order_no": named, "ref": named},
        "order_skus": {"order_no": named},
        "due": {"order_no": named, "ref": own},
        "cases": {"order_no": named, "id": own},
        "timeline": {"order_no": named, "case_id": own},
        "letters": {"order_no": named, "id": own, "key": "{} || n", "case_id": own, "content": named},
    }
    for table, changes in plans.items():
        made = {column: how.format(column) for column, how in changes.items()}
        yield _Clone(table=table, changes=made, copies=town.copies - 1)


def _closed(town: Town) -> _Clone:
    """Cases of the sixty days before, closed: made of those that are open, one on each order of the shop."""
    ago = f"(n * {SIXTY_DAYS_MS} / {town.closed_per_open})"
    at = f"(opened_at - {ago})"
    step = -(-town.late // SHOPS) * SHOPS
    place = f"(substr(order_no, 3, 5)::bigint + {step} * n) % {town.pattern}"
    changes = {
        **{column: f"{column} - {ago}" for column in ("since", "due_at", "opened_at", "raised_at")},
        "order_no": f"'PT' || lpad(({place})::text, 5, '0') || substr(order_no, 8)",
        "id": f"lpad(to_hex({at}), 12, '0') || substr(id, 13)",
        "owner": "'boss'", "claimed_at": f"{at} + 60000", "touched_at": f"{at} + 60000",
        "reached_at": f"{at} + 240000", "ended_at": f"{at} + 600000", "ended_how": "'moved'",
        "reason": "(ARRAY['payment_failed','out_of_stock','packing_delayed','not_picked_up'])[1 + n % 4]",
        "reason_source": "'agent'", "reason_by": "'boss'", "closed_at": f"{at} + 700000",
    }  # fmt: skip
    return _Clone(table="cases", changes=changes, copies=town.closed_per_open, of="closed_at IS NULL")


async def _make(connection: Any, clone: _Clone) -> None:
    found = await connection.fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_name = $1 AND is_generated = 'NEVER'",
        clone.table,
    )
    columns = [row["column_name"] for row in found]
    made = [clone.changes.get(column, column) for column in columns]
    await connection.execute(
        f"INSERT INTO {clone.table} ({', '.join(columns)}) SELECT {', '.join(made)}"
        f" FROM {clone.table}, generate_series(1::bigint, {clone.copies}) AS n WHERE {clone.of}",
        timeout=HOUR_SECONDS,
    )


@asynccontextmanager
async def _connected(url: str) -> AsyncGenerator[Any]:
    connection: Any = await cast(Any, asyncpg).connect(url)
    try:
        yield connection
    finally:
        await connection.close()
