"""How is a story told? A whole service and a strict WeCom, on one clock that the story moves.

Everything is real but the time: HTTP and socket on loopback, the database, the loops. `passes` moves the clock
from one due thing to the next, and waits after each until nothing is left to do.
"""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from bot.clock import ManualClock
from bot.deliverer import RECOVER_EVERY
from bot.directory import read_rules
from bot.sandbox.cards import Card
from bot.sandbox.config import Knobs, SandboxConfig
from bot.sandbox.courier import Outcome
from bot.sandbox.server import Sandbox
from bot.sandbox.world import Chat, Speaker
from bot.settings import Settings, load
from bot.signals import Signals
from bot.storage.connection import Row, Value
from bot.storage.opening import database_for
from bot.storage.store import Database, Store
from bot.verifying import verify
from bot.witness import Witness
from handlers.laws import Violation
from rules.instants import MILLISECOND, from_ms, to_ms
from tests.deployment import Deployment, deployed

MONDAY_MORNING = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
"""10:00 in Shanghai, no holiday near."""
PATIENCE_SECONDS = 60
CHEN = "wmChen"
LOOKED_AFTER = RECOVER_EVERY + timedelta(seconds=1)
"""So long after its time a message in somebody's hands is given up."""
INGEST, READ = "test-ingest-token", "test-read-token"
EVERY_DAY = ["mon-sun"]

ROSTER: Mapping[str, Any] = {
    "members": [
        {"userid": "zhangsan", "name": "张三", "roles": ["agent"]},
        {"userid": "zhaoliu", "name": "赵六", "roles": ["agent"]},
        {"userid": "lisi", "name": "李四", "roles": ["agent", "lead"]},
        {"userid": "wangwu", "name": "王五", "roles": ["manager"]},
    ],
    "shifts": [
        {"userid": userid, "days": EVERY_DAY, "from": "00:00", "to": "24:00"}
        for userid in ("zhangsan", "zhaoliu", "lisi", "wangwu")
    ],
    "fallback": "wangwu",
    "carriers": [{"carrier": "yuantong", "region": "*", "contact": "lisi"}],
}


