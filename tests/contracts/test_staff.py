"""What WeCom says of people is kept, and every change of it is noticed."""

from bot.storage.staff import Trace, known_staff, trace_of_staff
from bot.storage.store import Store
from rules.events import UserId
from rules.staff import Employment, Staff, StaffMember
from tests.contracts.backend import inside
from tests.contracts.builders import NOW, in_

ZHANG = StaffMember(
    userid=UserId("zhangsan"),
    name="张三",
    employment=Employment.ACTIVE,
    departments=frozenset({"客服部", "7"}),
    tags=frozenset({"值班"}),
)
LI = StaffMember(userid=UserId("lisi"), name="李四", employment=Employment.INACTIVE)


async def trace(store: Store) -> Trace:
    async with store.reading() as connection:
        return await trace_of_staff(connection)


async def save(store: Store, *members: StaffMember) -> int:
    return len(await inside(store, lambda work: work.staff.save(members)))


async def test_people_come_back_as_they_were_saved(store: Store) -> None:
    assert await known_staff() == Staff()
    assert await save(store, ZHANG, LI) == 2

    assert (await known_staff()).members == {ZHANG.userid: ZHANG, LI.userid: LI}


async def test_only_what_differs_is_a_change(store: Store) -> None:
    await save(store, ZHANG, LI)
    before = await trace(store)

    assert await save(store, ZHANG, LI) == 0
    assert await save(store) == 0
    assert await trace(store) == before
    assert await save(store, StaffMember(userid=LI.userid, name="李四", employment=Employment.LEFT)) == 1
    assert await trace(store) != before


async def test_somebody_is_marked_as_gone_and_comes_back_with_what_was_known(store: Store) -> None:
    await save(store, ZHANG)
    before = await trace(store)

    await inside(store, lambda work: work.staff.mark(ZHANG.userid, Employment.LEFT))
    assert (await known_staff()).is_gone(ZHANG.userid)
    left = await trace(store)
    assert left != before
    await inside(store, lambda work: work.staff.mark(ZHANG.userid, Employment.LEFT))
    assert await trace(store) == left
    await inside(store, lambda work: work.staff.mark(ZHANG.userid, Employment.ACTIVE))
    assert (await known_staff()).members == {ZHANG.userid: ZHANG}


async def test_whoever_was_not_asked_about_yet_can_be_marked(store: Store) -> None:
    await inside(store, lambda work: work.staff.mark(UserId("wangwu"), Employment.DISABLED))
    assert (await known_staff()).is_gone(UserId("wangwu"))


async def test_other_ids_lead_to_a_userid_and_the_latest_counts(store: Store) -> None:
    await inside(store, lambda work: work.staff.learn({"woA": UserId("zhangsan")}, NOW))
    before = await trace(store)
    await inside(store, lambda work: work.staff.learn({"woA": UserId("lisi")}, in_(seconds=1)))
    await inside(store, lambda work: work.staff.learn({}, in_(seconds=2)))

    assert (await known_staff()).userid("woA") == "lisi"
    assert (await known_staff()).userid("woB") == "woB"
    assert await trace(store) != before
