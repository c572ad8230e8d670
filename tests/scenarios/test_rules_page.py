"""Operations staff change rules on the board: a lane in minutes, a version for each change, and back in one tap."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from tests.deployment import Deployment
from tests.scenarios.pages import Reader, a_reader, own_link
from tests.scenarios.shop import READ, ROSTER, Shop, a_shop

WU = {"userid": "wuyue", "name": "吴悦", "roles": ["operations"]}
QIAN = {"userid": "qian", "name": "钱多", "roles": ["admin"]}
TEAM: dict[str, Any] = {**ROSTER, "members": [*ROSTER["members"], WU, QIAN]}
LANE = {
    "lane.name": "618 大促",
    "lane.mode": "all",
    "lane.rows.0.field": "tags",
    "lane.rows.0.op": "contains",
    "lane.rows.0.value": "618",
    "lane.rows.1.field": "amount_fen",
    "lane.rows.1.op": ">=",
    "lane.rows.1.value": "500",
    "lane.from": "2026-03-02T09:00",
    "lane.to": "2026-03-02T12:00",
    "lane.stages.picking.limits.0.when": "not_started",
    "lane.stages.picking.limits.0.after": "90 分钟",
}
WITHIN = timedelta(seconds=60)
OUTDATED = "SELECT count(*) AS n FROM orders WHERE armed AND status = 'open' AND book_version < $1"
Lines = list[EventDict]


@pytest.fixture
def logs() -> Iterator[Lines]:
    with capture_logs() as lines:
        yield lines


@pytest.fixture
async def shop(deployment: Deployment, logs: Lines) -> AsyncIterator[Shop]:
    del logs
    async with a_shop(deployment, roster=TEAM) as shop:
        yield shop


@pytest.fixture
async def wu(shop: Shop) -> AsyncIterator[Reader]:
    """The browser of somebody of operations."""
    async with a_reader(shop) as reader:
        await reader.opens(await own_link(shop, "wuyue"))
        yield reader


async def published(shop: Shop, reader: Reader, logs: Lines, **fields: str) -> None:
    """The draft that is open becomes the next version, and is in force."""
    await reader.opens(f"{reader.url.partition('?')[0]}?part=overview")
    await reader.submits("publish", **fields)
    await in_force(shop, reader, logs)


async def in_force(shop: Shop, reader: Reader, logs: Lines) -> None:
    """Every replica goes by the version that the reader was told of, and so do all orders."""
    assert "已发布" in reader.text
    found = re.search(r"/rules/(\d+)", reader.url)
    assert found is not None
    version, deadline = int(found[1]), shop.clock.now() + WITHIN

    async def follows() -> bool:
        taken = [
            line for line in logs if line["event"] == "following.taken_over" and line["rules"] == version
        ]
        (outdated,) = await shop.rows(OUTDATED, version)
        return len(taken) >= shop.replicas and not outdated["n"]

    while not await follows():
        assert shop.clock.now() < deadline, logs
        await shop.passes(seconds=1)
        await asyncio.sleep(0.02)
    await shop.settled()


async def rules_of(shop: Shop, path: str = "") -> dict[str, Any]:
    """What the twin answers."""
    headers = {"Authorization": f"Bearer {READ}"}
    async with shop.http.get(f"{shop.address}/api/rules{path}", headers=headers) as response:
        assert response.status == 200
        return await response.json()


async def reaches_picking(shop: Shop, number: str, **data: Any) -> None:
    """An order that waits to be picked."""
    await shop.report("order.created", number, channel="miniprogram", **data)
    for stage in ("payment", "confirm"):
        await shop.stage(number, stage, "completed")


async def test_a_lane_is_made_published_seen_and_undone(shop: Shop, wu: Reader, logs: Lines) -> None:
    await wu.opens("/rules")
    await wu.submits("", promotion="618")
    assert "?part=lane" in wu.url
    assert 'value="618 大促"' in wu.html
    await wu.submits("save", **LANE)
    assert "已保存，没有填错的。" in wu.text
    await published(shop, wu, logs, reason="618 仓库加班，拣货放宽到 90 分钟")

    await reaches_picking(shop, "DB618", tags=["618"], amount_fen=60000)
    await reaches_picking(shop, "DB1", tags=["618"], amount_fen=49999)
    await shop.passes(minutes=46)
    assert [case["order_no"] for case in await shop.anomalies()] == ["DB1"]

    shown = await rules_of(shop)
    assert shown["lanes"] == ["on"]
    assert shown["version"]["author"] == "wuyue"
    assert shown["version"]["reason"] == "618 仓库加班，拣货放宽到 90 分钟"
    assert [one["origin"] for one in shown["versions"]] == ["board", "file"]

    await wu.opens("/rules/1")
    await wu.submits("restore")
    await in_force(shop, wu, logs)
    assert {case["order_no"] for case in await shop.anomalies()} == {"DB1", "DB618"}
    assert (await rules_of(shop))["book"]["lanes"] == []
    deeds = await shop.rows(
        "SELECT deed FROM audit_trail WHERE actor = 'wuyue' AND deed NOT LIKE 'viewed.%' ORDER BY id"
    )
    assert [row["deed"] for row in deeds][1:] == [
        "draft.begun",
        "draft.changed",
        "draft.published",
        "rules.published",
        "rules.restored",
    ]


async def test_who_was_in_a_lane_when_it_ended_stays_there_and_who_comes_later_does_not(
    shop: Shop, wu: Reader, logs: Lines
) -> None:
    """The time of a lane is that of placing the order: what was promised at night holds in the morning."""
    await wu.opens("/rules")
    await wu.submits("", promotion="new")
    await wu.submits("save", **LANE)
    await published(shop, wu, logs, reason="618")
    shop.clock.move_to(datetime.fromisoformat("2026-03-02T11:55+08:00"))
    await reaches_picking(shop, "BEFORE", tags=["618"], amount_fen=60000)
    await shop.passes(minutes=10)
    await reaches_picking(shop, "LATER", tags=["618"], amount_fen=60000)

    await shop.passes(minutes=46)
    assert [case["order_no"] for case in await shop.anomalies()] == ["LATER"]
    await shop.passes(minutes=36)
    assert {case["order_no"] for case in await shop.anomalies()} == {"LATER", "BEFORE"}


async def test_what_is_faulty_is_kept_as_typed_and_not_published(shop: Shop, wu: Reader) -> None:
    await wu.opens("/rules")
    await wu.submits("", promotion="618")
    await wu.submits("save", **{**LANE, "lane.rows.1.value": "五百", "lane.to": "2026-03-01T00:00"})
    assert wu.status == 400
    assert 'value="五百"' in wu.html
    assert "写金额，单位元" in wu.text

    await wu.opens(f"{wu.url.partition('?')[0]}?part=overview")
    await wu.submits("publish", reason="618")
    assert wu.status == 400
    assert (await rules_of(shop))["version"]["version"] == 1


async def test_a_lane_that_no_order_can_fit_is_refused_with_the_reason(shop: Shop, wu: Reader) -> None:
    await wu.opens("/rules")
    await wu.submits("", promotion="618")
    twice = {"lane.rows.0.field": "warehouse", "lane.rows.0.op": "==", "lane.rows.0.value": "hz1"}
    other = {"lane.rows.1.field": "warehouse", "lane.rows.1.op": "==", "lane.rows.1.value": "gz2"}
    await wu.submits("save", **{**LANE, **twice, **other})
    await wu.opens(f"{wu.url.partition('?')[0]}?part=overview")
    assert "没有订单能同时符合这些条件" in wu.text
    await wu.submits("publish", reason="618")
    assert (wu.status, (await rules_of(shop))["version"]["version"]) == (400, 1)


async def test_a_lane_that_takes_every_order_or_overlaps_another_is_told_on_saving_and_may_be_published(
    shop: Shop, wu: Reader, logs: Lines
) -> None:
    await wu.opens("/rules")
    await wu.submits("", promotion="new")
    await wu.submits("save", **{"lane.name": "全部"})
    assert (wu.status, "已保存，没有填错的。 有 1 处值得再看一眼。" in wu.told) == (200, True)
    assert "它挑中所有订单" in wu.text
    draft = wu.url.partition("?")[0]

    await wu.opens(f"{draft}?part=lanes")
    await wu.submits("promotion", promotion="618")
    await wu.submits("save", **{**LANE, "lane.name": "618"})
    assert "有 2 处值得再看一眼" in wu.told
    assert "前面的「全部」已经把它能挑中的订单全挑走了" in wu.text
    await wu.opens(f"{draft}?part=lanes")
    await wu.submits("up:1")
    assert "有 2 处值得再看一眼" in wu.told
    await wu.opens(f"{draft}?part=lane&lane=1")
    assert "有的订单也符合前面的「618」，按排在前面的走" in wu.text
    await published(shop, wu, logs, reason="618")
    assert [one["name"] for one in (await rules_of(shop))["book"]["lanes"]] == ["618", "全部"]


async def test_of_two_who_publish_the_second_is_told_the_difference_and_takes_it_over(
    shop: Shop, wu: Reader, logs: Lines
) -> None:
    async with a_reader(shop) as qian:
        await qian.opens(await own_link(shop, "qian"))
        for reader, name in ((wu, "618"), (qian, "1111")):
            await reader.opens("/rules")
            await reader.submits("", promotion=name)
        await published(shop, wu, logs, reason="618")

        await qian.opens(f"{qian.url.partition('?')[0]}?part=overview")
        assert "这期间发布的第 2 版改了什么" in qian.text
        await qian.submits("publish", reason="双11")
        assert qian.status == 409
        await qian.submits("rebase")
        await published(shop, qian, logs, reason="双11")

    book = (await rules_of(shop))["book"]
    assert [lane["name"] for lane in book["lanes"]] == ["618 大促", "双11 大促"]


async def test_open_anomalies_go_over_when_that_was_chosen(shop: Shop, wu: Reader, logs: Lines) -> None:
    """The ladder's first step is brought forward from three minutes to one."""
    await reaches_picking(shop, "DB1")
    await shop.passes(minutes=45, seconds=10)
    await wu.opens("/rules")
    await wu.submits("", part="ladder")
    steps = {"ladder.0.after": "1m", "ladder.0.do": "push", "ladder.0.to": "duty_manager"}
    await wu.submits("save", **steps)
    await published(shop, wu, logs, reason="快一点", applied="1")

    pushed = len(shop.cards_of("wangwu"))
    await shop.passes(minutes=1)
    assert len(shop.cards_of("wangwu")) == pushed + 1
    (case,) = await shop.rows("SELECT book_version FROM cases")
    assert case["book_version"] == 1, "that is what its false alarms are counted for"


