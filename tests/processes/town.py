"""Where do the stories of this folder take place? A WeCom, a service as a process of its own, and an order system."""

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from bot.clock import SystemClock
from bot.directory import read_rules
from bot.signals import Signals
from bot.storage.audit import Audit
from bot.storage.leases import Lease
from bot.storage.opening import open_store, sqlite_path
from bot.verifying import GRACE, verify
from bot.witness import Seen, Sighting, Witness
from handlers.laws import Violation
from tests.processes.commands import ROOT, Running, command, free_port, until
from tests.processes.wecom import CHEN, CORP, Wecom, identity
from tests.scenarios.shop import ROSTER

INGEST, READ = "processes-ingest", "processes-read"
TIMEOUT = aiohttp.ClientTimeout(total=10)
PATIENCE = aiohttp.ClientTimeout(total=60)
"""Of whoever has events to report."""
_numbers = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the service answers to events."""

    status: int
    said: dict[str, Any]
    retry_after: float | None
    """In seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """What a story is told with."""

    folder: Path
    source: Path
    wecom: Wecom
    http: aiohttp.ClientSession
    port: int
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    history: Path
    """What was seen from outside: by the sandbox, and by whoever reports."""
    module: str = "bot"
    """What runs the service."""
    since: int = 0
    """Where in the history this story begins, in bytes."""

    @property
    def address(self) -> str:
        """Where the service listens."""
        return f"http://127.0.0.1:{self.port}"

    def elsewhere(self, folder: Path, **settings: str) -> "Town":
        """The same WeCom, for a story of its own in a folder of its own."""
        since = self.history.stat().st_size
        return replace(self, folder=folder, settings={**self.settings, **settings}, since=since)

    # --- the service -----------------------------------------------------------

    @asynccontextmanager
    async def serving(self, **settings: str) -> AsyncGenerator[Running]:
        """`dingdan serve`, ready, and its bot connected."""
        async with self.started(**settings) as service:
            await self.is_up()
            yield service

    def started(self, **settings: str) -> AbstractAsyncContextManager[Running]:
        """`dingdan serve`, just started."""
        return self.runs("serve", **settings)

    def runs(self, *arguments: str, **settings: str) -> AbstractAsyncContextManager[Running]:
        """Any command with the settings of the service."""
        environment = {**self._environment(), **settings}
        return command(
            self.folder, *arguments, source=self.source, module=self.module, environment=environment
        )

    async def is_up(self) -> None:
        """Wait until the service is ready and its bot connected."""
        await until(self.is_ready, "ready")
        await until(self.wecom.connected, "the bot's connection")

    async def is_ready(self) -> bool:
        """Whether the service says so."""
        async with self.http.get(f"{self.address}/readyz") as answer:
            return answer.status == 200

    @property
    def database(self) -> str:
        """The URL of the service's database."""
        url = self._environment()["DINGDAN_DATABASE_URL"]
        path = sqlite_path(url)
        return url if path is None else f"sqlite://{self.folder / path}"

    async def broken(self, *, grace: timedelta = GRACE) -> list[Violation]:
        """Which promises the database breaks, be it against the history of this story; at rest or at work."""
        async with open_store(self.database, Signals()) as store:
            rules = await read_rules(SystemClock().now())
            verdicts = await verify(store, rules, SystemClock(), history=self._of_this_story(), grace=grace)
            async with store.snapshot() as connection:
                self.saw(*map(_of_lease, await Audit(connection).leases()))
        return [violation for verdict in verdicts for violation in verdict.shown]

    def _of_this_story(self) -> Path:
        file = self.folder / "of-this-story.jsonl"
        with self.history.open("rb") as lines:
            watching = lines.readline()
            lines.seek(max(self.since, lines.tell()))
            file.write_bytes(watching + lines.read())
        return file

    def saw(self, *seen: Sighting) -> None:
        """Write into the history."""
        witness = Witness(self.history)
        witness.note(*seen)
        witness.close()

    def _environment(self) -> dict[str, str]:
        return {
            "DINGDAN_DATABASE_URL": "sqlite://dingdan.db",
            "DINGDAN_HTTP__PORT": str(self.port),
            "DINGDAN_INGEST__TOKEN": INGEST,
            "DINGDAN_API__TOKEN": READ,
            **self.wecom.environment(),
            **self.settings,
        }

    # --- the order system ------------------------------------------------------

    async def report(self, *events: Mapping[str, Any]) -> dict[str, Any]:
        """Send events in one request; what the service answers."""
        answer = await self.offer(*events)
        assert answer.status == 202, answer
        return answer.said

    async def offer(self, *events: Mapping[str, Any]) -> "Answer":
        """Send events in one request, which may be refused."""
        headers = {"Authorization": f"Bearer {INGEST}", "Content-Type": "application/cloudevents-batch+json"}
        async with self.http.post(
            f"{self.address}/api/events", data=json.dumps(events), headers=headers, timeout=PATIENCE
        ) as answer:
            said = await answer.json(content_type=None)
            pause = answer.headers.get("Retry-After")
        if answer.status == 202 and not said["rejected"]:
            self.saw(*(_acked(event) for event in events))
        return Answer(status=answer.status, said=said, retry_after=float(pause) if pause else None)

    async def anomalies(self, **query: str) -> list[dict[str, Any]]:
        """What the API lists, newest first."""
        return (await self.get("/api/anomalies", **query))["items"]

    async def get(self, path: str, **query: str) -> Any:
        """What the API says."""
        headers = {"Authorization": f"Bearer {READ}"}
        async with self.http.get(f"{self.address}{path}", params=query, headers=headers) as answer:
            return await answer.json(content_type=None)


