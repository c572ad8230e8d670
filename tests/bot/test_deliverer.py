"""Does a letter leave as soon as it may, and does the deliverer rest when nobody can carry one?"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from bot import postmen
from bot.channels.couriers import ATTEMPT_SECONDS
from bot.clock import ManualClock
from bot.deliverer import LONGEST_SLEEP, Deliverer
from bot.postmen import MARGIN, Postmen
from bot.signals import Signal
from handlers.delivery import Receipt
from handlers.leaving import LEASE
from handlers.outbox import Letter
from handlers.ports import StoreUnavailableError
from rules.delivery import Outcome
from rules.instants import EPOCH
from tests.bot.resting import rest
from tests.contracts.builders import a_letter

SOON = timedelta(milliseconds=1)


@dataclass(slots=True, kw_only=True)
class Shelf:
    """A store whose only letter nobody takes, unless it has letters to give out."""

    clock: ManualClock
    due_at: datetime
    looking_lasts: timedelta = timedelta()
    """How long it takes to learn when the next letter may leave."""
    letters: list[Letter] = field(default_factory=list[Letter])
    away: int = 0
    """So many times the database cannot be reached to write down what came of letters."""
    later: datetime | None = None
    """When another letter may leave."""
    looks: int = 0
    rounds: int = 0
    settled: int = 0
    """How many commits it took to write down what came of them."""

    async def run(self, name: str, _operation: object) -> Any:
        self.rounds += name == "take"
        if name == "settle" and self.away:
            self.away -= 1
            raise StoreUnavailableError
        self.settled += name == "settle"
        await asyncio.sleep(0)
        letters, self.letters = (self.letters, []) if name == "take" else ([], self.letters)
        return (len(letters), letters) if name == "take" else 0

    async def next_letter(self, after: datetime = EPOCH) -> datetime | None:
        self.looks += 1
        self.clock.advance(self.looking_lasts)
        return min((at for at in (self.due_at, self.later) if at and at > after), default=None)


class Post:
    """A post office whose calls are answered at once."""

    media: frozenset[str] = frozenset()

    async def deliver(self, _letter: Letter) -> Receipt:
        return Receipt(outcome=Outcome.ACCEPTED)


@asynccontextmanager
async def delivering(shelf: Shelf) -> AsyncGenerator[None]:
    store, world, clock, signal = cast(Any, shelf), cast(Any, None), shelf.clock, Signal()
    carrying = Postmen(store, world, clock, signal, cast(Any, Post()))
    task = asyncio.create_task(Deliverer(store, world, clock, signal, carrying).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_letter_that_became_ready_while_we_looked_is_taken_at_once() -> None:
    clock = ManualClock()
    shelf = Shelf(clock=clock, due_at=clock.now() + SOON, looking_lasts=SOON)
    async with delivering(shelf):
        await rest()
    assert shelf.rounds == 1


async def test_an_empty_look_takes_nothing() -> None:
    clock = ManualClock()
    shelf = Shelf(clock=clock, due_at=clock.now() + 2 * LONGEST_SLEEP)
    async with delivering(shelf):
        await rest()
        clock.advance(LONGEST_SLEEP)
        await rest()
        assert (shelf.looks, shelf.rounds) == (2, 0)


def test_an_attempt_ends_before_the_lease_that_it_was_begun_under() -> None:
    """So a sender that is slow and alive is never taken for dead."""
    assert timedelta(seconds=ATTEMPT_SECONDS) < MARGIN < LEASE


async def test_what_nobody_can_carry_is_looked_at_now_and_then_and_not_all_the_time() -> None:
    clock = ManualClock()
    shelf = Shelf(clock=clock, due_at=clock.now())
    async with delivering(shelf):
        await rest()
        assert shelf.rounds == 1
        clock.advance(LONGEST_SLEEP)
        await rest()
        assert shelf.rounds == 2


async def test_what_nobody_can_carry_holds_up_nothing_that_may_leave_a_moment_later() -> None:
    clock = ManualClock()
    shelf = Shelf(clock=clock, due_at=clock.now(), later=clock.now() + SOON)
    async with delivering(shelf):
        await rest()
        assert shelf.rounds == 1
        clock.advance(SOON)
        await rest()
        assert shelf.rounds == 2


async def test_what_came_of_many_letters_is_written_in_few_commits() -> None:
    clock = ManualClock()
    letters = [a_letter(f"member{number}") for number in range(50)]
    shelf = Shelf(clock=clock, due_at=clock.now(), letters=letters)
    async with delivering(shelf):
        await rest()
    assert shelf.settled == 2  # the first one alone, and all that came while it was written


async def test_what_came_of_letters_is_written_once_the_database_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Meanwhile the log says which letters."""
    monkeypatch.setattr(postmen, "PAUSE_SECONDS", 0)
    clock, letter = ManualClock(), a_letter("member")
    shelf = Shelf(clock=clock, due_at=clock.now(), letters=[letter], away=2)
    with capture_logs() as logs:
        async with delivering(shelf):
            await rest()
    assert shelf.settled == 1
    assert logs == [{"event": "letters.unsettled", "log_level": "warning", "letters": [letter.id]}] * 2
