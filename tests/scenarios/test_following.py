"""What happens when the rules or the roster change while the service runs? It keeps to them, within seconds."""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from structlog.testing import capture_logs
from structlog.typing import EventDict

from bot.directory import keep
from bot.signals import Signals
from bot.storage.documents import versions_of
from bot.storage.store import Store
from handlers.trail import NOBODY
from rules.bookfile import RuleBookFile
from tests.deployment import Deployment
from tests.scenarios.pages import a_reader, own_link
from tests.scenarios.shop import MONDAY_MORNING, ROSTER, Shop, a_shop

NO = "DB20251222-883"
WITHIN = timedelta(seconds=60)
PAYMENT_IN_TEN = {"stages": {"payment": {"limits": [{"when": "not_completed", "after": "10m"}]}}}
PAYMENT_IN_THREE = {"stages": {"payment": {"limits": [{"when": "not_completed", "after": "3m"}]}}}

Lines = list[EventDict]


@pytest.fixture
def logs() -> Iterator[Lines]:
    with capture_logs() as lines:
        yield lines


def write(file: Path, content: Mapping[str, Any]) -> None:
    file.write_text(yaml.safe_dump(dict(content), allow_unicode=True), "utf-8")


def without(userid: str) -> Mapping[str, Any]:
    """The roster after somebody has left."""
    return {
        **ROSTER,
        "members": [member for member in ROSTER["members"] if member["userid"] != userid],
        "shifts": [shift for shift in ROSTER["shifts"] if shift["userid"] != userid],
    }


async def noticed(shop: Shop, logs: Lines, event: str = "following.taken_over", times: int = 1) -> None:
    """Let time pass until each replica of the service has said so; not longer than it may take."""
    deadline = shop.clock.now() + WITHIN
    while [line["event"] for line in logs].count(event) < times * shop.replicas:
        assert shop.clock.now() < deadline, logs
        await shop.passes(seconds=1)
        await asyncio.sleep(0.02)
    await shop.settled()


async def some_looks(shop: Shop) -> None:
    """Let the service look at its files a few times."""
    for _ in range(6):
        await shop.passes(seconds=2)
        await asyncio.sleep(0.05)


async def test_who_has_left_the_roster_may_do_nothing_a_minute_later(
    logs: Lines, shop: Shop, tmp_path: Path
) -> None:
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=6)
    (card,) = shop.group_cards
    async with a_reader(shop) as reader:
        await reader.opens(await own_link(shop, "zhaoliu"))
        await reader.opens("/anomalies")
        assert NO in reader.text

        write(tmp_path / "roster.yaml", without("zhaoliu"))
        await noticed(shop, logs)

        await shop.taps("zhaoliu", card, "认领")
        await shop.says("zhaoliu", f"@盯单 /认领 {NO}")
        (case,) = await shop.anomalies()
        assert case["owner"] is None
        await reader.opens("/anomalies")
        assert reader.status == 401
        assert NO not in reader.text


async def test_new_rules_set_the_limits_of_orders_that_are_under_way(
    logs: Lines, shop: Shop, tmp_path: Path
) -> None:
    await shop.stage(NO, "payment", "started")
    write(tmp_path / "rules.yaml", PAYMENT_IN_TEN)
    await noticed(shop, logs)

    await shop.passes(minutes=8)
    assert await shop.anomalies() == []

    write(tmp_path / "rules.yaml", PAYMENT_IN_THREE)
    await noticed(shop, logs, times=2)
    await some_looks(shop)
    assert [case["state"] for case in await shop.anomalies()] == ["open"]


async def test_a_faulty_file_changes_nothing_and_is_told_once_with_its_place(
    logs: Lines, shop: Shop, tmp_path: Path
) -> None:
    (tmp_path / "rules.yaml").write_text("stages:\n  pikup: {normal: 2h}\n", "utf-8")
    write(tmp_path / "roster.yaml", without("zhaoliu"))

    await noticed(shop, logs)
    await some_looks(shop)

    told, *others = [line["fault"] for line in logs if line["event"] == "following.faulty_file"]
    assert others == [told] * (shop.replicas - 1)
    assert told.startswith(f"DINGDAN_RULES_FILE: {tmp_path / 'rules.yaml'}:2:3 stages.pikup")
    assert len(await versions_of("rules")) == 1
    await shop.says("zhangsan", "@盯单 /值班")
    assert "赵六" not in shop.group_lines[-1]


async def test_a_file_that_is_gone_is_a_fault_and_not_an_empty_roster(
    logs: Lines, shop: Shop, tmp_path: Path
) -> None:
    (tmp_path / "roster.yaml").unlink()

    await noticed(shop, logs, "following.faulty_file")

    await shop.says("zhangsan", "@盯单 /值班")
    assert "张三" in shop.group_lines[-1]


async def test_a_file_that_is_being_written_is_not_taken_over_half_done(
    logs: Lines, shop: Shop, tmp_path: Path
) -> None:
    for number in range(6):
        (tmp_path / "rules.yaml").write_text("#" * number, "utf-8")
        await shop.passes(seconds=2)
        await asyncio.sleep(0.05)
    write(tmp_path / "rules.yaml", PAYMENT_IN_TEN)
    await noticed(shop, logs)

    assert len(await versions_of("rules")) == 2


async def test_what_another_replica_has_stored_is_followed(logs: Lines, shop: Shop) -> None:
    await shop.stage(NO, "payment", "started")
    book = RuleBookFile.model_validate(PAYMENT_IN_TEN)
    body, store = book.model_dump_json(by_alias=True), Store(shop.database, Signals())
    await keep("rules", body, NOBODY, store, MONDAY_MORNING)

    await noticed(shop, logs)

    await shop.passes(minutes=8)
    assert await shop.anomalies() == []


async def test_the_holidays_of_the_next_year_are_known_when_a_year_has_turned(deployment: Deployment) -> None:
    """Known at the start: 2021 to 2023. The order is paid for on 1 October 2024, in the national holidays."""
    start = MONDAY_MORNING.replace(year=2022, month=12, day=31, hour=12)
    async with a_shop(deployment, start=start) as shop:
        shop.clock.move_to(MONDAY_MORNING.replace(year=2024, month=10, day=1))
        await some_looks(shop)
        await shop.stage(NO, "payment", "started")

        await shop.passes(minutes=7)
        assert await shop.anomalies() == []
        await shop.passes(minutes=1)
        assert len(await shop.anomalies()) == 1