def _of_lease(lease: Lease) -> Sighting:
    return Sighting(at=SystemClock().now(), seen=Seen.LEASE, id=lease.name, version=lease.version)


def _acked(event: Mapping[str, Any]) -> Sighting:
    at = SystemClock().now()
    return Sighting(at=at, seen=Seen.EVENT_ACKED, id=event["id"], source=event["source"])


def an_event(number: str, kind: str, at: datetime | None = None, /, **data: Any) -> dict[str, Any]:
    """An event as a source writes it; by default it happens now."""
    return {
        "specversion": "1.0",
        "id": f"p{next(_numbers)}",
        "source": "/erp",
        "type": kind,
        "subject": number,
        "time": (at or datetime.now(UTC)).isoformat(),
        "data": data,
    }


def news(number: str, stage: str, status: str, *, ago: timedelta, **data: Any) -> dict[str, Any]:
    """News of a stage, so long after it happened."""
    return an_event(number, "order.stage", datetime.now(UTC) - ago, stage=stage, status=status, **data)


def a_reachable_customer(number: str, who: str = CHEN, **data: Any) -> Sequence[dict[str, Any]]:
    """An order of a customer, by default 陈女士, who has just asked for it by 微信客服."""
    contact = {"open_kfid": CORP.open_kfid, "external_userid": who}
    customer = {"name": "陈女士", **contact}
    return (
        an_event(number, "order.created", channel="miniprogram", customer=customer, **data),
        an_event(number, "customer.contacted", channel="kf", **contact),
    )


@asynccontextmanager
async def a_town(folder: Path, *, source: Path = ROOT, **settings: str) -> AsyncGenerator[Town]:
    """A town with a WeCom in a process of its own, whose group has greeted the bot. `source` has the packages."""
    port, wecom_port = free_port(), free_port()
    roster = folder / "roster.yaml"
    roster.write_text(yaml.safe_dump(dict(ROSTER), allow_unicode=True), "utf-8")
    settings = {"DINGDAN_ROSTER_FILE": str(roster), **settings}
    callback = f"http://127.0.0.1:{port}/wecom/callback"
    history = folder / "history.jsonl"
    arguments = ("--port", str(wecom_port), "--callback", callback, "--greet", "--history", str(history))
    async with (
        aiohttp.ClientSession(
            timeout=TIMEOUT,
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            connector=aiohttp.TCPConnector(limit=0),
        ) as http,
        command(folder, "sandbox", *arguments, source=source, environment=identity()),
    ):
        wecom = Wecom(f"http://127.0.0.1:{wecom_port}", http)

        async def answers() -> bool:
            return bool(await wecom.state())

        await until(answers, "the sandbox")
        yield Town(
            folder=folder,
            source=source,
            wecom=wecom,
            http=http,
            port=port,
            settings=settings,
            history=history,
        )
