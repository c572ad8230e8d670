"""How does a newcomer see the main job? A shop's morning on a fast clock: the service, a WeCom and a story."""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import yaml

from bot.app import Service, service
from bot.clock import Clock, FastClock, SystemClock
from bot.holidays import days_off
from bot.inviting import Invitation
from bot.sandbox.config import SandboxConfig
from bot.sandbox.server import Sandbox
from bot.sandbox.story import AFTER_THE_REPLY, CUSTOMERS, MORNING
from bot.secrets import ONCE_LIFE
from bot.settings import load
from bot.telling import Desk, Teller
from rules.calendar import SHANGHAI

INGEST, READ = "demo-ingest", "demo-read"
SPEED = 6.0
"""Ten minutes of the story take a hundred seconds."""

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

    @property
    def desk(self) -> Desk:
        """Where the story is told, and looked at."""
        return Desk(address=self.service.address, ingest=INGEST, read=READ)


async def run_demo(folder: Path, port: int, wecom_port: int, say: Callable[[str], object]) -> None:
    """Play the morning, until cancelled."""
    async with stage(folder, port, wecom_port) as up:
        for line in _welcome(up, await up.service.invite(ONCE_LIFE * SPEED)):
            say(line)
        await play(up)
        await asyncio.Event().wait()


@asynccontextmanager
async def stage(
    folder: Path,
    port: int,
    wecom_port: int,
    speed: float = SPEED,
    *,
    customers: Mapping[str, str] = CUSTOMERS,
    **more: str,
) -> AsyncGenerator[Stage]:
    """A service and a WeCom in their own folder, which is emptied first, on one fast clock; `more` settings."""
    _empty(folder)
    start = a_morning(SystemClock().now())
    clock = FastClock(start, speed)
    config = SandboxConfig(groups={GROUP: "客服一群"}, members=MEMBERS, customers=dict(customers))
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
            **more,
        })  # fmt: skip
        async with service(settings, clock) as running:
            await wecom.set_callback(f"{running.address}/wecom/callback")
            yield Stage(service=running, wecom=wecom, clock=clock, start=start)


async def play(up: Stage) -> None:
    """Report what the story says when it says so, and let orders move once their customer was reached."""
    async with aiohttp.ClientSession() as http:
        teller = Teller(up.desk, http, up.clock, up.start, wecom=up.wecom)
        await asyncio.gather(teller.tell(MORNING), teller.follow(AFTER_THE_REPLY))


def a_morning(now: datetime) -> datetime:
    """Half past nine in Shanghai, on the latest day that is no holiday."""
    day = now.astimezone(SHANGHAI).date()
    holidays = days_off(day.year - 1, day.year)
    while day in holidays:
        day -= timedelta(days=1)
    return datetime(day.year, day.month, day.day, 9, 30, tzinfo=SHANGHAI).astimezone(UTC)


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