async def test_a_draft_is_taken_from_yaml_ordered_and_dropped_and_two_hands_do_not_undo_each_other(
    shop: Shop, wu: Reader
) -> None:
    await wu.opens("/rules")
    await wu.submits("", part="yaml")
    faulty = "stages:\n  pikup: {normal: 2h}\n"
    await wu.submits("text", text=faulty)
    assert wu.status == 400
    assert "第 2 行第 3 列" in wu.text
    assert "是不是「pickup」" in wu.text
    assert faulty.strip() in wu.html
    await wu.submits("text", text="lanes: [{name: a}, {name: b}, {name: c}]\n")
    assert "已采用" in wu.text

    draft = wu.url.partition("?")[0]
    await wu.opens(f"{draft}?part=lanes")
    await wu.submits("up:0000009")
    assert wu.status == 200, "there is no such lane, however its number is written"
    for do, order in (("up:2", ["a", "c", "b"]), ("down:0", ["c", "a", "b"]), ("delete:1", ["c", "b"])):
        await wu.submits(do)
        book = (await rules_of(shop, f"/drafts/{draft.rpartition('/')[2]}"))["book"]
        assert [lane["name"] for lane in book["lanes"]] == order

    async with a_reader(shop) as qian:
        await qian.opens(await own_link(shop, "qian"))
        await qian.opens(f"{draft}?part=ladder")
        await wu.submits("promotion", promotion="618")
        assert "?part=lane&lane=2" in wu.url
        await qian.submits("save", max_age="40h")
        assert qian.status == 409
        assert "吴悦 刚改过这份草稿" in qian.text
        assert "max_age: 40h" in qian.text, "what was typed is there to be copied"

    await wu.opens(f"{draft}?part=overview")
    await wu.submits("drop")
    assert wu.url.endswith("/rules")
    assert (await rules_of(shop))["drafts"] == []
    await wu.opens(f"{draft}?part=overview")
    assert "这份草稿已丢弃" in wu.text


async def test_a_version_is_taken_away_as_a_file_that_reads_as_the_same_book(shop: Shop, wu: Reader) -> None:
    await wu.opens("/rules/1.yaml")
    assert (wu.status, wu.html) == (200, "# 盯单规则书，第 1 版\n")
    for missing in ("/rules/9", "/rules/9.yaml", "/rules/99999999999999", "/rules/drafts/none"):
        await wu.opens(missing)
        assert wu.status == 404, missing
