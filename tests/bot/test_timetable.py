"""The few periodic jobs run at their hours by China's clocks, and never twice for what they missed."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from apscheduler.triggers.cron import CronTrigger
from structlog.testing import capture_logs

from bot import timetable
from bot.clock import ManualClock
from bot.directory import load_directory
from bot.ground import make_world
from bot.leader import Tenure
from bot.reporting import Weekly
from bot.settings import load
from bot.signals import Signals
from bot.storage.experiments import looks_of
from bot.storage.feeds import counted
from bot.storage.inbox import Received
from bot.storage.opening import open_store
from bot.storage.store import Store, Transaction
from bot.storage.views import Views
from bot.timetable import (
    COMPARED,
    Job,
    forget,
    forget_hours,
    forget_passes,
    forget_personal,
    forget_trials,
    jobs,
    keep,
    look_ahead,
)
from handlers.intake import take_in
from handlers.ports import StoreUnavailableError
from handlers.reports import Audience
from rules.instants import to_ms
from rules.trials import Ending
from tests.bot.tenures import a_tenure, taken_over
from tests.contracts.builders import a_look, a_report, an_experiment, an_exposure
from tests.databases import sqlite_url

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
CHEN = {"phone": "13800138000"}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(sqlite_url(tmp_path), Signals()) as store:
        yield store


async def test_jobs_run_daily_by_chinas_clocks(store: Store) -> None:
    clock = ManualClock(NOW)
    directory = await load_directory(load({}), store, NOW)
    world = make_world(load({}), clock, store, directory, b"secret")
    weekly = Weekly(store=store, world=world, clock=clock, audience=Audience.BOTH)
    daily = jobs(await a_tenure(store, clock), world, directory, clock, timedelta(days=180), weekly)
    assert {job.name: repr(job.when) for job in daily} == {
        "forget": "<CronTrigger (hour='4', minute='10', timezone='Asia/Shanghai')>",
        "forget_hours": "<CronTrigger (hour='4', minute='30', timezone='Asia/Shanghai')>",
        "forget_passes": "<CronTrigger (hour='4', minute='20', timezone='Asia/Shanghai')>",
        "forget_personal": "<CronTrigger (hour='4', minute='40', timezone='Asia/Shanghai')>",
        "forget_trials": "<CronTrigger (hour='4', minute='50', timezone='Asia/Shanghai')>",
        "propose_limits": "<CronTrigger (hour='5', minute='30', timezone='Asia/Shanghai')>",
        "find_causes": "<CronTrigger (hour='5', minute='10', timezone='Asia/Shanghai')>",
        "check_duty": "<CronTrigger (hour='20', minute='0,10,20', timezone='Asia/Shanghai')>",
        "offer_cases": "<CronTrigger (minute='*', timezone='Asia/Shanghai')>",
        "experiments": "<CronTrigger (minute='*', timezone='Asia/Shanghai')>",
        "report": "<CronTrigger (minute='5-55/10', timezone='Asia/Shanghai')>",
        "look_ahead": "<CronTrigger (hour='9', minute='0', timezone='Asia/Shanghai')>",
    }


async def test_what_was_dealt_with_a_week_ago_is_forgotten_and_nothing_else(store: Store) -> None:
    long_ago = NOW - timedelta(days=7, milliseconds=1)

    async def receive(work: Transaction) -> None:
        await work.inbox.put(
            [Received(identity=one, body="{}", at=long_ago) for one in ("old", "young", "waiting")]
        )
        await work.inbox.done("old", long_ago)
        await work.inbox.done("young", NOW - timedelta(days=7))

    await store.run("test", receive)

    clock = ManualClock(NOW)
    await forget(await a_tenure(store, clock), clock)

    async with store.reading() as connection:
        left = await connection.fetch("SELECT id FROM inbox ORDER BY id")
    assert [row["id"] for row in left] == ["waiting", "young"]


async def test_the_hours_of_sixty_days_ago_are_forgotten_and_the_others_stay(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timetable, "AT_A_TIME", 2)
    ages = [timedelta(days=days) for days in (0, 59, 60, 61, 62, 63)]
    heard = counted(a_report(at=NOW - age) for age in ages)
    await store.run("test", lambda work: work.feeds.add(heard))
    clock = ManualClock(NOW)

    await forget_hours(await a_tenure(store, clock), clock)

    async with store.reading() as connection:
        left = await connection.fetch("SELECT hour_at FROM feeds ORDER BY hour_at DESC")
    assert [row["hour_at"] for row in left] == [to_ms(NOW - age) for age in ages[:3]]


async def test_passes_that_are_over_are_forgotten(store: Store) -> None:
    for nonce, until in (("over", NOW - timedelta(seconds=1)), ("good", NOW + timedelta(seconds=1))):
        await store.run("test", lambda work, nonce=nonce, until=until: work.passes.spend(nonce, until))

    clock = ManualClock(NOW)
    await forget_passes(await a_tenure(store, clock), clock)

    async with store.reading() as connection:
        left = await connection.fetch("SELECT nonce FROM spent_passes")
    assert [row["nonce"] for row in left] == ["good"]


async def test_what_is_personal_goes_with_the_time_that_is_set(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timetable, "ORDERS_AT_A_TIME", 2)
    old = [a_report(f"DB{number}", customer=CHEN, at=NOW - timedelta(days=90)) for number in range(5)]
    young = a_report("DB5", customer=CHEN, at=NOW - timedelta(days=89))
    clock = ManualClock(NOW)
    world = make_world(load({}), clock, store, await load_directory(load({}), store, NOW), b"secret")
    await store.run("test", lambda work: take_in(work, world, [*old, young], arm=False))
    kept = load({"DINGDAN_PRIVACY__KEEP_DAYS": "89"}).privacy.kept

    await forget_personal(await a_tenure(store, clock), clock, kept)

    assert [order.key.order_no for order in await Views(store).by_phone("138****8000", None, 10)] == ["DB5"]


async def test_however_much_is_to_be_forgotten_it_is_so_a_part_at_a_time(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timetable, "AT_A_TIME", 3)
    parts, run, clock = list[int](), Tenure.run, ManualClock(NOW)

    async def counted(tenure: Tenure, name: str, drop: Callable[[Transaction], Awaitable[int]]) -> int:
        parts.append(await run(tenure, name, drop))
        return parts[-1]

    async def receive(work: Transaction) -> None:
        for number in range(7):
            await work.inbox.put([Received(identity=f"{number}", body="{}", at=NOW)])
            await work.inbox.done(f"{number}", NOW - timedelta(days=8))

    await store.run("test", receive)
    monkeypatch.setattr(Tenure, "run", counted)

    await forget(await a_tenure(store, clock), clock)

    assert parts == [3, 3, 1]


@pytest.mark.parametrize(
    ("today", "missed"),
    [
        (datetime(2030, 11, 30, 15, 59, tzinfo=UTC), []),
        (datetime(2030, 11, 30, 16, 0, tzinfo=UTC), [2031]),
        (datetime(2024, 12, 5, tzinfo=UTC), []),
    ],
)
async def test_the_notice_of_next_years_holidays_is_missed_in_december(
    today: datetime, missed: list[int]
) -> None:
    with capture_logs() as logs:
        await look_ahead(ManualClock(today))

    assert [entry["year"] for entry in logs] == missed


async def test_a_job_of_a_replica_that_was_paused_changes_nothing(store: Store) -> None:
    clock = ManualClock(NOW)
    paused = await a_tenure(store, clock)
    await taken_over(store, clock)
    runs = asyncio.Queue[int]()

    async def work() -> None:
        runs.put_nowait(1)
        await paused.run("test", lambda work: work.chats.greeted("wrGroup", NOW))

    with capture_logs() as logs:
        task = asyncio.create_task(keep([Job(name="every_second", when=CronTrigger(second="*"), work=work)]))
        await runs.get()
        await runs.get()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    assert {entry["event"] for entry in logs} == {"job.not_ours"}
    async with store.reading() as connection:
        assert list(await connection.fetch("SELECT id FROM chats")) == []


async def test_a_job_that_finds_no_database_runs_again_the_next_time() -> None:
    runs = asyncio.Queue[int]()

    async def work() -> None:
        runs.put_nowait(1)
        raise StoreUnavailableError

    task = asyncio.create_task(keep([Job(name="every_second", when=CronTrigger(second="*"), work=work)]))
    await runs.get()
    await runs.get()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_job_that_fails_is_told_and_runs_again_the_next_time() -> None:
    runs = asyncio.Queue[int]()

    async def work() -> None:
        runs.put_nowait(1)
        raise ValueError("a spoilt row")

    with capture_logs() as logs:
        task = asyncio.create_task(keep([Job(name="every_second", when=CronTrigger(second="*"), work=work)]))
        await runs.get()
        await runs.get()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    assert {(entry["event"], entry["job"]) for entry in logs} == {("job.failed", "every_second")}


async def test_what_an_ended_experiment_did_not_see_is_dropped_and_its_result_stays_for_ever(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timetable, "AT_A_TIME", 2)
    over = an_experiment(id="over", ending=Ending.STOPPED, ended_at=NOW)
    running = an_experiment(id="running")
    judged = {"reached": True, "quiet": True, "refunded": False, "complained": False}

    async def fill(work: Transaction) -> None:
        for experiment in (over, running):
            await work.experiments.save(experiment)
            await work.experiments.expose([an_exposure(experiment.id, f"DB{n}") for n in range(3)])
            await work.experiments.expose([an_exposure(experiment.id, f"J{n}", **judged) for n in range(3)])
            for hours in range(3):
                await work.experiments.note(a_look(experiment.id, at=NOW - timedelta(hours=hours)))

    await store.run("test", fill)
    clock = ManualClock(NOW)
    tenure = await a_tenure(store, clock)
    await forget_trials(tenure, clock)
    assert await kept(store) == {
        ("over", "J", False): 3,
        ("running", "J", True): 3,
        ("running", "D", True): 3,
    }

    clock.advance(COMPARED)
    await forget_trials(tenure, clock)
    assert ("over", "J", False) in await kept(store)
    clock.advance(timedelta(milliseconds=1))
    await forget_trials(tenure, clock)
    assert await kept(store) == {("running", "J", True): 3, ("running", "D", True): 3}
    async with store.reading() as connection:
        assert [look.at for look in await looks_of(connection, "over", 9)] == [NOW]
        assert len(await looks_of(connection, "running", 9)) == 3


async def kept(store: Store) -> Counter[tuple[str, str, bool]]:
    """How many orders are known of each experiment, by the letter of their number, and whether something is waited for."""
    async with store.reading() as connection:
        found = await connection.fetch("SELECT experiment, order_no, look_at FROM exposures")
    return Counter((row["experiment"], row["order_no"][0], row["look_at"] is not None) for row in found)
