"""What is missing in the duty of the days to come is told in the evening, and leads hear whose cases stay behind."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import ManualClock
from bot.directory import Directory, read_directory
from bot.ground import make_world
from bot.settings import load
from bot.signals import Signals
from bot.storage.opening import open_store
from bot.storage.store import Store, Transaction
from bot.timetable import check_duty, offer_cases
from handlers.world import World
from rules.anomalies import Ended
from rules.duty import ChangeKind
from rules.editions import Edition
from rules.events import UserId
from rules.rosterfile import parse_roster
from rules.stages import Stage
from tests.bot.tenures import a_tenure, taken_over
from tests.contracts.builders import BOOK, a_case, a_change, an_order
from tests.databases import sqlite_url

EVENING = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
"""Eight o'clock on Monday."""
TEAM: dict[str, Any] = {
    "members": [
        {"userid": "zhangsan", "name": "张三", "roles": ["agent"]},
        {"userid": "zhaoliu", "name": "赵六", "roles": ["agent"]},
        {"userid": "lisi", "name": "李四", "roles": ["lead"]},
        {"userid": "wangwu", "name": "王五", "roles": ["manager"]},
        {"userid": "qianqi", "name": "钱七", "roles": ["manager"]},
    ],
    "shifts": [{"userid": "zhangsan"}, {"userid": "lisi"}, {"userid": "wangwu"}, {"userid": "qianqi"}],
    "fallback": "wangwu",
}


@dataclass(slots=True, kw_only=True)
class Service:
    """A part of one: what keeps the timetable."""

    store: Store
    clock: ManualClock
    directory: Directory
    world: World

    def knows(self, **roster: Any) -> None:
        """The roster is another one."""
        self.directory.written = parse_roster(TEAM | roster)
        self.directory.roster = self.directory.written.compile()

    async def letters(self) -> Sequence[tuple[str, str]]:
        """To whom something was written, and what."""
        async with self.store.reading() as connection:
            rows = await connection.fetch("SELECT addressee, content FROM letters ORDER BY id")
        return [(row["addressee"], row["content"]) for row in rows]


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    settings, clock = load({}), ManualClock(EVENING)
    async with open_store(sqlite_url(tmp_path), Signals()) as store:
        directory = await read_directory(settings, EVENING)
        world = make_world(settings, clock, store, directory, b"secret")
        service = Service(store=store, clock=clock, directory=directory, world=world)
        service.knows()
        yield service


async def evening(service: Service) -> None:
    await check_duty(await a_tenure(service.store, service.clock), service.world, service.directory)


async def test_when_all_is_well_nobody_is_told(service: Service) -> None:
    await evening(service)

    assert await service.letters() == []


async def test_the_managers_on_shift_hear_of_a_gap_once_an_evening_whoever_keeps_the_timetable(
    service: Service,
) -> None:
    service.knows(overrides=[{"do": "leave", "userid": "zhangsan", "from": "2026-03-04", "to": "2026-03-05"}])

    await evening(service)
    await evening(service)
    another = await taken_over(service.store, service.clock)
    await check_duty(another, service.world, service.directory)

    ((to, said),) = await service.letters()
    assert to == "wangwu|qianqi"
    assert "未来 7 天的值班有 1 处要补：" in said
    assert "客服 3月4日（周三） 至 3月5日（周四） 没人当班" in said
    assert "在名册的 shifts 里排人" in said
    assert "/duty" in said

    service.clock.advance(timedelta(days=1))
    await check_duty(await a_tenure(service.store, service.clock, "c"), service.world, service.directory)
    assert len(await service.letters()) == 2


async def test_the_same_hours_of_several_days_are_one_line_and_the_list_fits_a_screen(
    service: Service,
) -> None:
    nights = [{"userid": who, "from": "09:00", "to": "21:00"} for who in ("zhangsan", "wangwu")]
    service.knows(
        shifts=nights,
        carriers=[{"contact": "wangwu"}],
        overrides=[
            {
                "do": "swap",
                "userid": "zhangsan",
                "with": "gone",
                "from": f"2026-03-0{day} 10:00",
                "to": "11:00",
            }
            for day in range(3, 9)
        ],
    )

    await evening(service)

    ((_, said),) = await service.letters()
    assert "客服 21:00–次日09:00 没人当班：3月2日（周一）、3月3日（周二）" in said
    assert "名册上没有 gone" in said
    assert len(said.encode()) < 4096


async def test_whose_leave_begins_leaves_their_open_cases_to_the_lead_once(service: Service) -> None:
    zhang = UserId("zhangsan")

    async def write(work: Transaction) -> None:
        await work.orders.lock([an_order(number).key for number in ("DB1", "DB2", "DB3")])
        await work.orders.save(
            [an_order(number) for number in ("DB1", "DB2", "DB3")], Edition(book=BOOK), arm=True
        )
        await work.cases.save([
            a_case("DB1", owner=zhang),
            a_case("DB2", owner=zhang, stage=Stage.PICKUP, ended_at=EVENING, ended_how=Ended.MOVED),
            a_case("DB3", owner=UserId("zhaoliu")),
        ])  # fmt: skip

    await service.store.run("test", write)
    tenure = await a_tenure(service.store, service.clock)
    service.knows(overrides=[
        {"do": "leave", "userid": "zhangsan", "from": "2026-03-02 20:05", "to": "2026-03-05"},
        {"do": "leave", "userid": "zhaoliu", "from": "2026-02-27", "to": "2026-03-01"},
    ])  # fmt: skip

    await offer_cases(tenure, service.world)
    assert await service.letters() == []
    service.clock.advance(timedelta(minutes=5))
    await offer_cases(await a_tenure(service.store, service.clock), service.world)
    await offer_cases(await a_tenure(service.store, service.clock), service.world)

    ((to, said),) = await service.letters()
    assert to == "lisi"
    assert "张三 请假" in said
    assert "请安排人接手（2）：" in said
    assert "DB1" in said
    assert "DB2" in said
    assert "DB3" not in said


async def test_a_leave_that_is_told_while_it_is_on_begins_then(service: Service) -> None:
    await service.store.run("test", lambda work: work.cases.save([a_case("DB1", owner=UserId("zhangsan"))]))
    days, roster = timedelta(days=3), service.directory.roster
    leave = a_change(kind=ChangeKind.LEAVE, substitute=None, start=EVENING - days, end=EVENING + days)
    service.directory.roster = replace(roster, changes=(replace(leave, number=1, made_at=EVENING),))

    await offer_cases(await a_tenure(service.store, service.clock), service.world)

    assert [to for to, _ in await service.letters()] == ["lisi"]