@dataclass(slots=True, kw_only=True)
class Shop:
    """The shop of a story: its service, its WeCom, its clock."""

    address: str
    """Where its service listens."""
    settings: Settings
    wecom: Sandbox
    clock: ManualClock
    http: aiohttp.ClientSession
    database: Database
    history: Path
    replicas: int
    sent: int = 0

    @property
    def open_kfid(self) -> str:
        """The shop's 微信客服 account."""
        return self.wecom.environment()["DINGDAN_KF__OPEN_KFID"]

    # --- what the sources report ---------------------------------------------

    async def report(self, kind: str, subject: str, /, *, ago: timedelta = timedelta(), **data: Any) -> None:
        """An event that happened `ago`; it must be accepted."""
        answer = await self.post(self.event(kind, subject, ago=ago, **data))
        assert answer["accepted"] == 1, answer

    def event(
        self, kind: str, subject: str, /, *, ago: timedelta = timedelta(), **data: Any
    ) -> dict[str, Any]:
        """An event as a source would write it."""
        self.sent += 1
        return {
            "specversion": "1.0",
            "id": f"e{self.sent:06}",
            "source": "/erp",
            "type": kind,
            "subject": subject,
            "time": (self.clock.now() - ago).isoformat(),
            "data": data,
        }

    async def post(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Send one event; the answer, when everything that follows from it is done."""
        answer = await self.send(event)
        await self.settled()
        return answer

    async def send(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Send one event; the answer."""
        headers = {"Authorization": f"Bearer {INGEST}", "Content-Type": "application/cloudevents+json"}
        address = f"{self.address}/api/events"
        async with self.http.post(address, data=json.dumps(event), headers=headers) as response:
            return await response.json(content_type=None)

    async def created(self, number: str, /, **data: Any) -> None:
        """An order of 陈女士, who can be reached by 微信客服 once she has written."""
        data.setdefault("channel", "miniprogram")
        data.setdefault("customer", {"name": "陈女士", "open_kfid": self.open_kfid, "external_userid": CHEN})
        await self.report("order.created", number, **data)

    async def stage(self, number: str, stage: str, status: str, /, **data: Any) -> None:
        """News of a stage."""
        await self.report("order.stage", number, stage=stage, status=status, **data)

    async def customer_writes(self, number: str) -> None:
        """陈女士 asks where her order is, which is known by then: now she can be answered."""
        await self.report(
            "customer.contacted", number, channel="kf", open_kfid=self.open_kfid, external_userid=CHEN
        )
        self.wecom.customer_says(CHEN, f"{number} 怎么还没动？")
        await self.settled()

    async def pays_late(self, number: str) -> None:
        """An urgent case, whose customer can be answered: the payment is not completed in its five minutes."""
        await self._is_late(number, "started", timedelta(minutes=5))

    async def confirms_late(self, number: str) -> None:
        """A case of no urgency, whose customer can be answered: the order is not confirmed in its twenty minutes."""
        await self._is_late(number, "completed", timedelta(minutes=20))

    async def _is_late(self, number: str, payment: str, limit: timedelta) -> None:
        await self.customer_writes(number)
        await self.created(number)
        await self.passes(seconds=1)
        await self.stage(number, "payment", payment)
        await self.passes(seconds=limit.total_seconds() + 1)

    # --- time ------------------------------------------------------------------

    async def passes(self, **duration: float) -> None:
        """Let time pass, from one due thing to the next."""
        end = self.clock.now() + timedelta(**duration)
        while (moment := await self._next()) is not None and moment <= end:
            self.clock.move_to(max(moment, self.clock.now()))
            await self.settled()
        self.clock.move_to(end)
        await self.settled()

    async def _next(self) -> datetime | None:
        """When something happens by itself: a millisecond after a limit, or when a letter may leave."""
        due = await self._value("SELECT min(due_at) AS value FROM due WHERE live")
        letter = await self._value("SELECT min(due_at) AS value FROM letters WHERE state = 'ready'")
        pending = await self._value("SELECT min(expires_at) AS value FROM letters WHERE state = 'pending'")
        moments = [from_ms(due) + MILLISECOND] if due else []
        moments += [from_ms(letter)] if letter else []
        moments += [from_ms(pending) + LOOKED_AFTER] if pending else []
        return min(moments, default=None)

    async def settled(self) -> None:
        """Wait until nothing is left to do at this moment."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            await asyncio.sleep(0.002)
            self.clock.advance(timedelta())
            if left := await self._left():
                assert time.monotonic() < until, f"still to do at {self.clock.now()}: {left}"
            elif (again_at := await self._put_back()) is None:
                return
            else:
                self.clock.move_to(from_ms(again_at))

    async def _left(self) -> Mapping[str, int]:
        """How much is due, on its way or unheard; a frame is stored a moment after it was delivered.

        A callback that is answered while the database is asked has left there what was not seen; another may begin.
        """
        now, unheard = int(self.clock.now().timestamp() * 1000), self._calls_back
        (row,) = await self.rows(
            "SELECT (SELECT count(*) FROM due WHERE live AND due_at < $1) AS due,"
            " (SELECT count(*) FROM letters WHERE state = 'sending' OR (state = 'ready' AND due_at <= $1)) AS letters,"
            " (SELECT count(*) FROM inbox WHERE done_at IS NULL) AS inbox,"
            " CAST($2 AS BIGINT) - (SELECT count(*) FROM inbox WHERE id LIKE 'bot:%') AS frames,"
            " CAST($3 AS BIGINT) * (SELECT count(*) FROM kf_accounts WHERE due_at <= $1) AS accounts",
            now,
            sum(event.delivered for event in self.wecom.bot_events),
            self.settings.wecom.can_send,
        )
        left = {**row, "callbacks": unheard or self._calls_back}
        return {what: many for what, many in left.items() if many}

    @property
    def _calls_back(self) -> int:
        """Of how many callbacks WeCom has yet to hear that they were taken."""
        return sum(delivery.outcome is Outcome.PENDING for delivery in self.wecom.callbacks)

    async def broken(self) -> list[Violation]:
        """Which laws the database breaks, be it against what WeCom saw."""
        store, rules = Store(self.database, Signals()), await read_rules(self.clock.now())
        verdicts = await verify(store, rules, self.clock, history=self.history)
        return [violation for verdict in verdicts for violation in verdict.shown]

    async def _put_back(self) -> int | None:
        """When a reply goes after all that could not go this moment, because somebody else held its order.

        A message in somebody's hands is given up when the deliverer comes round: in a second or so.
        """
        now = self.clock.now()
        late = await self._value(
            "SELECT count(*) AS value FROM letters WHERE state = 'pending' AND expires_at <= $1",
            int((now - LOOKED_AFTER).timestamp() * 1000),
        )
        if late:
            return to_ms(now + timedelta(seconds=1))
        return await self._value(
            "SELECT min(due_at) AS value FROM letters WHERE state = 'ready' AND kind = 'customer'"
            " AND attempts = 0 AND version > 1 AND due_at > $1",
            int(self.clock.now().timestamp() * 1000),
        )

    async def _value(self, query: str, *parameters: int) -> int | None:
        (row,) = await self.rows(query, *parameters)
        return row["value"]

    async def rows(self, query: str, *parameters: Value) -> Sequence[Row]:
        """What a query of the database finds."""
        async with self.database.reading() as connection:
            return await connection.fetch(query, *parameters)

    # --- what people see and do --------------------------------------------------

    @property
    def group_cards(self) -> list[Card]:
        """The cards in the agents' group, oldest first."""
        return list(self.wecom.group().cards)

    def cards_of(self, userid: str) -> list[Card]:
        """The cards in a member's chat with the app, oldest first."""
        return list(self.wecom.member(userid).cards)

    @property
    def group_lines(self) -> list[str]:
        """What the bot, or a webhook, wrote into the group that is no card, oldest first."""
        return _lines(self.wecom.group())

    def lines_to(self, userid: str) -> list[str]:
        """What the app wrote to a member that is no card, oldest first."""
        return _lines(self.wecom.member(userid))

    def bot_cards_of(self, userid: str) -> list[Card]:
        """The cards in a member's chat with the bot, oldest first."""
        return list(self.wecom.bot_chat(userid).cards)

    @property
    def customer_read(self) -> list[str]:
        """What 陈女士 received."""
        return [text for text in self.wecom.customer(CHEN).texts() if "怎么还没动" not in text]

    async def taps(self, userid: str, card: Card, button: str, **selected: str) -> None:
        """Somebody taps a button of a card, with these choices in its selectors."""
        await self.wecom.click(userid, card.task_id, button, dict(selected))
        await self.settled()

    async def says(self, userid: str, text: str, *, to: str = "group") -> None:
        """Somebody writes: into the `group`, to the `app`, or to the `bot` alone."""
        chat = {"group": self.wecom.group().key, "bot": None}.get(to, to)
        await self.wecom.say(userid, text, chat=chat)
        await self.settled()

    async def anomalies(self, **query: str) -> list[dict[str, Any]]:
        """What the API lists, newest first."""
        return (await self._get("/api/anomalies", query))["items"]

    async def case(self, id_: str) -> dict[str, Any]:
        """A case as the API tells it, with its timeline and letters."""
        return await self._get(f"/api/anomalies/{id_}", {})

    async def incidents(self) -> list[dict[str, Any]]:
        """The incidents that the API lists, newest first."""
        return (await self._get("/api/incidents", {}))["items"]

    async def incident(self, id_: str) -> dict[str, Any]:
        """An incident as the API tells it, with its orders and its timeline."""
        return await self._get(f"/api/incidents/{id_}", {})

    async def order(self, number: str, **query: str) -> dict[str, Any]:
        """The order as the API tells it."""
        return await self._get(f"/api/orders/{number}", query)

    async def ledger(self) -> dict[str, Any]:
        """What became of the alerts."""
        return await self._get("/api/ledger", {})

    async def _get(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {READ}"}
        async with self.http.get(f"{self.address}{path}", params=query, headers=headers) as response:
            assert response.status == 200, await response.text()
            return await response.json()


def _lines(chat: Chat) -> list[str]:
    ours = {Speaker.APP, Speaker.BOT, Speaker.WEBHOOK}
    return [
        message.content.text for message in chat.messages if message.speaker in ours and message.card is None
    ]


@asynccontextmanager
async def a_shop(
    on: Deployment,
    *,
    rules: Mapping[str, Any] | None = None,
    roster: Mapping[str, Any] = ROSTER,
    start: datetime = MONDAY_MORNING,
    greet: bool = True,
    app: bool = True,
    bot: bool = True,
    knobs: Knobs | None = None,
    corp: SandboxConfig | None = None,
    **settings: str,
) -> AsyncGenerator[Shop]:
    """A shop whose service has just started, with the bot greeted in the group; `app` and `bot` are what it has."""
    clock = ManualClock(start)
    roster_file, rules_file = on.folder / "roster.yaml", on.folder / "rules.yaml"
    roster_file.write_text(json.dumps(dict(roster)), "utf-8")  # JSON is YAML, and sooner written
    rules_file.write_text(json.dumps(dict(rules or {})), "utf-8")
    config, history = corp or SandboxConfig(knobs=knobs or Knobs()), on.folder / "history.jsonl"
    sandbox = Sandbox(config, clock=clock, witness=Witness(history))
    async with sandbox.running(greet=greet) as wecom, _http() as http:
        absent = [*([] if app else ["DINGDAN_WECOM__"]), *([] if bot else ["DINGDAN_AIBOT__"])]
        given = wecom.environment().items()
        environment = {
            **{name: value for name, value in given if not name.startswith(tuple(absent))},
            "DINGDAN_DATABASE_URL": on.database_url,
            "DINGDAN_REDIS_URL": on.redis_url,
            "DINGDAN_SECRET_KEY": "the-replicas-share-it",
            "DINGDAN_HTTP__PORT": "0",
            "DINGDAN_INGEST__TOKEN": INGEST,
            "DINGDAN_API__TOKEN": READ,
            "DINGDAN_ROSTER_FILE": str(roster_file),
            "DINGDAN_RULES_FILE": str(rules_file),
            **settings,
        }
        loaded = load(environment)
        async with deployed(loaded, clock, on.replicas) as address:
            if app:
                await wecom.set_callback(f"{address}/wecom/callback")
            database = database_for(loaded.database_url)
            await database.open()
            try:
                shop = Shop(
                    address=address,
                    settings=loaded,
                    wecom=wecom,
                    clock=clock,
                    http=http,
                    database=database,
                    history=history,
                    replicas=on.replicas,
                )
                if bot:
                    await wecom.until(lambda: any(call.path == "aibot_subscribe" for call in wecom.calls))
                await shop.settled()
                yield shop
                await shop.settled()
                assert await shop.broken() == []
            finally:
                await database.close()


def _http() -> aiohttp.ClientSession:
    """Each request has a connection of its own: it may meet any replica."""
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))
