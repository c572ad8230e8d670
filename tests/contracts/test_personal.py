"""Where what is personal is kept, what leads to it, and how it is removed: as both databases have it."""

from dataclasses import dataclass
from dataclasses import replace as with_parts
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from bot.clock import ManualClock
from bot.directory import load_directory
from bot.ground import make_world
from bot.sealing import Seals
from bot.settings import load
from bot.storage.store import Store, Transaction
from bot.storage.trail import TrailFilter
from bot.storage.views import Views
from bot.verifying import verify
from handlers.intake import take_in
from handlers.messages import PHONE, Intake, Reported
from handlers.personal import Hidden, Revealed, forget, reveal
from handlers.trail import Way
from handlers.world import Rules, World
from rules.events import Customer, EventType, OrderKey, Personal, Sealed, Shop, UserId
from rules.orders import Order
from rules.roster import Roster
from tests.builders import LI, WANG, ZHANG, a_roster
from tests.contracts.backend import Backend, inside, rows, tables
from tests.contracts.builders import NOW, SEALS, a_key, a_report, in_

CLEAR, OTHER = "13800138000", "13812348000"
ADDRESS = "浙江省杭州市西湖区文三路90号"
ONE, TWO = a_key("DB1"), a_key("DB2")
OLD, LATER = in_(days=-200), in_(days=-180)


@pytest.fixture
async def world(store: Store) -> World:
    settings = load({})
    return make_world(
        settings, ManualClock(NOW), store, await load_directory(settings, store, NOW), b"secret"
    )


def created(number: str = "DB1", phone: str = CLEAR, **parts: Any) -> Reported:
    """An order whose customer's phone and address are told."""
    customer = {"name": "王女士", "phone": phone, "address": ADDRESS}
    return a_report(number, kind="order.created", customer=customer, **parts)


def sealed(phone: str) -> Sealed:
    return SEALS.seal(Personal.PHONE, phone, ONE.shop)


async def taken_in(store: Store, world: World, *reports: Reported) -> list[Intake]:
    return await inside(store, lambda work: take_in(work, world, reports, arm=False))


async def found(store: Store, key: OrderKey = ONE) -> Order:
    order = await inside(store, lambda work: work.orders.find(key))
    assert order is not None
    return order


async def forgotten(store: Store, limit: int = 100) -> int:
    return await inside(store, lambda work: forget(work, LATER, limit))


async def everything(store: Store, backend: Backend) -> str:
    """Every row of every table."""
    found = [await rows(store, f"SELECT * FROM {table}") for table in sorted(await tables(store, backend))]
    return "\n".join(str([dict(row) for row in table]) for table in found)


async def links(store: Store) -> list[tuple[str, str]]:
    asked = f"SELECT ref, order_no FROM links WHERE substr(ref, 1, 6) = '{PHONE}' ORDER BY 1, 2"
    return [(row["ref"], row["order_no"]) for row in await rows(store, asked)]


async def is_right(store: Store, world: World) -> bool:
    verdicts = await verify(store, world.directory.rules, ManualClock(NOW))
    return all(verdict.ok is not False for verdict in verdicts)


# --- kept -----------------------------------------------------------------------


async def test_no_row_of_any_table_holds_it_in_clear(store: Store, backend: Backend, world: World) -> None:
    parked = a_report("tracking:YT1", customer={"phone": CLEAR, "address": ADDRESS})
    assert await taken_in(store, world, created(), parked) == [Intake.ACCEPTED] * 2

    stored = await everything(store, backend)
    assert CLEAR not in stored
    assert "文三路" not in stored
    assert stored.count("138****8000") >= 3


async def test_a_repeat_is_a_duplicate_and_another_number_a_conflict(store: Store, world: World) -> None:
    await taken_in(store, world, created(id_="e"))

    answers = await taken_in(store, world, created(id_="e"), created(phone=OTHER, id_="e"))

    assert answers == [Intake.DUPLICATE, Intake.CONFLICT]


async def test_the_latest_that_was_told_counts_and_what_is_stored_folds_to_it(
    store: Store, world: World
) -> None:
    later = a_report("DB1", kind="order.changed", customer={"phone": OTHER}, at=in_(hours=1))
    await taken_in(store, world, later)
    await taken_in(store, world, created())

    customer = (await found(store)).customer

    assert customer.phone == sealed(OTHER)
    assert customer.address is not None
    assert await is_right(store, world)


async def test_no_event_is_tied_by_a_phone_number_or_a_customer(store: Store, world: World) -> None:
    shown = f"{PHONE}138****8000"
    chen = {"external_userid": "wmChen", "phone": CLEAR}
    await taken_in(store, world, a_report("DB1", kind="order.created", customer=chen))
    assert await links(store) == [(shown, "DB1")]

    for ref in (shown, "customer:wmChen"):
        await taken_in(store, world, a_report(ref, note="about nobody"), a_report("DB2", refs=[ref]))
        await taken_in(store, world, a_report("DB3", refs=[ref, "PAY-1"]), a_report("DB4", refs=[ref]))
    await taken_in(store, world, a_report(shown, refs=["DB2"]))

    assert await links(store) == [(shown, "DB1")]
    operation = (await found(store)).last_operation
    assert operation is not None
    assert operation.action == EventType.CREATED
    for number in ("DB1", "DB2", "DB3", "DB4", shown, "customer:wmChen"):
        assert (await found(store, a_key(number))).key.order_no == number
    assert await Views(store).keys_of([shown, "customer:wmChen"], None) == []
    assert await is_right(store, world)


