"""docs/howto/wecom.md: each step is done against the sandbox, and the doctor says before and after it what is shown."""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import yaml
from aiohttp import web

from bot.app import service
from bot.clock import ManualClock
from bot.doctor import examine
from bot.sandbox.config import SandboxConfig
from bot.sandbox.server import Sandbox
from bot.settings import Settings, load
from bot.signals import Signals
from bot.specimens import show_cards
from bot.storage.opening import open_store
from bot.storage.store import Transaction
from tests.bot.test_doctor import NOW, a_lost_letter
from tests.databases import sqlite_url
from tests.docs.pages import DOCS, ENGLISH, blocks

PAGE = DOCS / "howto" / "wecom.md"
ELLIPSIS = "…"
NOBODY_LISTENS = "http://127.0.0.1:9"
MEMBERS = {"zhangsan": "张三", "lisi": "李四", "wangwu": "王五"}
ROSTER = {
    "members": [
        {"userid": "zhangsan", "name": "张三", "roles": ["agent"]},
        {"userid": "lisi", "name": "李四", "roles": ["agent"]},
        {"userid": "wangwu", "name": "王五", "roles": ["manager"]},
    ],
    "shifts": [{"userid": userid} for userid in MEMBERS],
    "fallback": "wangwu",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """Somebody with a corp of their own, who does the steps of the page."""

    wecom: Sandbox
    folder: Path

    def settings(self, **changes: str | None) -> Settings:
        """All settings of the page, some of them changed; None is one that is not set."""
        roster = self.folder / "roster.yaml"
        roster.write_text(yaml.safe_dump(ROSTER, allow_unicode=True), "utf-8")
        given: dict[str, str | None] = {
            **self.wecom.environment(),
            "DINGDAN_DATABASE_URL": sqlite_url(self.folder),
            "DINGDAN_ROSTER_FILE": str(roster),
            **changes,
        }
        return load({name: value for name, value in given.items() if value is not None})

    async def hears(self, **changes: str | None) -> list[str]:
        """What `dingdan doctor` says."""
        return [str(finding) async for finding in examine(self.settings(**changes), NOW)]

    async def writes(self, operation: Callable[[Transaction], Awaitable[object]]) -> None:
        """Something happens in the database."""
        async with open_store(self.settings().database_url, Signals()) as store:
            await store.run("test", operation)

    @asynccontextmanager
    async def serving(self, **changes: str) -> AsyncGenerator[str]:
        """`dingdan serve`, with a database of its own; its address."""
        other = self.folder / "serving"
        other.mkdir(exist_ok=True)
        changes |= {"DINGDAN_DATABASE_URL": sqlite_url(other), "DINGDAN_HTTP__PORT": "0"}
        async with service(self.settings(**changes), ManualClock(NOW)) as up:
            yield up.address


@asynccontextmanager
async def a_newcomer(folder: Path, **config: object) -> AsyncGenerator[Newcomer]:
    given: dict[str, object] = {"members": MEMBERS, **config}
    sandbox = Sandbox(replace(SandboxConfig(), **given), clock=ManualClock(NOW))
    async with sandbox.running() as wecom:
        yield Newcomer(wecom=wecom, folder=folder)


@asynccontextmanager
async def somebody_else() -> AsyncGenerator[str]:
    """A web server that knows nothing of us; its address."""
    runner = web.AppRunner(web.Application())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


# --- the steps ---------------------------------------------------------------------


async def roster(folder: Path) -> list[str]:
    async with a_newcomer(folder) as newcomer:
        return await newcomer.hears(DINGDAN_ROSTER_FILE=None) + await newcomer.hears()


async def the_app(folder: Path) -> list[str]:
    async with a_newcomer(folder) as newcomer:
        return [
            *await newcomer.hears(DINGDAN_WECOM__CORP_ID=None),
            *await newcomer.hears(DINGDAN_WECOM__CORP_ID="ww-of-others"),
            *await newcomer.hears(DINGDAN_WECOM__SECRET="an-old-one"),
            *await newcomer.hears(),
        ]


async def visible_range(folder: Path) -> list[str]:
    async with a_newcomer(folder, visible=frozenset({"zhangsan", "lisi"})) as newcomer:
        before = await newcomer.hears()
    async with a_newcomer(folder) as newcomer:
        return before + await newcomer.hears()


async def callback(folder: Path) -> list[str]:
    async with a_newcomer(folder) as newcomer:
        said = await newcomer.hears(DINGDAN_WECOM__AES_KEY=None)
        said += await newcomer.hears(DINGDAN_HTTP__PUBLIC_URL=NOBODY_LISTENS)
        async with newcomer.serving(DINGDAN_WECOM__CALLBACK_TOKEN="drawn-anew") as address:
            said += await newcomer.hears(DINGDAN_HTTP__PUBLIC_URL=address)
        async with somebody_else() as address:
            said += await newcomer.hears(DINGDAN_HTTP__PUBLIC_URL=address)
        async with newcomer.serving() as address:
            return said + await newcomer.hears(DINGDAN_HTTP__PUBLIC_URL=address)


async def trusted_ip(folder: Path) -> list[str]:
    async with a_newcomer(folder) as newcomer:
        world = newcomer.wecom.world
        world.knobs = replace(world.knobs, caller_trusted=False)
        return await newcomer.hears()


async def trusted_domain(folder: Path) -> list[str]:
    async with a_newcomer(folder) as newcomer:
        before = await newcomer.hears(DINGDAN_HTTP__PUBLIC_URL=NOBODY_LISTENS)
    async with a_newcomer(folder, trusted_hosts=frozenset({"127.0.0.1:9"})) as newcomer:
        return before + await newcomer.hears(DINGDAN_HTTP__PUBLIC_URL=NOBODY_LISTENS)


async def the_bot(folder: Path) -> list[str]:
    async with a_newcomer(folder) as newcomer:
        said = await newcomer.hears(DINGDAN_AIBOT__BOT_ID=None)
        said += await newcomer.hears(DINGDAN_AIBOT__GROUP_CHAT_ID=None) + await newcomer.hears()
        group = newcomer.wecom.group().key
        await newcomer.writes(lambda work: work.chats.greeted(group, NOW))
        return [
            *said,
            *await newcomer.hears(DINGDAN_AIBOT__GROUP_CHAT_ID=None),
            *await newcomer.hears(),
            *await newcomer.hears(DINGDAN_WEBHOOK__KEY="the-key-of-a-robot-that-is-gone"),
            *await newcomer.hears(DINGDAN_WEBHOOK__KEY=newcomer.wecom.webhook_key),
        ]


async def customers(folder: Path) -> list[str]:
    async with a_newcomer(folder) as newcomer:
        return await newcomer.hears(DINGDAN_KF__OPEN_KFID="wk-of-others") + await newcomer.hears()


async def the_first_card(folder: Path) -> list[str]:
    async with a_newcomer(folder) as newcomer:
        async with newcomer.serving() as address:
            await newcomer.wecom.set_callback(f"{address}/wecom/callback")
            public = newcomer.settings(DINGDAN_HTTP__PUBLIC_URL=address, DINGDAN_AIBOT__BOT_ID=None)
            said = [str(finding) async for finding in show_cards(public, "zhangsan")]
        await newcomer.writes(lambda work: work.outbox.post([a_lost_letter(1)]))
        return said + await newcomer.hears()


STEPS: Mapping[str, Callable[[Path], Awaitable[list[str]]]] = {
    "1": roster,
    "2": the_app,
    "3": visible_range,
    "4": callback,
    "5": trusted_ip,
    "6": trusted_domain,
    "7": the_bot,
    "8": customers,
    "10": the_first_card,
}
"""The steps of the page at which the doctor has something to say."""


# --- the page ----------------------------------------------------------------------


def shown(page: Path) -> dict[str, list[str]]:
    """The doctor's lines that a page shows, by the number of the step, from top to bottom."""
    text = page.read_text("utf-8")
    steps = [
        (text.count("\n", 0, match.start()) + 1, match[1]) for match in re.finditer(r"(?m)^## (\d+)\.", text)
    ]
    found: dict[str, list[str]] = {}
    for block in blocks(page, "text"):
        step = next(number for line, number in reversed(steps) if line < block.line)
        found.setdefault(step, []).extend(filter(None, block.text.splitlines()))
    return found


@pytest.mark.parametrize("step", STEPS)
async def test_the_doctor_says_at_each_step_what_the_page_shows(step: str, tmp_path: Path) -> None:
    said = await STEPS[step](tmp_path)
    for line in shown(PAGE)[step]:
        pattern = re.escape(line).replace(re.escape(ELLIPSIS), ".+")
        assert any(re.fullmatch(pattern, one) for one in said), (line, said)


def test_every_line_of_the_doctor_is_of_a_step_that_is_done() -> None:
    assert shown(PAGE).keys() == STEPS.keys()


def test_both_languages_show_the_same_lines() -> None:
    assert shown(ENGLISH / "howto" / "wecom.md") == shown(PAGE)
