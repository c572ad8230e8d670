"""How does a newcomer see the main job? A shop's morning on a fast clock: the service, a WeCom and a story."""

import asyncio
import json
import shutil
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path

import aiohttp
import yaml

from bot.app import Service, service
from bot.clock import Clock, FastClock, SystemClock
from bot.holidays import days_off
from bot.inviting import Invitation
from bot.sandbox.config import SandboxConfig
from bot.sandbox.server import Sandbox
from bot.sandbox.story import AFTER_THE_REPLY, CUSTOMERS, MORNING, Beat, Words
from bot.secrets import ONCE_LIFE
from bot.settings import load
from rules.calendar import SHANGHAI

INGEST, READ = "demo-ingest", "demo-read"
SPEED = 6.0
"""Ten minutes of the story take a hundred seconds."""
POLL_SECONDS = 0.5

MEMBERS = {"zhangsan": "张三", "zhaoliu": "赵六", "lisi": "李四", "wangwu": "王五"}
ROLES = {"zhangsan": ["agent"], "zhaoliu": ["agent"], "lisi": ["agent", "lead"], "wangwu": ["manager"]}
GROUP = "wrDemoGroup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Everything that is up while the story is played."""

    service: Service
    wecom: Sandbox
    clock: Clock
    start: datetime


async def run_demo(folder: Path, port: int, wecom_port: int, say: Callable[[str], object]) -> None:
    """Play the morning, until cancelled."""
    async with stage(folder, port, wecom_port) as up:
        for line in _welcome(up, await up.service.invite(ONCE_LIFE * SPEED)):
            say(line)
        await play(up)
        await asyncio.Event().wait()


@asynccontextmanager
async def stage(folder: Path, port: int, wecom_port: int, speed: float = SPEED) -> AsyncGenerator[Stage]:
    """A service and a WeCom in their own folder, which is emptied first, on one fast clock."""
    _empty(folder)
    start = a_morning(SystemClock().now())
    clock = FastClock(start, speed)
    config = SandboxConfig(groups={GROUP: "客服一群"}, members=MEMBERS, customers=dict(CUSTOMERS))
    async with Sandbox(config, clock=clock).running(port=wecom_port, greet=True) as wecom:
        settings = load({
            **wecom.environment(),
            "DINGDAN_AIBOT__GROUP_CHAT_ID": GROUP,
            "DINGDAN_HTTP__PORT": str(port),
            "DINGDAN_DATABASE_URL": f"sqlite://{folder / 'dingdan.db'}",
            "DINGDAN_INGEST__TOKEN": INGEST,
            "DINGDAN_API__TOKEN": READ,
            "DINGDAN_ROSTER_FILE": str(_write_roster(folder)),
            "DINGDAN_LOG__FORMAT": "console",
        })  # fmt: skip
        async with service(settings, clock) as running:
            await wecom.set_callback(f"{running.address}/wecom/callback")
            yield Stage(service=running, wecom=wecom, clock=clock, start=start)


async def play(up: Stage) -> None:
    """Report what the story says when it says so, and let orders move once their customer was reached."""
    async with aiohttp.ClientSession() as http:
        teller = _Teller(up, http)
        await asyncio.gather(teller.tell(MORNING), teller.follow())


def a_morning(now: datetime) -> datetime:
    """Half past nine in Shanghai, on the latest day that is no holiday."""
    day = now.astimezone(SHANGHAI).date()
    holidays = days_off(day.year - 1, day.year)
    while day in holidays:
        day -= timedelta(days=1)
    return datetime(day.year, day.month, day.day, 9, 30, tzinfo=SHANGHAI).astimezone(UTC)


