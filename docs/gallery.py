"""What does everything that people see look like? Photographed with `make gallery`.

A card of each type, the answers to commands, the sidebar and the pages of the board are kept beside the documents;
every golden card, and every page in both languages, light and dark, goes to var/gallery, to be looked at when they
have changed.
"""

import asyncio
import json
import shutil
import tempfile
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, ViewportSize

from bot.sandbox.config import Knobs
from tests.bot.sandbox.harness import App, Bot, a_sandbox, an_app, connected
from tests.deployment import Deployment
from tests.e2e.browser import DESK, PHONE, chromium
from tests.e2e.evolving import SCENES
from tests.e2e.looking import by_address, pictures
from tests.e2e.morning import a_busy_morning
from tests.e2e.test_sidebar import beside_the_chat
from tests.e2e.together import HEARTBEATS, responding_together
from tests.scenarios.shop import CHEN, Shop, a_shop
from tests.scenarios.storm import numbers, payments_hang, send_all, the_card

ROOT = Path(__file__).parent.parent
KEPT = ROOT / "docs" / "pictures" / "gallery"
ALL = ROOT / "var" / "gallery"
GOLDEN = ROOT / "tests" / "golden"
GENEROUS = Knobs(app_per_minute=10_000, app_per_hour=10_000, bot_per_minute=10_000, bot_per_hour=10_000)
READER = "wangwu"
OF_EACH_TYPE = {
    "case-open", "case-claimed", "case-mass-pending", "case-closed-linked", "copy", "news", "overflow", "reason-form",
    "task-stock", "task-stock-done", "task-carrier", "task-warehouse", "task-payment", "incident-storm",
    "incident-approved", "incident-reason-form",
}  # fmt: skip
ONE_THREAD = """
  .top, .tabs, .bottom, .composer, .column-head, .chips, .skip {{ display: none !important; }}
  .desk {{ display: block !important; height: auto !important; }}
  .column {{ display: none !important; }}
  .column.{column} {{ display: block !important; height: auto !important; border: 0 !important; }}
  .thread {{ columns: {columns}; height: auto !important; max-height: none !important; overflow: visible !important; }}
  .message {{ break-inside: avoid; }}
  body, html {{ height: auto !important; overflow: visible !important; }}
"""
BOARD = (
    "/",
    "/anomalies",
    "/a/{case}",
    "/orders",
    "/orders/main/DB04",
    "/incidents",
    "/tasks",
    "/measures",
    "/promises",
    "/reasons",
    "/duty",
    "/sources",
    "/unmatched",
    "/letters",
    "/audit",
)
OF_THE_BOARD = {
    "home-zh-1280", "home-zh-375", "home-en-1280", "home-zh-1280-dark",
    "anomalies-zh-1280", "anomalies-zh-375", "case-zh-1280", "case-zh-375", "order-zh-1280", "order-zh-375",
    "reasons-zh-1280", "incident-zh-1280", "incident-zh-375", "tasks-zh-1280", "tasks-zh-375", "measures-zh-1280",
    "promises-zh-1280", "duty-zh-1280", "duty-zh-375", "sources-zh-1280",
    "rules-zh-1280", "lane-zh-1280", "lane-zh-375", "causes-zh-1280", "proposals-zh-1280",
    "decisions-zh-1280", "decision-zh-1280", "experiment-zh-1280", "experiment-zh-375", "rehearsal-zh-1280",
    "report-zh-1280", "report-zh-375",
}  # fmt: skip
"""Kept beside the documents; the others are too many to be."""
NAMES = {"orders_main_DB04": "order"}
OF_IDS = {"a_": "case", "i_": "incident"}
"""What a page is called whose address ends with an id."""
COMMANDS = (
    "/帮助", "／订单 DB1", "/order DB1", "/待办", "/P1", "/今日", "/值班", "/认领 DB1", "/原因 DB1 支付通道维护",
    "/稍后 DB2 10m", "/定单 DB1",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A thread of the sandbox's page, all of it, in so many columns."""

    path: Path
    thread: str
    columns: int
    width: int


async def main() -> None:
    """Every face on every surface, the answers to commands, and the sidebar."""
    shutil.rmtree(ALL, ignore_errors=True)
    for folder in (KEPT, ALL):
        folder.mkdir(parents=True, exist_ok=True)
    async with chromium() as browser:
        await _cards(browser, None, ALL, columns=5, width=2000)
        await _cards(browser, OF_EACH_TYPE, KEPT, columns=4, width=1600)
        async with _a_morning() as shop:
            await _commands(browser, shop)
            await _sidebar(browser, shop)
        await _together(browser)
        await _promise(browser)
        await _board(browser)


async def _cards(
    browser: Browser, only: Collection[str] | None, folder: Path, *, columns: int, width: int
) -> None:
    async with a_sandbox(GENEROUS) as sandbox, an_app(sandbox) as app, connected(sandbox) as bot:
        sandbox.greet()
        await _send_faces(app, bot, only)
        for thread, name in (("app", "cards-member"), ("group", "cards-group")):
            shot = Shot(path=folder / f"{name}.png", thread=thread, columns=columns, width=width)
            await _thread(browser, sandbox.page_url, shot)


async def _send_faces(app: App, bot: Bot, only: Collection[str] | None) -> None:
    for face in sorted((GOLDEN / "app").glob("*.json")):
        if only is None or face.stem in only:
            _accepted(face, await app.send_card(_own(face), touser=READER))
    for face in sorted((GOLDEN / "aibot").glob("*.json")):
        if only is None or face.stem in only:
            _accepted(face, await bot.push_card(_own(face)))


def _own(face: Path) -> Mapping[str, Any]:
    """A card under a task id of its own."""
    card = json.loads(face.read_text("utf-8"))
    return card | ({"task_id": face.stem} if "task_id" in card else {})


def _accepted(face: Path, answer: Mapping[str, Any]) -> None:
    if answer["errcode"] != 0:
        raise SystemExit(f"{face}: {answer}")


@asynccontextmanager
async def _a_morning() -> AsyncGenerator[Shop]:
    """Two late orders of a shop."""
    with tempfile.TemporaryDirectory() as folder:
        async with a_shop(Deployment.embedded(Path(folder))) as shop:
            for number in ("DB1", "DB2"):
                await shop.created(number, customer={"name": "陈女士", "external_userid": CHEN})
                await shop.stage(number, "payment", "started", operator="系统", note="请打 13800138000")
            await shop.passes(minutes=5, seconds=1)
            yield shop


async def _commands(browser: Browser, shop: Shop) -> None:
    for command in COMMANDS:
        await shop.says(READER, command, to="app")
    for name, columns, width in (("commands", 3, DESK["width"]), ("commands-phone", 1, PHONE["width"])):
        shot = Shot(path=KEPT / f"{name}.png", thread="app", columns=columns, width=width)
        await _thread(browser, shop.wecom.page_url, shot)


async def _sidebar(browser: Browser, shop: Shop) -> None:
    for name, size in (("sidebar-phone", PHONE), ("sidebar", DESK)):
        page, _, context = await beside_the_chat(shop, browser, size)
        await page.get_by_role("button", name="发送").first.wait_for()
        await page.screenshot(path=KEPT / f"{name}.png", full_page=True)
        await context.close()


async def _together(browser: Browser) -> None:
    """What the group, and the duty manager in person, read of an incident and of a source that is out."""
    with tempfile.TemporaryDirectory() as folder:
        async with a_shop(Deployment.embedded(Path(folder)), rules=HEARTBEATS) as shop:
            await responding_together(shop)
            for thread, name in (("app", "together-member"), ("group", "together-group")):
                shot = Shot(path=KEPT / f"{name}.png", thread=thread, columns=3, width=DESK["width"])
                await _thread(browser, shop.wecom.page_url, shot)


async def _promise(browser: Browser) -> None:
    """What whoever wrote to the customer reads before the time that they promised has passed."""
    with tempfile.TemporaryDirectory() as folder:
        async with a_shop(Deployment.embedded(Path(folder)), rules={"ladder": []}) as shop:
            await shop.confirms_late("DB1")
            await shop.taps("zhangsan", shop.group_cards[-1], "发送回复")
            await shop.passes(minutes=50)
            shot = Shot(path=KEPT / "promise-follow-up.png", thread="app", columns=1, width=PHONE["width"])
            await _thread(browser, shop.wecom.page_url, shot, reader="zhangsan")


async def _board(browser: Browser) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with a_shop(Deployment.embedded(Path(folder)), rules=HEARTBEATS) as shop:
            await a_busy_morning(shop)
            (case, *_) = await shop.anomalies(state="claimed")
            for reason in ("/原因 DB02 库存不足", "/原因 DB03 库存不足", "/原因 DB01 支付失败"):
                await shop.says("lisi", reason, to="app")
            await shop.says("zhangsan", "/值班 换 赵六 明天 09:00-18:00", to="app")
            await shop.says("wangwu", "/值班 请假 03-05..03-06", to="app")
            await responding_together(shop)
            addresses = [address.format(case=case["id"]) for address in BOARD]
            await pictures(shop, browser, by_address(addresses), ALL)
    await incident_pictures(browser, ALL)
    for scene in SCENES:
        with tempfile.TemporaryDirectory() as folder:
            async with scene(Deployment.embedded(Path(folder))) as (shop, named):
                await pictures(shop, browser, named, ALL)
    for picture in ALL.glob("*.png"):
        page, _, kind = picture.stem.partition("-")
        name = f"{OF_IDS.get(page[:2]) or NAMES.get(page, page)}-{kind}"
        if name in OF_THE_BOARD:
            shutil.copy(picture, KEPT / f"board-{name}.png")


async def incident_pictures(browser: Browser, folder: Path) -> None:
    """An incident in the middle of its first minutes: approved, two of its messages refused, three joined since."""
    with tempfile.TemporaryDirectory() as place:
        async with a_shop(Deployment.embedded(Path(place))) as shop:
            await payments_hang(shop, numbers(9))
            await shop.report("order.refund_requested", numbers(9)[1], refund_fen=99_800)
            shop.wecom.fault("kf/send_msg", 95018, times=2)
            await shop.taps("zhangsan", the_card(shop), send_all(the_card(shop)))
            await payments_hang(shop, numbers(3, first=10))
            (incident,) = await shop.incidents()
            addresses = by_address(["/incidents", f"/i/{incident['id']}"])
            await pictures(shop, browser, addresses, folder)


async def _thread(browser: Browser, url: str, shot: Shot, reader: str = READER) -> None:
    viewport: ViewportSize = {"width": shot.width, "height": 900}
    page: Page = await browser.new_page(viewport=viewport, bypass_csp=True)
    await page.goto(f"{url}?phone={reader}")
    await page.add_style_tag(content=ONE_THREAD.format(column=shot.thread, columns=shot.columns))
    await page.wait_for_timeout(500)
    await page.locator(f"#thread-{shot.thread}").screenshot(path=shot.path)
    await page.close()


if __name__ == "__main__":
    asyncio.run(main())
