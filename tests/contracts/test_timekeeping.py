"""Replicas go by one time, whatever their machines say: that of PostgreSQL."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.clock import SystemClock
from bot.storage.store import Store
from bot.timekeeping import NOISE, correct, time_of

A_MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("wrong_by", [timedelta(minutes=90), -timedelta(minutes=90)])
async def test_a_clock_that_is_wrong_is_set_right_and_the_operator_told(
    postgres_store: Store, wrong_by: timedelta
) -> None:
    right, wrong = SystemClock(), SystemClock()
    wrong.advance(wrong_by)

    with capture_logs() as logs:
        await correct(wrong, time_of(postgres_store))

    assert abs(wrong.now() - right.now()) < A_MINUTE
    (told,) = logs
    assert told["event"] == "timekeeping.corrected"
    assert abs(told["seconds"] + wrong_by.total_seconds()) < A_MINUTE.total_seconds()


async def test_a_clock_that_is_right_is_not_pushed_about(postgres_store: Store) -> None:
    clock = SystemClock()
    with capture_logs() as logs:
        await correct(clock, time_of(postgres_store))
    assert logs == []
    assert abs(clock.now() - SystemClock().now()) <= 100 * NOISE
