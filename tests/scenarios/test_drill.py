"""A drill, from its file to its report: in the sandbox, and against a service that is at work."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.drill.script import in_the_real_group, script
from bot.drilling import Wanted, play_in_sandbox, play_really
from bot.files import load_drill
from bot.settings import load
from bot.telling import TellingError
from rules.golden import TEN
from rules.response import Miss
from tests.scenarios.shop import INGEST, READ, Shop

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "drills"
SMALL: dict[str, Any] = {
    "name": "三笔",
    "lasts": "2m",
    "groups": [
        {
            "name": "卡住的支付",
            "stage": "payment",
            "bursts": [{"count": 2}],
            "apart": True,
            "payment_channel": "alipay",
            "customers_write": True,
            "moves_after_contact": "30s",
        }
    ],
    "team": [{"userid": "zhangsan", "sees_after": "5s", "each": "5s"}],
}


def a_file(folder: Path, **more: Any) -> Path:
    file = folder / "drill.yaml"
    file.write_text(yaml.safe_dump(SMALL | more, allow_unicode=True), "utf-8")
    return file


async def test_a_small_drill_in_the_sandbox_is_answered_and_told(tmp_path: Path) -> None:
    file = a_file(tmp_path)
    report = await play_in_sandbox(load_drill(file), Wanted(file=file, speed=20))

    response = report.response
    assert (response.noticed, response.within(TEN)) == ((2, 2), (2, 2)), report.as_text()
    assert response.incidents == {}
    assert response.missed() == []
    readers = {reader.name: reader.cards for reader in response.readers}
    assert readers["客服一群"] == 2
    assert readers["王五"] >= 2, "payments are P1"


@pytest.mark.long
@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.yaml")), ids=lambda file: file.stem)
async def test_the_three_disasters(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = await play_in_sandbox(load_drill(file), Wanted(file=file))

    with capsys.disabled():
        print(f"\n{report.as_text()}")  # noqa: T201 -- that is what it is for
    wrong = {Miss.FALSE_ALARM, Miss.SWALLOWED, Miss.UNNOTICED}
    assert [(course.order, miss) for course, miss in report.response.missed() if miss in wrong] == []
    assert report.response.noticed.percent == 100
    assert json.loads(report.as_json())["name"] == load_drill(file).name


# --- in the real group ---------------------------------------------------------------------


@pytest.fixture
def real(shop: Shop) -> Any:
    """The settings of whoever plays a drill against the shop's service."""
    return load({"DINGDAN_INGEST__TOKEN": INGEST, "DINGDAN_API__TOKEN": READ})


async def test_all_that_the_group_sees_of_a_real_drill_is_marked_and_no_customer_hears_of_it(
    shop: Shop, tmp_path: Path
) -> None:
    """Played on the shop's own clock; the agents send, copy, and say that it is done."""
    played = script(load_drill(a_file(tmp_path)), in_the_real_group("0302"), customers=False)
    for number, beat in enumerate(sorted(played.beats, key=lambda beat: beat.at)):
        event = {
            "specversion": "1.0",
            "id": f"d{number}",
            "source": getattr(beat, "source", ""),
            "type": getattr(beat, "kind", ""),
            "subject": beat.order,
            "time": (shop.clock.now() + getattr(beat, "happened", timedelta())).isoformat(),
            "data": dict(getattr(beat, "data", {})),
        }
        assert (await shop.post(event))["accepted"] == 1
    await shop.passes(minutes=1)

    cards = shop.group_cards
    assert len(cards) == 2
    for card in cards:
        await shop.taps("zhangsan", card, "发送回复")
        assert "演练，不发给任何顾客" in card.display("zhangsan").text
        await shop.taps("zhangsan", card, "已处理")
    await shop.passes(minutes=30)

    seen = [*cards, *shop.cards_of("wangwu"), *shop.cards_of("lisi")]
    assert all("演练" in card.display("zhangsan").text for card in seen)
    assert all("演练" in line for line in [*shop.group_lines, *shop.lines_to("zhangsan")])
    assert [case["state"] for case in await shop.anomalies(shop="drill")] == ["replied", "replied"]
    assert await shop.rows("SELECT id FROM letters WHERE kind = 'customer'") == []
    assert not any("kf/send_msg" in call.path or "add_msg_template" in call.path for call in shop.wecom.calls)


async def test_a_drill_that_cannot_be_told_says_why(shop: Shop, tmp_path: Path) -> None:
    file = a_file(tmp_path)
    wanted = Wanted(file=file, real=True, address=shop.address)
    with pytest.raises(TellingError, match="DINGDAN_INGEST__TOKEN"):
        await play_really(load({}), load_drill(file), wanted, shop.clock)
    wrong = load({"DINGDAN_INGEST__TOKEN": "wrong", "DINGDAN_API__TOKEN": READ})
    with pytest.raises(TellingError, match="/api/events: 401"):
        await play_really(wrong, load_drill(file), wanted, shop.clock)


async def test_a_drill_that_is_stopped_leaves_no_order_open(shop: Shop, real: Any, tmp_path: Path) -> None:
    file = a_file(tmp_path)
    playing = asyncio.create_task(
        play_really(real, load_drill(file), Wanted(file=file, real=True, address=shop.address), shop.clock)
    )
    async with asyncio.timeout(20):
        while not await shop.rows("SELECT order_no FROM orders WHERE shop = 'drill'"):
            await asyncio.sleep(0.02)
    playing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await playing

    (order, *_) = await shop.rows("SELECT order_no FROM orders WHERE shop = 'drill'")
    assert (await shop.order(order["order_no"], shop="drill"))["state"] == "cancelled"
