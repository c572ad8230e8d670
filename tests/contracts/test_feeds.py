"""What each source has sent: counted once, by shop and hour, whoever counts beside us."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta

from bot.storage.feeds import counted, feeds_at, heartbeats, records
from bot.storage.store import Store, Transaction
from handlers.messages import Reported
from rules.events import Shop
from rules.feeds import Feed, Feeder
from rules.habits import HeardHour
from rules.instants import to_ms
from tests.contracts.backend import inside
from tests.contracts.builders import NOW, a_report, in_

MIDNIGHT = in_(hours=-10)
WMS = Feeder("/wms/hz1", Shop("main"))


async def heard(store: Store, reports: Iterable[Reported]) -> None:
    await inside(store, lambda work: work.feeds.add(counted(reports)))


async def fed(store: Store) -> dict[Feeder, Feed]:
    async with store.reading() as connection:
        return await feeds_at(connection, in_(minutes=30), MIDNIGHT)


def hours(**events: int) -> tuple[int, ...]:
    """So many events so many hours ago: `h2=5`."""
    return tuple(events.get(f"h{ago}", 0) for ago in reversed(range(24)))


async def test_events_add_up_by_source_shop_and_hour_and_the_newest_times_stand(store: Store) -> None:
    late = a_report(at=in_(hours=-3), observed_at=in_(minutes=-1))
    await heard(store, [a_report(at=in_(minutes=20)), a_report(at=in_(minutes=5)), late])
    await heard(store, [a_report(at=in_(minutes=10)), a_report(source="/erp", shop="b"), a_report(shop="b")])

    found = await fed(store)

    assert found == {
        WMS: Feed(occurred_at=in_(minutes=20), observed_at=in_(minutes=20), today=4, hours=hours(h0=3, h1=1)),
        Feeder("/wms/hz1", Shop("b")): Feed(occurred_at=NOW, observed_at=NOW, today=1, hours=hours(h0=1)),
        Feeder("/erp", Shop("b")): Feed(occurred_at=NOW, observed_at=NOW, today=1, hours=hours(h0=1)),
    }


async def test_a_source_that_has_been_silent_for_days_is_still_known(store: Store) -> None:
    await heard(store, [a_report(at=in_(days=-3)), a_report(at=in_(hours=-23)), a_report(at=in_(hours=-24))])

    feed = (await fed(store))[WMS]
    assert (feed.observed_at, feed.today, feed.hours) == (in_(hours=-23), 0, hours(h23=1))
    assert feed.observed_at + timedelta(hours=23) == NOW


async def test_today_begins_with_the_hour_of_midnight(store: Store) -> None:
    await heard(store, [a_report(at=MIDNIGHT), a_report(at=MIDNIGHT - timedelta(milliseconds=1))])

    assert (await fed(store))[WMS].today == 1


async def test_nothing_heard_is_no_work(store: Store) -> None:
    await heard(store, [])
    assert await fed(store) == {}


async def test_processes_that_count_at_the_same_time_lose_nothing(store: Store) -> None:
    reports = [a_report(source=f"/{letter}") for letter in "abcdef"]
    parts = [reports if turn % 2 else reports[::-1] for turn in range(12)]

    await asyncio.gather(*(heard(store, part) for part in parts))

    assert [feed.today for feed in (await fed(store)).values()] == [12] * len(reports)


async def test_the_minutes_in_which_something_came_add_up_over_shops_and_processes(store: Store) -> None:
    await heard(store, [a_report(at=in_(minutes=20)), a_report(at=in_(minutes=5))])
    await heard(store, [a_report(at=in_(minutes=5)), a_report(at=in_(minutes=59), shop="b")])

    async with store.reading() as connection:
        found = await records(connection, in_(hours=-1))

    (record,) = found.values()
    assert record.shops == ("b", "main")
    assert (record.heard_at, record.occurred_at) == (in_(minutes=59), in_(minutes=59))
    assert record.hours == (HeardHour(NOW, 4, 1 << 5 | 1 << 20 | 1 << 59),)


async def test_hours_that_began_before_are_left_out(store: Store) -> None:
    await heard(store, [a_report(at=in_(hours=-3)), a_report(source="/erp")])

    async with store.reading() as connection:
        assert set(await records(connection, in_(hours=-2))) == {"/erp"}


async def test_the_last_heartbeat_of_a_source_stands(store: Store) -> None:
    async def beat(work: Transaction) -> None:
        for minutes in (3, 5, 4):
            await work.feeds.beat({"/wms": to_ms(in_(minutes=minutes))})
        await work.feeds.beat({})

    await inside(store, beat)

    async with store.reading() as connection:
        assert await heartbeats(connection) == {"/wms": in_(minutes=5)}