async def numbers(views: Views, typed: str, *shops: str) -> list[str]:
    served = frozenset(map(Shop, shops)) or None
    return ["/".join(order.key) for order in await views.by_phone(typed, served, 3)]


async def test_orders_are_found_by_a_number_in_full_or_masked_newest_first(
    store: Store, world: World
) -> None:
    alike = "13812348000"
    await taken_in(
        store,
        world,
        created("DB1", at=in_(hours=-3)),
        created("DB2", shop="north", at=in_(hours=-1)),
        created("DB3", phone="+86 138-0013-8000", at=in_(hours=-2)),
        created("DB4", phone=alike, at=in_(hours=-4)),
        created("DB5", phone="021-12345678"),
    )
    views = Views(store, SEALS)

    assert await numbers(views, "138 0013 8000") == ["north/DB2", "main/DB3", "main/DB1"]
    assert await numbers(views, alike) == ["main/DB4"]
    assert await numbers(views, "138****8000") == ["north/DB2", "main/DB3", "main/DB1"]
    assert await numbers(views, "138＊＊＊＊8000", "north") == ["north/DB2"]
    assert await numbers(views, CLEAR, "main", "south") == ["main/DB3", "main/DB1"]
    assert await numbers(views, "02112345678") == await numbers(views, "****5678") == ["main/DB5"]
    for nobodys in ("13999999999", "DB1", "", "138****8001", "南"):
        assert await numbers(views, nobodys) == []


async def test_an_order_is_not_found_by_the_number_it_had_before(store: Store, world: World) -> None:
    changed = a_report("DB1", kind="order.changed", customer={"phone": "13900139000"}, at=in_(hours=1))
    await taken_in(store, world, created(), changed)
    views = Views(store, SEALS)

    assert await numbers(views, CLEAR) == await numbers(views, "138****8000") == []
    assert await numbers(views, "13900139000") == ["main/DB1"]


async def test_under_another_key_no_number_is_known_in_full(store: Store, world: World) -> None:
    await taken_in(store, world, created())

    assert await numbers(Views(store, Seals(b"another")), CLEAR) == []
    assert await numbers(Views(store, Seals(b"another")), "138****8000") == ["main/DB1"]


# --- seen in full -----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """A roster that does not change."""

    rules: Rules
    roster: Roster


def staffed(world: World, secret: bytes = b"secret") -> World:
    """With an agent, a lead of shop main alone, and a manager."""
    members = [
        {"userid": ZHANG, "name": "张三", "roles": ["agent"]},
        {"userid": LI, "name": "李四", "roles": ["lead"], "shops": ["main"]},
        {"userid": WANG, "name": "王五", "roles": ["manager"]},
    ]
    roster = a_roster(members=members)
    return with_parts(world, directory=Fixed(rules=world.directory.rules, roster=roster), seals=Seals(secret))


async def seen(
    store: Store, world: World, who: UserId, key: OrderKey = ONE
) -> tuple[Revealed | Hidden, list[tuple[str, str, Any]]]:
    """What somebody sees, and what the audit trail says of it."""
    answer = await inside(store, lambda work: reveal(work, world, key, who))
    lines = await Views(store).trail(TrailFilter(order=key), 10)
    return answer, [(line.entry.actor, line.entry.deed, dict(line.entry.detail)) for line in lines]


async def test_whoever_may_sees_it_in_full_and_each_look_is_a_line(store: Store, world: World) -> None:
    await taken_in(store, world, created())

    answer, _ = await seen(store, staffed(world), LI)
    again, lines = await seen(store, staffed(world), WANG)

    assert answer == again == Revealed(phone=CLEAR, address=ADDRESS)
    assert lines == [(who, "viewed.personal", {"fields": "phone address"}) for who in (WANG, LI)]
    (line, _) = await Views(store).trail(TrailFilter(order=ONE), 10)
    assert (line.entry.way, line.entry.subject, line.entry.at) == (Way.PAGE, "main/DB1", NOW)


async def test_a_line_says_what_there_was_to_see(store: Store, world: World) -> None:
    await taken_in(store, world, a_report("DB1", customer={"address": ADDRESS}))

    answer, lines = await seen(store, staffed(world), LI)

    assert answer == Revealed(phone=None, address=ADDRESS)
    assert lines == [(LI, "viewed.personal", {"fields": "address"})]


