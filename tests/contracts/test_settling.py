"""Who may say what came of an attempt? Only the one who made the newest."""

from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.storage.store import Store, Transaction
from handlers.delivery import Receipt, hand_back, recover, settle
from handlers.leaving import LEASE
from handlers.outbox import Letter, Medium
from handlers.world import World
from rules.delivery import DeliveryState, Outcome
from tests.contracts.backend import inside
from tests.contracts.builders import NOW, a_letter, in_

AFTERWARDS = in_(minutes=2)
WORLD = cast(World, cast(Any, SimpleNamespace(now=lambda: AFTERWARDS, jitter=lambda: 0.5)))


async def taken(store: Store, at: datetime = NOW) -> Letter:
    """The one letter, on its way from now on."""

    async def take(work: Transaction) -> Letter:
        (letter,) = (await work.outbox.take({Medium.KF}, at, at + LEASE, 10)).letters
        await work.outbox.update(letter)
        return replace(letter, version=letter.version + 1)

    return await inside(store, take)


async def now_stored(store: Store, letter: Letter) -> Letter:
    found = await inside(store, lambda work: work.outbox.find(letter.id))
    assert found is not None
    return found


@pytest.mark.parametrize("outcome", Outcome)
async def test_a_sender_whose_work_was_taken_over_changes_nothing(store: Store, outcome: Outcome) -> None:
    await inside(store, lambda work: work.outbox.post([a_letter(medium=Medium.KF)]))
    stale = await taken(store)
    assert await inside(store, lambda work: recover(work, WORLD, AFTERWARDS)) == 1
    await taken(store, AFTERWARDS + timedelta(minutes=2))
    before = await now_stored(store, stale)

    await inside(store, lambda work: settle(work, WORLD, [(stale, Receipt(outcome=outcome))]))
    await inside(store, lambda work: hand_back(work, stale))

    assert await now_stored(store, stale) == before
    assert (before.state, before.attempts) == (DeliveryState.SENDING, 2)


async def test_nobody_takes_over_while_the_lease_lasts(store: Store) -> None:
    await inside(store, lambda work: work.outbox.post([a_letter(medium=Medium.KF)]))
    letter = await taken(store)

    assert await inside(store, lambda work: recover(work, WORLD, NOW + LEASE)) == 0

    assert await now_stored(store, letter) == letter


async def test_a_letter_handed_back_is_as_if_it_had_never_been_taken(store: Store) -> None:
    letter = a_letter(medium=Medium.KF)
    await inside(store, lambda work: work.outbox.post([letter]))
    held = await taken(store)

    await inside(store, lambda work: hand_back(work, held))

    again = await now_stored(store, letter)
    assert replace(again, version=1, attempted_at=None) == letter
    assert (await taken(store)).attempts == 1
