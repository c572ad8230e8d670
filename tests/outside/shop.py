"""How does a stranger try the service? As a process with settings from the environment, over HTTP, by the clock."""

import asyncio
import io
import json
import secrets
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import yaml

from tests.outside.bot_socket import GROUP
from tests.outside.envelope import Sealed
from tests.outside.ledger import Json, Shown
from tests.outside.wecom import Wecom
from tests.processes.commands import Running, command, free_port, until

ROSTER = {
    "members": [
        {"userid": "zhangsan", "name": "张三", "roles": ["agent"], "shops": ["*"]},
        {"userid": "lisi", "name": "李四", "roles": ["agent", "lead"]},
        {"userid": "wangwu", "name": "王五", "roles": ["manager"]},
    ],
    "shifts": [
        {"userid": userid, "days": ["mon-sun"], "from": "00:00", "to": "24:00"}
        for userid in ("zhangsan", "wangwu")
    ],
    "fallback": "wangwu",
}
MANAGER, PHONE = "wangwu", "13812345678"
ONE, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
LIMIT = timedelta(minutes=5)
"""Of the payment stage, by default."""

Found = TypeVar("Found")
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over HTTP, and after how many seconds."""

    status: int
    body: Any
    seconds: float


@dataclass(kw_only=True, slots=True)
class Shop:
    """A service, its WeCom, and the order system that feeds it."""

    folder: Path
    wecom: Wecom
    http: aiohttp.ClientSession
    port: int = field(default_factory=free_port)
    ingest: str = field(default_factory=lambda: f"ingest-{secrets.token_hex(12)}")
    read: str = field(default_factory=lambda: f"read-{secrets.token_hex(12)}")

    def leaks(self) -> list[str]:
        """What somebody could read, in WeCom or in the log, that nobody may read there."""
        logs = [path.read_text("utf-8") for path in self.folder.glob("*.log")]
        seen = "\n".join([*self.wecom.ledger.texts(), *logs])
        return [text for text in (PHONE, self.ingest, self.read, *self.wecom.secrets) if text in seen]

    # --- the process -----------------------------------------------------------------

    @asynccontextmanager
    async def serving(self) -> AsyncGenerator[Running]:
        """`dingdan serve`, ready; killed at the end, if it still runs."""
        (self.folder / "roster.yaml").write_text(yaml.safe_dump(ROSTER, allow_unicode=True), "utf-8")
        settings = {
            "DINGDAN_HTTP__PORT": str(self.port),
            "DINGDAN_DATABASE_URL": "sqlite://dingdan.db",
            "DINGDAN_INGEST__TOKEN": self.ingest,
            "DINGDAN_API__TOKEN": self.read,
            "DINGDAN_ROSTER_FILE": "roster.yaml",
            **self.wecom.environment(),
        }
        async with command(self.folder, "serve", environment=settings) as running:
            await until(self._is_ready, "ready")
            yield running

    async def _is_ready(self) -> bool:
        return (await self.get("/readyz")).status == 200

    # --- the order system --------------------------------------------------------------

    async def post(self, content: object, kind: str = ONE, token: str | None = None) -> Answer:
        """Send anything to the intake."""
        headers = {"Authorization": f"Bearer {token or self.ingest}", "Content-Type": kind}
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return await self._ask("POST", "/api/events", data=io.BytesIO(body), headers=headers)

    async def report(self, *events: Json) -> None:
        """Send events; all must be accepted."""
        answer = await self.post(events, BATCH)
        assert answer.body == {"accepted": len(events), "duplicates": 0, "rejected": []}, answer

    async def late_payment(self, number: str, *, since: timedelta = LIMIT + timedelta(seconds=1)) -> str:
        """An order whose payment started so long ago, of a customer who has just written; their id."""
        customer = f"wm{number}"
        contact = {"open_kfid": self.wecom.app.open_kfid, "external_userid": customer}
        self.wecom.app.customer_writes(customer)
        await self.report(
            event("order.created", number, since, channel="自营", customer={"name": "陈女士", **contact}),
            event("customer.contacted", number, timedelta(seconds=1), channel="kf", **contact),
            event("order.stage", number, since, stage="payment", status="started", payment_channel=number),
        )
        return customer

    # --- what can be read ----------------------------------------------------------------

    async def get(self, path: str) -> Answer:
        """Read with the token for reads."""
        return await self._ask("GET", path, headers={"Authorization": f"Bearer {self.read}"})

    async def becomes(self, number: str, state: str) -> None:
        """Wait until the newest anomaly of an order stands there, as the contract says within 8 s."""

        async def is_there() -> bool:
            return (await self.get(f"/api/orders/{number}")).body["anomalies"][-1]["state"] == state

        await until(is_there, f"{number} {state}", seconds=8)

    # --- WeCom -----------------------------------------------------------------------------

    async def callback(self, sealed: Sealed, **query: str) -> Answer:
        """WeCom pushes something to the app."""
        return await self._ask("POST", "/wecom/callback", data=sealed.body, params={**sealed.query, **query})

    async def push(self, xml: str) -> Answer:
        """WeCom pushes this plain XML to the app."""
        return await self.callback(self.wecom.envelope.seal(xml))

    async def verify(self, query: Mapping[str, str]) -> Answer:
        """WeCom asks whether the address is ours."""
        return await self._ask("GET", "/wecom/callback", params=query)

    async def group_card(self, number: str) -> Shown:
        """The card in the agents' group; waits for it."""
        return await found(lambda: self.wecom.ledger.card(GROUP, number))

    async def managers_card(self, number: str) -> Shown:
        """The push to the duty manager; waits for it."""
        return await found(lambda: self.wecom.ledger.card(MANAGER, number))

    async def received(self, customer: str) -> list[str]:
        """What a customer has received; waits for the first message."""
        return await found(lambda: self.wecom.ledger.lines(customer))

    async def _ask(self, method: str, path: str, **rest: Any) -> Answer:
        began = time.monotonic()
        async with self.http.request(method, f"http://127.0.0.1:{self.port}{path}", **rest) as response:
            text = await response.text()
            body = json.loads(text) if "json" in response.content_type else text
            return Answer(response.status, body, time.monotonic() - began)


@asynccontextmanager
async def a_shop(folder: Path) -> AsyncGenerator[Shop]:
    """A shop whose service does not run yet."""
    async with Wecom().running() as wecom, aiohttp.ClientSession() as http:
        yield Shop(folder=folder, wecom=wecom, http=http)


def event(kind: str, number: str, ago: timedelta = timedelta(), /, **data: Any) -> Json:
    """An event that happened so long ago."""
    return {
        "specversion": "1.0",
        "id": f"outside-{next(_numbers)}",
        "source": "/outside",
        "type": kind,
        "subject": number,
        "time": (datetime.now(UTC) - ago).isoformat(),
        "data": data,
    }


async def found(look: Callable[[], Found | None], seconds: float = 10) -> Found:
    """What `look` finds, as soon as it finds something."""
    deadline = time.monotonic() + seconds
    while not (what := look()):
        assert time.monotonic() < deadline, f"nothing was found within {seconds} s"
        await asyncio.sleep(0.01)
    return what