@pytest.mark.parametrize(
    ("who", "shop"), [(ZHANG, "main"), (LI, "north"), (UserId("stranger"), "main"), (UserId(""), "main")]
)
async def test_nobody_else_sees_it_and_each_attempt_is_a_line(
    store: Store, world: World, who: UserId, shop: str
) -> None:
    await taken_in(store, world, created(shop=shop))

    answer, lines = await seen(store, staffed(world), who, a_key("DB1", shop))

    assert answer is Hidden.NOT_THEIRS
    assert lines == [(who, "refused.personal", {})]


async def test_where_nothing_is_kept_nothing_is_seen(store: Store, world: World) -> None:
    await taken_in(store, world, a_report("DB2"))

    for key in (ONE, TWO):
        assert await seen(store, staffed(world), LI, key) == (Hidden.NOT_THERE, [])


async def test_under_another_key_it_is_said_that_it_cannot_be_read(store: Store, world: World) -> None:
    await taken_in(store, world, created())

    assert await seen(store, staffed(world, b"another"), LI) == (Hidden.SEALED_OTHERWISE, [])


async def test_nobody_sees_what_could_not_be_noted(store: Store, world: World) -> None:
    await taken_in(store, world, created())

    async def look_and_die(work: Transaction) -> None:
        assert isinstance(await reveal(work, staffed(world), ONE, LI), Revealed)
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        await inside(store, look_and_die)

    assert await Views(store).trail(TrailFilter(order=ONE), 10) == []


# --- removed --------------------------------------------------------------------


async def test_it_is_removed_from_orders_without_news_and_from_no_others(
    store: Store, backend: Backend, world: World
) -> None:
    news = a_report("DB2", kind="order.changed", region="华东", at=in_(days=-1))
    await taken_in(store, world, created(at=OLD), created("DB2", phone=OTHER, at=OLD), news)
    before = await found(store)

    assert await forgotten(store) == 2
    assert await forgotten(store) == 0

    assert (await found(store)).customer == Customer(name="王女士")
    assert await found(store) == replace(before, customer=Customer(name="王女士"))
    assert (await found(store, TWO)).customer.phone is not None
    assert await links(store) == [(f"{PHONE}138****8000", "DB2")]
    assert (await everything(store, backend)).count("s1:") == 4
    assert await is_right(store, world)


async def test_afterwards_a_late_repeat_is_a_duplicate_and_news_is_news(store: Store, world: World) -> None:
    first = created(at=OLD, id_="e")
    await taken_in(store, world, first)
    await forgotten(store)

    assert await taken_in(store, world, first) == [Intake.DUPLICATE]
    assert await taken_in(store, world, a_report("DB1", at=in_(days=-201))) == [Intake.ACCEPTED]
    assert await taken_in(store, world, created(at=NOW)) == [Intake.ACCEPTED]

    assert (await found(store)).customer.phone is not None
    assert await is_right(store, world)
    assert await forgotten(store) == 0


async def test_what_waits_for_its_order_is_not_kept_for_ever(
    store: Store, backend: Backend, world: World
) -> None:
    told = {"phone": CLEAR, "address": ADDRESS}
    await taken_in(
        store,
        world,
        a_report("tracking:YT1", customer=told, at=OLD),
        a_report("tracking:YT2", customer=told, at=OLD),
        a_report("tracking:YT2", at=NOW),
    )

    assert await forgotten(store) == 2

    assert (await everything(store, backend)).count("s1:") == 2
    linked = a_report("DB1", refs=["tracking:YT1", "tracking:YT2"])
    assert await taken_in(store, world, linked) == [Intake.ACCEPTED]
    assert (await found(store)).customer.phone is not None
    assert await is_right(store, world)


async def test_what_two_numbers_of_one_order_held_is_removed_together(
    store: Store, backend: Backend, world: World
) -> None:
    await taken_in(store, world, created("DB2", at=OLD), created("DB1", at=OLD))
    await taken_in(store, world, a_report("DB1", refs=["DB2"], at=OLD))
    await forgotten(store)

    assert "s1:" not in await everything(store, backend)
    assert await is_right(store, world)


async def test_many_are_removed_a_few_at_a_time_oldest_first(store: Store, world: World) -> None:
    ages = [OLD - timedelta(days=number) for number in range(5)]
    await taken_in(store, world, *(created(f"DB{place}", at=at) for place, at in enumerate(ages)))

    assert await forgotten(store, 2) == 2
    left = [(await found(store, a_key(f"DB{place}"))).customer.phone for place in range(5)]
    assert [phone is None for phone in left] == [False, False, False, True, True]
    assert [await forgotten(store, 2) for _ in range(3)] == [2, 1, 0]


async def test_nothing_is_removed_when_the_transaction_fails(store: Store, world: World) -> None:
    await taken_in(store, world, created(at=OLD))

    async def forget_and_die(work: Transaction) -> None:
        await forget(work, LATER, 100)
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        await inside(store, forget_and_die)

    assert (await found(store)).customer.phone is not None
    assert await is_right(store, world)
    assert await forgotten(store) == 1
