"""`dingdan drill --real` against a service in a process of its own: the command, its report, and what is left."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli import FAILURE, USAGE
from tests.processes.commands import command
from tests.processes.town import INGEST, READ, a_town

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

DRILL: dict[str, Any] = {
    "name": "三笔",
    "lasts": "50s",
    "groups": [
        {
            "name": "卡住的支付",
            "stage": "payment",
            "bursts": [{"count": 3}],
            "payment_channel": "alipay",
            "customers_write": True,
        }
    ],
}


@pytest.mark.long
async def test_a_drill_in_the_real_group_is_marked_told_and_cleared_up(tmp_path: Path) -> None:
    file, page = tmp_path / "drill.yaml", tmp_path / "drill.html"
    file.write_text(yaml.safe_dump(DRILL, allow_unicode=True), "utf-8")
    tokens = {"DINGDAN_INGEST__TOKEN": INGEST, "DINGDAN_API__TOKEN": READ}
    async with a_town(tmp_path) as town, town.serving():
        arguments = ("drill", str(file), "--real", "--yes", "--address", town.address, "--page", str(page))
        async with command(tmp_path, *arguments, "--json", environment=tokens) as playing:
            assert await playing.exit_code() == 0, playing.output()
        report = json.loads(playing.output()[playing.output().index("{") :])
        orders = [order["order"] for order in report["orders"]]
        lines = await town.wecom.lines()
        cases = await town.anomalies(shop="drill")
        states = [(await town.get(f"/api/orders/{order}", shop="drill"))["state"] for order in orders]
        cards = [card for order in orders for card in await town.wecom.group_cards(order)]

    assert report["real"]
    assert report["noticed"] == {"part": 3, "of": 3, "percent": 100}
    assert all(order.startswith("演练") for order in orders)
    assert cards
    assert all("演练" in line for line in lines if "订单" in line)
    assert len(cases) == 3
    assert states == ["cancelled"] * 3
    assert "在真实的群里" in page.read_text("utf-8")


async def test_a_faulty_drill_and_a_service_that_is_not_there_are_told(tmp_path: Path) -> None:
    file = tmp_path / "drill.yaml"
    file.write_text("name: x\n", "utf-8")
    async with command(tmp_path, "drill", str(file), environment={}) as refused:
        assert await refused.exit_code() == USAGE
        assert "`groups` is missing" in refused.output()
    file.write_text(yaml.safe_dump(DRILL, allow_unicode=True), "utf-8")
    nowhere = ("--real", "--yes", "--address", "http://127.0.0.1:1")
    tokens = {"DINGDAN_INGEST__TOKEN": INGEST, "DINGDAN_API__TOKEN": READ}
    async with command(tmp_path, "drill", str(file), *nowhere, environment=tokens) as failed:
        assert await failed.exit_code() == FAILURE
        assert "演练没有做完" in failed.output()