class _Teller:
    """Tells the story to the service, as the shop's systems and customers would."""

    def __init__(self, up: Stage, http: aiohttp.ClientSession) -> None:
        self._up = up
        self._http = http
        self._told = 0

    async def tell(self, story: Iterable[Beat | Words]) -> None:
        """Each part at its time; what is reported at the same time, in one request."""
        for at, parts in groupby(sorted(story, key=_time), key=_time):
            await self._wait_until(self._up.start + at)
            events = [self._event(part) for part in parts]
            await self._post(events)

    async def follow(self) -> None:
        """Once a customer has been reached, their order moves a little later."""
        waiting = dict(AFTER_THE_REPLY)
        while waiting:
            await asyncio.sleep(POLL_SECONDS)
            for order in waiting.keys() & await self._reached():
                beat = waiting.pop(order)
                await self._up.clock.sleep(beat.at)
                now = self._up.clock.now() - self._up.start
                await self._post([self._event(replace(beat, happened=now))])

    async def _wait_until(self, moment: datetime) -> None:
        await self._up.clock.sleep(max(moment - self._up.clock.now(), timedelta()))

    def _event(self, part: Beat | Words) -> dict[str, object]:
        """A part of the story as an event; what a customer writes reaches 微信客服 as well."""
        self._told += 1
        event: dict[str, object] = {"specversion": "1.0", "id": f"story-{self._told}", "subject": part.order}
        if isinstance(part, Beat):
            happened = self._up.start + part.happened
            return event | {
                "source": part.source, "type": part.kind, "time": happened.isoformat(), "data": dict(part.data),
            }  # fmt: skip
        self._up.wecom.customer_says(part.customer, part.text)
        open_kfid = self._up.wecom.environment()["DINGDAN_KF__OPEN_KFID"]
        contact = {"channel": "kf", "open_kfid": open_kfid, "external_userid": part.customer}
        now = self._up.clock.now().isoformat()
        return event | {"source": "/kf", "type": "customer.contacted", "time": now, "data": contact}

    async def _post(self, events: list[dict[str, object]]) -> None:
        headers = {"Authorization": f"Bearer {INGEST}", "Content-Type": "application/cloudevents-batch+json"}
        address = f"{self._up.service.address}/api/events"
        async with self._http.post(address, data=json.dumps(events), headers=headers) as answer:
            answer.raise_for_status()
            rejected = (await answer.json())["rejected"]
            if rejected:
                raise ValueError(rejected)

    async def _reached(self) -> set[str]:
        """The orders whose customer has been reached."""
        address = f"{self._up.service.address}/api/anomalies"
        headers = {"Authorization": f"Bearer {READ}"}
        async with self._http.get(address, params={"state": "replied"}, headers=headers) as answer:
            answer.raise_for_status()
            return {item["order_no"] for item in (await answer.json())["items"]}


def _time(part: Beat | Words) -> timedelta:
    return part.at


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _write_roster(folder: Path) -> Path:
    path = folder / "roster.yaml"
    every_day = {"days": ["mon-sun"], "from": "00:00", "to": "24:00"}
    roster = {
        "members": [
            {"userid": userid, "name": name, "roles": ROLES[userid]} for userid, name in MEMBERS.items()
        ],
        "shifts": [{"userid": userid, **every_day} for userid in MEMBERS],
        "fallback": "wangwu",
        "carriers": [{"carrier": "yuantong", "region": "*", "contact": "lisi"}],
    }
    path.write_text(yaml.safe_dump(roster, allow_unicode=True), "utf-8")
    return path


def _welcome(up: Stage, invitation: Invitation | None) -> list[str]:
    return [
        "",
        f"  打开  {up.wecom.page_url}",
        "",
        "  左边是客服群，中间是值班经理，右边是顾客的手机。时钟走得快：故事里的十分钟约一百秒。",
        f"  半分钟内，{next(iter(AFTER_THE_REPLY))} 的揽收会超时，群里出现卡片：",
        "    1  点「发送回复」，看右边顾客的手机收到同一段话",
        "    2  点「记录原因」再点「提交」：两下说明原因",
        "    3  快递随后揽收，这笔异常就关闭了",
        f"  看板：{invitation and invitation.link}  （王五，一次有效）",
        f"  接口：{up.service.address}/openapi.json    停止：Ctrl-C",
        "",
    ]
