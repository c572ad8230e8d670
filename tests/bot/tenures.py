"""Whose turn is it in a test? Tenures on a store, for holders that come one after the other."""

from bot.clock import ManualClock
from bot.leader import LEASE, Tenure
from bot.storage.store import Store
from rules.instants import MILLISECOND


async def a_tenure(store: Store, clock: ManualClock, holder: str = "a", name: str = "test") -> Tenure:
    """The lease is free, and `holder` has it from now on."""
    tenure = await Tenure.begin(name, holder, store, clock)
    assert tenure is not None
    return tenure


async def taken_over(store: Store, clock: ManualClock, by: str = "b", name: str = "test") -> Tenure:
    """Whoever holds the lease does not renew it, as if paused, and another one takes it at its end."""
    clock.advance(LEASE + MILLISECOND)
    return await a_tenure(store, clock, by, name)
