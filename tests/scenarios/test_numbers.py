"""What does the service count? Enough to be woken by, under few labels, and one line in the log for each thing done."""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.metrics import Metrics
from bot.storage.figures import Figures, OutboxFigures
from handlers.ledger import Fate, Ledger
from rules.delivery import DeliveryState
from tests.deployment import Deployment
from tests.scenarios.shop import MONDAY_MORNING, Shop, a_shop

NO = "DB20251222-883"


@pytest.fixture
async def shop(deployment: Deployment) -> AsyncIterator[Shop]:
    """A shop served by one process: each counts what it does itself."""
    async with a_shop(replace(deployment, replicas=1)) as shop:
        yield shop


async def numbers(shop: Shop) -> Mapping[str, float]:
    """The samples of /metrics, by name and labels."""
    async with shop.http.get(f"{shop.address}/metrics") as response:
        text = await response.text()
    return {name: float(value) for name, value in re.findall(r"^(dingdan\S*) (\S+)$", text, re.MULTILINE)}


async def test_events_are_counted_by_what_became_of_them(shop: Shop) -> None:
    event = shop.event("order.created", NO)
    await shop.post(event)
    await shop.post(event)
    await shop.post({**event, "data": {"region": "华东"}})
    await shop.post({**event, "time": "yesterday"})

    counted = await numbers(shop)

    assert {
        answer: counted[f'dingdan_events_total{{answer="{answer}"}}']
        for answer in ("accepted", "duplicate", "conflict", "rejected")
    } == {"accepted": 1, "duplicate": 1, "conflict": 1, "rejected": 1}


async def test_what_was_never_counted_is_zero_and_not_absent(shop: Shop) -> None:
    assert (await numbers(shop))['dingdan_events_total{answer="conflict"}'] == 0


async def test_the_lag_runs_from_the_moment_after_the_limit(shop: Shop) -> None:
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=6)
    counted = await numbers(shop)
    assert counted["dingdan_detection_lag_seconds_count"] == 1
    assert counted["dingdan_detection_lag_seconds_sum"] == 0

    await shop.stage("LATE", "payment", "started", ago=timedelta(minutes=5, seconds=3))
    await shop.passes(seconds=1)

    counted = await numbers(shop)
    assert counted["dingdan_detection_lag_seconds_count"] == 2
    assert counted["dingdan_detection_lag_seconds_sum"] == 2.999


async def test_the_socket_is_told_to_be_up(shop: Shop) -> None:
    assert (await numbers(shop))["dingdan_socket_subscribed"] == 1


async def test_the_outbox_and_the_open_cases_are_told_as_they_stand(shop: Shop) -> None:
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=6)

    counted = await numbers(shop)

    assert counted['dingdan_open_cases{stage="payment"}'] == 1
    assert counted['dingdan_open_cases{stage="transit"}'] == 0
    assert counted["dingdan_letters_ready"] == 0
    assert counted["dingdan_letters_oldest_seconds"] == 0
    assert counted['dingdan_letters_lost{state="unknown"}'] == 0


async def test_without_a_database_the_counters_are_told_alone() -> None:
    text = Metrics().render(None, MONDAY_MORNING).decode()
    assert "dingdan_events_total" in text
    assert "dingdan_letters_ready" not in text


async def test_what_waits_is_told_by_the_oldest_of_it() -> None:
    figures = Figures(
        open_cases={},
        outbox=OutboxFigures(
            ready=2,
            oldest_due_at=MONDAY_MORNING - timedelta(seconds=90),
            lost={DeliveryState.UNKNOWN: 3},
        ),
        alerts=Ledger(alerts=5, fates={Fate.SHOWN: 4, Fate.DIGESTED: 1}),
    )
    text = Metrics().render(figures, MONDAY_MORNING).decode()
    assert "dingdan_letters_ready 2.0" in text
    assert "dingdan_letters_oldest_seconds 90.0" in text
    assert 'dingdan_letters_lost{state="unknown"} 3.0' in text
    assert 'dingdan_alerts{fate="shown"} 4.0' in text
    assert 'dingdan_alerts{fate="lost"} 0.0' in text
