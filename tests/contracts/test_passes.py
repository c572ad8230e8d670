"""What is spent is spent once, for all replicas, and forgotten when it is over anyway."""

import asyncio

from bot.clock import ManualClock
from bot.passes import Spent
from bot.secrets import Pass
from bot.storage.store import Store
from bot.storage.trail import TrailFilter
from bot.storage.views import Views
from handlers.trail import Doer, Way
from rules.events import UserId
from tests.contracts.backend import inside
from tests.contracts.builders import NOW, in_

GIVEN = Pass(userid=UserId("zhangsan"), until=in_(minutes=10), nonce="a1")
ENTRY = Doer(actor="zhangsan", way=Way.PAGE).did("session.begun", "zhangsan", NOW)


async def test_of_many_who_hold_a_pass_one_spends_it_and_is_put_down(store: Store) -> None:
    spent = [Spent(store, ManualClock(NOW)) for _ in range(3)]

    first = await asyncio.gather(*(one.spend(GIVEN, ENTRY) for one in spent for _ in range(3)))

    assert sorted(first) == [False] * 8 + [True]
    assert len(await Views(store).trail(TrailFilter(), 10)) == 1
    assert all(GIVEN.nonce in one for one in spent)


async def test_other_replicas_hear_of_it_when_they_look(store: Store) -> None:
    here, there = Spent(store, ManualClock(NOW)), Spent(store, ManualClock(NOW))
    await here.spend(GIVEN, ENTRY)
    assert GIVEN.nonce not in there

    await there.look()

    assert GIVEN.nonce in there


async def test_what_is_over_anyway_is_forgotten(store: Store) -> None:
    for nonce, minutes in (("a", 1), ("b", 2), ("c", 3)):
        assert await inside(
            store, lambda work, nonce=nonce, minutes=minutes: work.passes.spend(nonce, in_(minutes=minutes))
        )
    assert await inside(store, lambda work: work.passes.still_good(in_(minutes=2))) == {"b", "c"}

    assert await inside(store, lambda work: work.passes.forget_before(in_(minutes=3), 1)) == 1
    assert await inside(store, lambda work: work.passes.forget_before(in_(minutes=3), 5)) == 1
    assert await inside(store, lambda work: work.passes.still_good(NOW)) == {"c"}
