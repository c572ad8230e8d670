"""How long does a list of a hundred thousand rows take, and in how much memory is it made? In a process of its own."""

import asyncio
import io
import os
import re
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

import aiohttp
import pytest
from openpyxl import load_workbook

from bot.secrets import Pass, Passes
from bot.signals import Signals
from bot.storage.opening import open_store
from bot.storage.store import Transaction
from bot.web.board.export import MOST_IN_A_WORKBOOK
from bot.web.sessions import COOKIE
from rules.anomalies import Anomaly, Ended
from rules.events import UserId
from rules.reasons import Reason, ReasonSource, Verdict
from tests.contracts.builders import a_case
from tests.databases import sqlite_url
from tests.processes.commands import command, free_port, until

pytestmark = [pytest.mark.processes, pytest.mark.long, pytest.mark.timeout(1800)]

ROSTER = '{"members": [{"userid": "wangwu", "name": "王五", "roles": ["manager"]}], "fallback": "wangwu"}'
SECRET = "the-only-secret"
BATCH = 5_000
MIB = 2**10


@dataclass(frozen=True, slots=True)
class Process:
    """A service with many closed cases, and a browser with a manager's session."""

    http: aiohttp.ClientSession
    pid: int

    @property
    def peak_mib(self) -> float:
        """The most memory it has had so far."""
        status = Path(f"/proc/{self.pid}/status").read_text("utf-8")
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found
        return int(found[1]) / MIB

    @property
    def cpu_seconds(self) -> float:
        """What it has taken of a processor so far: the machine of a test may be busy with others."""
        fields = Path(f"/proc/{self.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def closed(number: int, at: datetime) -> Anomaly:
    """A case of the last days, with texts as long as people write them."""
    verdict = Verdict(
        reason=Reason.OTHER, text=f"快递站点爆仓，第 {number} 单，已与站点王师傅 13800138000 确认"
    )
    return a_case(
        f"DB2025{number:012}",
        opened_at=at,
        raised_at=at,
        owner=UserId("wangwu"),
        claimed_at=at,
        touched_at=at,
        reached_at=at,
        reached_by=UserId("wangwu"),
        ended_at=at,
        ended_how=Ended.MOVED,
        reason=verdict,
        reason_source=ReasonSource.AGENT,
        reason_by=UserId("wangwu"),
        reason_at=at,
        closed_at=at,
    )


async def filled(url: str, cases: int) -> None:
    """So many cases of the last two days."""
    now = datetime.now(UTC).replace(microsecond=0)
    async with open_store(url, Signals()) as store:
        for start in range(0, cases, BATCH):
            batch = [
                closed(number, now - timedelta(seconds=number)) for number in range(start, start + BATCH)
            ]

            async def save(work: Transaction, batch: list[Anomaly] = batch) -> None:
                await work.cases.save(batch)

            await store.run("filled", save)


@asynccontextmanager
async def serving(folder: Path, cases: int) -> AsyncGenerator[Process]:
    url, port = sqlite_url(folder), free_port()
    await filled(url, cases)
    (folder / "roster.yaml").write_text(ROSTER, "utf-8")
    environment = {
        "DINGDAN_DATABASE_URL": url,
        "DINGDAN_SECRET_KEY": SECRET,
        "DINGDAN_HTTP__PORT": str(port),
        "DINGDAN_ROSTER_FILE": "roster.yaml",
    }
    given = Pass(userid=UserId("wangwu"), until=datetime.now(UTC) + timedelta(hours=1), nonce="one")
    cookies = {COOKIE: Passes(SECRET.encode(), "session").write(given)}
    address = f"http://127.0.0.1:{port}"
    jar = aiohttp.CookieJar(unsafe=True)
    patience = aiohttp.ClientTimeout(total=None)
    async with (
        command(folder, "serve", environment=environment) as service,
        aiohttp.ClientSession(address, cookies=cookies, cookie_jar=jar, timeout=patience) as http,
    ):

        async def is_up() -> bool:
            async with http.get("/readyz") as answer:
                return answer.status == 200

        await until(is_up, "ready")
        yield Process(http, service.process.pid)


async def longest_wait(process: Process, over: asyncio.Event) -> float:
    """How long the slowest of many small requests took meanwhile, in seconds."""
    slowest = 0.0
    while not over.is_set():
        began = perf_counter()
        async with process.http.get("/healthz") as answer:
            assert answer.status == 200
        slowest = max(slowest, perf_counter() - began)
        await asyncio.sleep(0.2)
    return slowest


async def taken(process: Process, address: str) -> bytes:
    """The file; its time, memory and what others waited are printed, and the first two held to the promise."""
    over, began, spent = asyncio.Event(), perf_counter(), process.cpu_seconds
    waiting = asyncio.create_task(longest_wait(process, over))
    async with process.http.get(address) as answer:
        assert answer.status == 200
        content = await answer.read()
    took, worked = perf_counter() - began, process.cpu_seconds - spent
    over.set()
    slowest = await waiting
    sys.stdout.write(
        f"\n{address}: {took:.1f} s, {worked:.1f} s of a processor, {process.peak_mib:.0f} MiB,"
        f" {len(content) / 2**20:.1f} MiB of file, others waited {slowest * 1000:.0f} ms at most\n"
    )
    assert worked <= 60
    assert process.peak_mib <= 300
    return content


async def test_a_hundred_thousand_rows_come_within_a_minute_and_300_mib(tmp_path: Path) -> None:
    async with serving(tmp_path, MOST_IN_A_WORKBOOK) as process:
        assert (await taken(process, "/anomalies.csv")).count(b"\r\n") == MOST_IN_A_WORKBOOK + 1
        book = load_workbook(io.BytesIO(await taken(process, "/anomalies.xlsx")), read_only=True)
        assert sum(1 for _ in book.worksheets[0].iter_rows()) == MOST_IN_A_WORKBOOK + 1
        assert book.active is book.worksheets[0]


async def test_what_a_workbook_has_no_room_for_is_told_first(tmp_path: Path) -> None:
    async with serving(tmp_path, MOST_IN_A_WORKBOOK + BATCH) as process:
        book = load_workbook(io.BytesIO(await taken(process, "/reasons.xlsx")), read_only=True)

        assert sum(1 for _ in book.worksheets[0].iter_rows()) == MOST_IN_A_WORKBOOK + 1
        assert book.active is book["说明"]
        told = [row[0] for row in book["说明"].iter_rows(values_only=True)]
        assert "100000" in str(told[1])
        csv = await taken(process, "/reasons.csv")
        assert csv.count(b"\r\n") == MOST_IN_A_WORKBOOK + BATCH + 1
