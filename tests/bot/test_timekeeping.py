"""The machine's clock may be set by anybody at any time: the service goes by none of its jumps at once."""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot import timekeeping
from bot.clock import SystemClock
from bot.timekeeping import QUESTIONS, keep_time, time_of_machine

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


@dataclass(slots=True)
class Machine:
    """A machine whose clock is set as its script says, anew before each look."""

    script: list[timedelta] = field(default_factory=list[timedelta])
    ahead: timedelta = timedelta()
    asked: int = 0

    def __call__(self) -> int:
        return time.time_ns() + int(self.ahead.total_seconds() * 1e9)

    async def followed(self, clock: SystemClock) -> None:
        """Let the clock be kept until the script has ended."""
        ask = time_of_machine(clock)

        async def reference() -> datetime:
            if self.asked == QUESTIONS * len(self.script):
                raise asyncio.CancelledError
            self.ahead = self.script[self.asked // QUESTIONS]
            self.asked += 1
            return await ask()

        with pytest.raises(asyncio.CancelledError):
            await keep_time(clock, reference)


@pytest.fixture(autouse=True)
def _no_pause_between_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timekeeping, "LOOK_EVERY_SECONDS", 0)


def ahead(clock: SystemClock) -> timedelta:
    """By how much a clock is ahead of the true time, to the second."""
    return timedelta(seconds=round((clock.now() - SystemClock().now()).total_seconds()))


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_a_running_clock_does_not_jump_with_its_machine(jump: timedelta) -> None:
    machine = Machine()
    clock = SystemClock(machine)
    before = clock.now()

    machine.ahead = jump

    assert timedelta() <= clock.now() - before < SECOND * 30
    assert ahead(clock) == timedelta()


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
@pytest.mark.parametrize(
    ("found", "in_the_end"), [([1], 0), ([1, 0], 0), ([1, 0, 1], 0), ([1, 1], 1), ([1, 1, 0, 0], 0)]
)
async def test_a_jump_is_followed_when_the_next_look_finds_it_again(
    jump: timedelta, found: list[int], in_the_end: int
) -> None:
    machine = Machine([jump * times for times in found])
    clock = SystemClock(machine)

    await machine.followed(clock)

    assert ahead(clock) == jump * in_the_end


async def test_the_operator_hears_of_a_jump_and_of_its_being_followed() -> None:
    machine = Machine([HOUR, HOUR])
    with capture_logs() as logs:
        await machine.followed(SystemClock(machine))

    assert [(entry["event"], round(entry["seconds"])) for entry in logs] == [
        ("timekeeping.doubted", 3600),
        ("timekeeping.corrected", 3600),
    ]


async def test_a_small_error_is_set_right_at_once() -> None:
    machine = Machine([SECOND * 0.5])
    clock = SystemClock(machine)

    await machine.followed(clock)

    assert abs(clock.now() - SystemClock().now() - SECOND * 0.5) < SECOND * 0.4


async def test_a_clock_that_cannot_be_read_is_asked_again() -> None:
    answers = iter([ValueError("no time"), asyncio.CancelledError()])

    async def reference() -> datetime:
        raise next(answers)

    with capture_logs() as logs, pytest.raises(asyncio.CancelledError):
        await keep_time(SystemClock(), reference)

    assert [(entry["event"], entry["log_level"]) for entry in logs] == [("timekeeping.failed", "error")]
