"""Limits are set anew after a change of rules, whatever went wrong the last time."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot import following
from bot.clock import ManualClock
from bot.following import keep_armed
from bot.signals import Signal, Signals
from bot.storage.opening import open_store
from tests.databases import sqlite_url


async def test_an_order_that_cannot_be_armed_does_not_end_the_arming(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, new_rules = asyncio.Queue[int](), Signal()
    world: Any = None

    async def arm_outdated(*_: object) -> int:
        calls.put_nowait(1)
        if calls.qsize() == 1:
            new_rules.call()
            raise ValueError("a spoilt order")
        return 0

    monkeypatch.setattr(following, "arm_outdated", arm_outdated)
    async with open_store(sqlite_url(tmp_path), Signals()) as store:
        with capture_logs() as logs:
            arming = asyncio.create_task(keep_armed(store, world, ManualClock(), new_rules))
            while calls.qsize() < 2 and not arming.done():
                await asyncio.sleep(0)
            arming.cancel()
            await asyncio.gather(arming, return_exceptions=True)

    assert calls.qsize() == 2
    assert [(entry["event"], entry["log_level"]) for entry in logs] == [("arming.failed", "error")]
