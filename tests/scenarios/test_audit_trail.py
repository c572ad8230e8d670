"""Whatever somebody does or reads here leaves a line that nobody can take away: who, when, what, by which way (S-28)."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from structlog.testing import capture_logs
from structlog.typing import EventDict

from bot.sandbox.cards import Card
from bot.signals import Signals
from bot.storage.store import Store
from bot.storage.trail import TrailFilter
from bot.storage.views import Views
from handlers.routes import COMMANDS
from handlers.trail import REFUSED, VIEWED, AuditEntry, Way
from replies.cards import Tap
from rules.staff import Employment
from tests.deployment import Deployment
from tests.scenarios.pages import at_the_case
from tests.scenarios.shop import CHEN, ROSTER, Shop, a_shop
from tests.scenarios.test_sidebar import PAGE, beside_the_chat, calls, sends
from tests.scenarios.test_who_may_act import a_minute, team_is

NO, BY_HAND, SHELF, PARCEL, LOST = "DB1", "DB2", "DB3", "DB4", "DB5"
Lines = list[EventDict]
Step = tuple[Card, str, str, dict[str, str]]


@pytest.fixture
def logs() -> Iterator[Lines]:
    with capture_logs() as lines:
        yield lines


@pytest.fixture
async def quiet(deployment: Deployment) -> AsyncIterator[Shop]:
    """A shop in which nothing is taken from anybody by time alone."""
    async with a_shop(deployment, rules={"ladder": []}) as shop:
        yield shop


@dataclass(slots=True)
class Witness:
    """Tells what was put down since it was asked last, oldest first."""

    shop: Shop
    views: bool = True
    """Whether it tells of those who only looked."""
    read: set[str] = field(default_factory=set[str])

    async def news(self) -> list[AuditEntry]:
        store = Store(self.shop.database, Signals())
        lines = [line for line in await Views(store).trail(TrailFilter(), 1000) if line.id not in self.read]
        self.read |= {line.id for line in lines}
        return [line.entry for line in reversed(lines)]

    async def after(self, what: Awaitable[object]) -> AuditEntry:
        """The one line that something has left."""
        await self.news()
        await what
        (line,) = [line for line in await self.news() if self.views or not line.deed.startswith(VIEWED)]
        return line


def is_complete(line: AuditEntry, way: Way, actor: str, deed: str) -> bool:
    """Whether it says who did what, by which way, to which case, and what the case was before and after."""
    known = line.case and line.order and line.before and line.after
    return bool(known) and (line.way, line.actor, line.deed) == (way, actor, deed)


async def late(shop: Shop) -> None:
    """An order to be answered by us, one by hand, one to look for on the shelf, and one to remind the carrier of."""
    await shop.pays_late(NO)
    await shop.created(BY_HAND, channel="天猫旗舰店")
    await shop.stage(BY_HAND, "payment", "started")
    await shop.stage(SHELF, "confirm", "completed")
    await shop.stage(PARCEL, "packing", "completed", parcel="YT42", tracking_no="YT42", carrier="yuantong")
    await shop.passes(hours=3, seconds=1)


async def not_delivered(shop: Shop) -> None:
    """An order whose customer was answered, and did not get it."""
    await shop.pays_late(LOST)
    shop.wecom.fault("kf/send_msg", 95018)
    await shop.taps("lisi", card_of(shop.group_cards, LOST), "发送回复")


def card_of(cards: list[Card], number: str, word: str = "") -> Card:
    return next(
        card for card in cards if number in str(card.original.content) and word in str(card.original.content)
    )


def before_news(shop: Shop) -> list[Step]:
    """Taps, with what each is put down as, while nothing has moved."""
    ours, theirs = card_of(shop.group_cards, NO), card_of(shop.group_cards, BY_HAND)
    recheck = card_of(shop.cards_of("lisi"), SHELF, "复核库存")
    reminder = card_of(shop.cards_of("lisi"), PARCEL, "请联系")
    return [
        (ours, "认领", "claim", {}),
        (ours, "升级", "escalate", {}),
        (ours, "稍后", "snooze", {"snooze": "10"}),
        (ours, "发送回复", "send", {}),
        (ours, "刷新", "touch", {}),
        (theirs, "发送回复", "refused.send", {}),
        (theirs, "发送回复", "claim", {}),
        (theirs, "已处理", "mark_done", {}),
        (recheck, "提交", "task_result", {"result": "in_stock"}),
        (reminder, "知道了", "acknowledge", {}),
    ]


def after_news(shop: Shop) -> list[Step]:
    """The same when the payments have come."""
    ours, theirs = card_of(shop.group_cards, NO), card_of(shop.group_cards, BY_HAND)
    return [
        (ours, "稍后", "refused.snooze", {}),
        (ours, "发送回复", "send", {}),
        (ours, "记录原因", "touch", {}),
        (ours, "提交", "reason", {"reason": "payment_failed"}),
        (theirs, "稍后", "refused.snooze", {}),
        (theirs, "发送回复", "touch", {}),
        (theirs, "已处理", "mark_done", {}),
    ]


UNCHANGING = {"touch"}


async def test_every_tap_on_a_card_leaves_a_line_with_its_card(logs: Lines, quiet: Shop) -> None:
    await late(quiet)
    witness = Witness(quiet)
    for steps in (before_news, after_news):
        for card, button, deed, selected in steps(quiet):
            line = await witness.after(quiet.taps("lisi", card, button, **selected))
            assert is_complete(line, Way.CARD, "lisi", deed), line
            assert line.card == card.task_id
            assert (line.before == line.after) is (deed in UNCHANGING or deed.startswith(REFUSED)), line
        for number in (NO, BY_HAND):
            await quiet.stage(number, "payment", "completed")

    await not_delivered(quiet)
    lost = card_of(quiet.group_cards, LOST)
    for button, deed in (("刷新", "touch"), ("改电话", "touch"), ("已处理", "mark_done")):
        line = await witness.after(quiet.taps("lisi", lost, button))
        assert is_complete(line, Way.CARD, "lisi", deed), line

    tapped = {line["what"].partition(".")[2] for line in logs if "tap." in line.get("what", "")}
    assert tapped == set(Tap)


async def test_a_tap_that_has_no_effect_leaves_a_line_that_says_why(shop: Shop) -> None:
    await late(shop)
    card, witness = card_of(shop.group_cards, NO), Witness(shop)
    await shop.taps("zhangsan", card, "认领")

    second = await witness.after(shop.taps("zhaoliu", card, "认领"))
    stranger = await witness.after(shop.taps("nobody", card, "升级"))

    assert is_complete(second, Way.CARD, "zhaoliu", "refused.claim")
    assert second.detail == {"why": "taken"}
    assert (stranger.deed, stranger.actor, stranger.card) == ("refused.escalate", "nobody", card.task_id)
    assert stranger.detail == {"why": "not_on_roster"}


ACTING = {"认领": "claim", "原因": "reason", "稍后": "snooze"}
SHOWING = {"订单": "order", "待办": "mine", "P1": "urgent", "今日": "today", "值班": "duty"}
NEITHER = {"帮助": "it shows nothing of any order"}


async def test_every_command_leaves_a_line(quiet: Shop) -> None:
    shop = quiet
    await late(shop)
    assert COMMANDS.keys() == {*ACTING, *SHOWING, *NEITHER}
    witness, rest = Witness(shop), {"原因": "支付失败", "稍后": "10分钟"}

    for name, what in SHOWING.items():
        number = f" {NO}" if name == "订单" else ""
        line = await witness.after(shop.says("lisi", f"/{name}{number}", to="app"))
        assert (line.actor, line.way, line.deed) == ("lisi", Way.COMMAND, f"viewed.{what}")
    for name, deed in ACTING.items():
        line = await witness.after(shop.says("lisi", f"@盯单 /{name} {BY_HAND} {rest.get(name, '')}"))
        assert is_complete(line, Way.COMMAND, "lisi", deed), line
    line = await witness.after(shop.says("nobody", f"@盯单 /认领 {NO}"))
    assert (line.deed, line.actor, line.subject) == ("refused.command", "nobody", "认领")


async def test_every_deed_of_a_page_leaves_a_line(shop: Shop) -> None:
    await shop.pays_late(NO)
    witness = Witness(shop, views=False)
    async with at_the_case(shop, "lisi") as reader:
        for do, deed in PAGE_DEEDS:
            await reader.submits("preview", text="您好") if do == "send" else None
            line = await witness.after(
                reader.submits(do, reason="payment_failed", means="phone", needless="informed")
            )
            assert is_complete(line, Way.PAGE, "lisi", deed), line


PAGE_DEEDS = (
    ("claim", "claim"),
    ("escalate", "escalate"),
    ("claim", "refused.claim"),
    ("send", "send"),
    ("reason", "reason"),
    ("waive", "refused.waive"),
    ("mark_done", "refused.mark_done"),
    ("done_again", "mark_done"),
)


async def test_what_the_sidebar_sends_and_reports_leaves_a_line(shop: Shop) -> None:
    await shop.created(NO, customer={"name": "陈女士", "external_userid": CHEN})
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=5, seconds=1)
    witness = Witness(shop)
    async with beside_the_chat(shop) as reader:
        look = (await witness.news())[-1]
        assert (look.actor, look.way, look.deed, look.subject) == (
            "lisi",
            Way.SIDEBAR,
            "viewed.customer",
            CHEN,
        )
        line = await witness.after(sends(reader, customer="wmSomebodyElse"))
        assert is_complete(line, Way.SIDEBAR, "lisi", "refused.send")
        await witness.news()
        _, handed = await sends(reader)
        (line,) = await witness.news()
        assert is_complete(line, Way.SIDEBAR, "lisi", "send")
        for deed in ("report", "refused.report"):
            line = await witness.after(calls(reader, "result", letter=handed["letter"], result="ok"))
            assert is_complete(line, Way.SIDEBAR, "lisi", deed)
        witness.views = False
        await reader.opens(PAGE)
        (token,) = re.findall(r'data-token="([^"]*)"', reader.html)
        form = {"token": token, "letter": handed["letter"], "result": "cancel"}
        line = await witness.after(reader.http.post(reader.url, data=form))
        assert is_complete(line, Way.SIDEBAR, "lisi", "refused.report")


async def test_a_change_of_roster_or_rules_leaves_a_line(logs: Lines, shop: Shop, tmp_path: Path) -> None:
    witness = Witness(shop)
    first = await witness.news()
    assert [(line.actor, line.deed, line.before) for line in first] == [
        ("file:rules.yaml", "rules.imported", None),
        ("file:roster.yaml", "roster.imported", None),
    ]

    (tmp_path / "roster.yaml").write_text(yaml.safe_dump({**ROSTER, "carriers": []}), "utf-8")
    while not (news := await witness.news()):
        await shop.passes(seconds=2)
        await asyncio.sleep(0.01)

    (line,) = news
    assert (line.actor, line.way, line.deed) == ("file:roster.yaml", Way.FILE, "roster.imported")
    assert line.before == first[1].after != line.after
    assert line.detail == {"version": "2"}


@pytest.mark.parametrize("by", ["callback", "census"])
async def test_whoever_leaves_and_comes_back_leaves_lines(logs: Lines, shop: Shop, by: str) -> None:
    witness = Witness(shop)
    await witness.news()
    if by == "census":
        shop.wecom.world.callback_url = None
    for status, now_is, members in ((2, Employment.DISABLED, 3), (1, Employment.ACTIVE, 4)):
        if by == "census":
            shop.wecom.staff.change("zhaoliu", status=status)
            await a_minute(shop)
        else:
            shop.wecom.staff.change("zhaoliu", status=status)
            await team_is(shop, logs, members)
        (line,) = await witness.news()
        assert (line.actor, line.way, line.deed) == ("system", Way.SYSTEM, "staff.changed")
        assert (line.subject, line.detail) == ("zhaoliu", {"employment": now_is.value})
