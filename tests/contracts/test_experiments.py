"""Experiments on either database: they start, grow, are looked at and end; once, whoever else does the same at once."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from bot.clock import ManualClock
from bot.directory import Directory, read_rules
from bot.ground import make_world
from bot.settings import load
from bot.storage.connection import Conflict, Table, Value
from bot.storage.dues import LETTERS
from bot.storage.experiments import experiments_before, looks_of, tallies_of
from bot.storage.store import Store, Transaction
from handlers import experiments
from handlers.arming import expose
from handlers.bus import on_due
from handlers.documents import Document, Origin
from handlers.experiments import Objection, Wish
from handlers.intake import take_in
from handlers.messages import DueKind
from handlers.trail import Doer, Way
from handlers.world import World
from rules.bookfile import parse_rule_book
from rules.editions import Rules
from rules.events import UserId
from rules.experiments import Finding, Part
from rules.exposures import Exposure
from rules.instants import from_ms
from rules.rosterfile import parse_roster
from rules.sequential import Arm
from rules.stages import Stage
from rules.trials import EVERYBODY, LOOK_EVERY, Ending, Experiment, Yardstick
from tests.builders import an_order as picked
from tests.contracts.backend import inside, rows
from tests.contracts.builders import NOW, a_draft, a_key, a_report, an_experiment, an_exposure, in_
from tests.contracts.listening import Listening

Result = TypeVar("Result")
YUNYING = Doer(actor="yunying", way=Way.PAGE)
SOONER = {"stages": {"picking": {"limits": [{"when": "not_started", "after": "30m"}]}}}
LATER = {"stages": {"picking": {"limits": [{"when": "not_started", "after": "90m"}]}}}
TEAM: dict[str, Any] = {
    "members": [
        {"userid": "zhangsan", "name": "张三", "roles": ["agent"]},
        {"userid": "wangwu", "name": "王五", "roles": ["manager"]},
        {"userid": "yunying", "name": "吴越", "roles": ["operations"]},
        {"userid": "guanli", "name": "管理", "roles": ["admin"]},
    ],
    "fallback": "wangwu",
}


def body(changes: Mapping[str, Any] | None = None) -> str:
    """A rule book as it is kept."""
    return parse_rule_book(changes or {}).model_dump_json(by_alias=True)


def a_wish(changes: Mapping[str, Any] = SOONER, *, base: int = 1, **fields: Any) -> Wish:
    return replace(
        Wish(title="拣货 30 分钟", book=body(changes), base=base, goals=[Yardstick.REACHED]), **fields
    )


@dataclass(slots=True, kw_only=True)
class Bench:
    """What experiments are made on: a store with the default rules, and a clock."""

    store: Store
    clock: ManualClock
    world: World
    directory: Directory

    async def do(self, deed: Callable[[Transaction, World], Awaitable[Result]]) -> Result:
        """Something in a transaction of its own."""
        return await inside(self.store, lambda work: deed(work, self.world))

    async def start(self, wish: Wish | None = None) -> Experiment | Objection:
        return await self.do(lambda work, world: experiments.start(work, world, wish or a_wish(), YUNYING))

    async def started(self, **fields: Any) -> Experiment:
        experiment = await self.start(a_wish(**fields))
        assert isinstance(experiment, Experiment)
        return experiment

    async def grow(self, id_: str, percent: int) -> Experiment | Objection:
        return await self.do(lambda work, world: experiments.grow(work, world, id_, percent, YUNYING))

    async def stop(self, id_: str) -> Experiment | Objection:
        return await self.do(lambda work, world: experiments.stop(work, world, id_, YUNYING))

    async def undo(self, id_: str) -> Experiment | Objection:
        return await self.do(lambda work, world: experiments.undo(work, world, id_, YUNYING))

    async def look(self) -> Finding | None:
        """An hour later."""
        self.clock.advance(LOOK_EVERY)
        return await self.do(experiments.look)

    async def publishes(self, changes: Mapping[str, Any]) -> None:
        """Somebody puts other rules in force."""
        await self.do(
            lambda work, _: work.documents.add(
                "rules", body(changes), NOW, author="lisi", origin=Origin.BOARD
            )
        )

    async def in_force(self) -> Document:
        newest = await self.do(lambda work, _: work.documents.newest("rules"))
        assert newest is not None
        return newest

    async def find(self, id_: str) -> Experiment:
        found = await self.do(lambda work, _: work.experiments.find(id_))
        assert found is not None
        return found

    async def expose(self, experiment: str, part: Part, n: int, **hits: int) -> None:
        """So many orders of a part that are judged already, of which so many hit."""
        judged = [
            an_exposure(experiment, f"{part}{number}", part=part, look_at=None, **_hits(number, hits))
            for number in range(n)
        ]
        await self.do(lambda work, _: work.experiments.judge(judged))

    async def letters(self) -> list[tuple[str, str]]:
        """To whom something was written, and what."""
        found = await rows(self.store, "SELECT addressee, content FROM letters ORDER BY id")
        return [(row["addressee"], row["content"]) for row in found]


def _hits(number: int, hits: Mapping[str, int]) -> dict[str, bool]:
    return {one: number < hits.get(one, 0) for one in ("reached", "quiet", "refunded", "complained")}


@pytest.fixture
async def bench(store: Store) -> Bench:
    settings, clock = load({}), ManualClock(NOW)
    await inside(store, lambda work: work.documents.add("rules", body(), NOW))
    directory = Directory(rules=await read_rules(NOW), roster=parse_roster(TEAM).compile())
    world = make_world(settings, clock, store, directory, b"secret")
    return Bench(store=store, clock=clock, world=world, directory=directory)


# --- what people do ------------------------------------------------------------------


async def test_it_starts_as_a_version_of_the_rules_that_a_tenth_of_the_orders_go_by(bench: Bench) -> None:
    experiment = await bench.started(draft="d1")
    assert (experiment.percent, experiment.began, experiment.edition) == (10, 2, 2)
    assert await bench.find(experiment.id) == experiment

    document = await bench.in_force()
    assert (document.version, document.body, document.origin) == (2, body(), Origin.TRIAL)
    assert (document.author, document.reason) == ("yunying", "试行「拣货 30 分钟」：10% 的订单")
    rules = await read_rules(NOW)
    keys = [a_key(f"DB{number}") for number in range(2_000)]
    tried = [key for key in keys if rules.for_order(key) is not rules.current]
    assert 150 < len(tried) < 250


async def test_it_grows_to_thirty_and_then_holds_for_all_and_can_be_taken_back(bench: Bench) -> None:
    experiment = await bench.started()
    small = await read_rules(NOW)
    assert await bench.grow(experiment.id, EVERYBODY) is Objection.OVER
    assert isinstance(await bench.grow(experiment.id, 30), Experiment)
    assert await bench.grow(experiment.id, 30) is Objection.OVER
    large = await read_rules(NOW)
    keys = [a_key(f"DB{number}") for number in range(500)]
    were = {key for key in keys if small.for_order(key) is not small.current}
    are = {key for key in keys if large.for_order(key) is not large.current}
    assert were < are

    adopted = await bench.grow(experiment.id, EVERYBODY)
    assert isinstance(adopted, Experiment)
    assert (adopted.ending, adopted.ended_by) == (Ending.ADOPTED, "yunying")
    document = await bench.in_force()
    assert (document.version, document.body, document.trial) == (4, body(SOONER), None)
    assert await bench.stop(experiment.id) is Objection.OVER

    undone = await bench.undo(experiment.id)
    assert isinstance(undone, Experiment)
    assert undone.undone_by == "yunying"
    assert (await bench.in_force()).body == body()
    assert await bench.undo(experiment.id) is Objection.OVER


async def test_it_is_stopped_in_one_click_and_another_one_may_begin(bench: Bench) -> None:
    experiment = await bench.started()
    stopped = await bench.stop(experiment.id)
    assert isinstance(stopped, Experiment)
    assert stopped.ending is Ending.STOPPED
    document = await bench.in_force()
    assert (document.version, document.body, document.trial) == (3, body(), None)
    assert document.reason == "试行「拣货 30 分钟」结束：已停止"
    assert await bench.undo(experiment.id) is Objection.OVER
    assert (await bench.started(base=3)).began == 4


async def test_a_draft_that_was_adopted_is_done_unless_it_was_changed_since(bench: Bench) -> None:
    same, changed = a_draft(id="same"), a_draft(id="changed", changed_at=in_(minutes=1))
    for draft in (same, changed):
        await bench.do(lambda work, _, one=draft: work.drafts.add(one))
        experiment = await bench.started(draft=draft.id, base=(await bench.in_force()).version)
        await bench.grow(experiment.id, 30)
        await bench.grow(experiment.id, EVERYBODY)
        await bench.undo(experiment.id)

    after = [await bench.do(lambda work, _, one=draft: work.drafts.find(one.id)) for draft in (same, changed)]
    assert [draft and draft.published for draft in after] == [4, None]


async def test_other_words_are_tried_only_when_somebody_else_has_agreed_to_the_draft_as_it_is(
    bench: Bench,
) -> None:
    words = "---\ntitle: x\nfacts: [order_no]\n---\n{{ order_no }}"
    changes = {"replies": [{"name": "payment", "text": words}]}
    agreed = {"approved_by": UserId("zhuguan"), "approved_at": NOW}
    drafts = (
        a_draft(id="nobody"),
        a_draft(id="before", revision=3, approved_revision=2, **agreed),
        a_draft(id="now", revision=3, approved_revision=3, **agreed),
    )
    for draft in drafts:
        await bench.do(lambda work, _, one=draft: work.drafts.add(one))
    tried = [await bench.start(a_wish(changes, draft=id_)) for id_ in ("none", "nobody", "before", "now")]
    assert tried[:3] == [Objection.UNAPPROVED] * 3
    assert isinstance(tried[3], Experiment)
    assert await bench.start(a_wish(changes)) is Objection.BUSY


@pytest.mark.parametrize(
    ("wish", "objection"),
    [
        (a_wish(goals=[]), Objection.NO_GOAL),
        (a_wish(goals=[Yardstick.REFUNDED]), Objection.NO_GOAL),
        (a_wish(book="{}}"), Objection.FAULTY),
        (a_wish(book='{"max_age": "soon"}'), Objection.FAULTY),
        (a_wish({}), Objection.SAME),
        (a_wish({"storm": {"threshold": 9}}), Objection.SAME),
        (a_wish(base=7), Objection.OTHER_BASE),
    ],
)
async def test_what_cannot_be_compared_is_refused(bench: Bench, wish: Wish, objection: Objection) -> None:
    assert await bench.start(wish) is objection
    assert (await bench.in_force()).version == 1


async def test_what_was_made_from_other_rules_is_refused(bench: Bench) -> None:
    await bench.publishes(LATER)
    assert await bench.start(a_wish(base=1)) is Objection.OTHER_BASE
    assert isinstance(await bench.start(a_wish(base=2)), Experiment)


async def test_there_is_one_at_a_time(bench: Bench) -> None:
    await bench.started()
    assert await bench.start(a_wish(LATER, base=2)) is Objection.BUSY


async def test_of_two_that_are_started_at_once_one_is(bench: Bench) -> None:
    found = await asyncio.gather(bench.start(), bench.start(a_wish(LATER)), bench.start(a_wish(LATER)))
    assert sorted(isinstance(one, Experiment) for one in found) == [False, False, True]
    assert (await bench.in_force()).version == 2


async def test_what_nobody_knows_is_told_so(bench: Bench) -> None:
    answers = [await bench.grow("x", 30), await bench.stop("x"), await bench.undo("x")]
    assert answers == [Objection.UNKNOWN] * 3


async def test_what_was_adopted_is_not_taken_back_over_what_came_later(bench: Bench) -> None:
    experiment = await bench.started()
    await bench.grow(experiment.id, 30)
    await bench.grow(experiment.id, EVERYBODY)
    await bench.publishes(LATER)
    assert await bench.undo(experiment.id) is Objection.CHANGED
    assert (await bench.in_force()).body == body(LATER)


async def test_without_any_rules_nothing_is_tried(store: Store) -> None:
    directory = Directory(
        rules=Rules.only(parse_rule_book({}).compile(1)), roster=parse_roster(TEAM).compile()
    )
    world = make_world(load({}), ManualClock(NOW), store, directory, b"secret")
    with pytest.raises(LookupError):
        await inside(store, lambda work: experiments.start(work, world, a_wish(), YUNYING))


async def test_the_newest_come_first_a_page_at_a_time(bench: Bench) -> None:
    ids = [f"{letter}0" for letter in "0aef"]
    for id_ in ids:
        await bench.do(
            lambda work, _, one=id_: work.experiments.save(an_experiment(id=one, ending=Ending.STOPPED))
        )
    async with bench.store.reading() as connection:
        first = await experiments_before(connection, None, 3)
        second = await experiments_before(connection, first[-1].id, 3)
    assert [one.id for one in first + second] == ids[::-1]


async def test_each_deed_stands_in_the_audit_trail(bench: Bench) -> None:
    experiment = await bench.started()
    await bench.grow(experiment.id, 30)
    await bench.grow(experiment.id, EVERYBODY)
    await bench.undo(experiment.id)
    lines = await rows(bench.store, "SELECT actor, deed, subject FROM audit_trail ORDER BY id")
    assert [(line["actor"], line["deed"]) for line in lines] == [
        ("yunying", f"experiment.{deed}") for deed in ("started", "grew", "ended", "undone")
    ]
    assert {line["subject"] for line in lines} == {experiment.id}


# --- other rules in between -----------------------------------------------------------


async def test_it_ends_when_other_rules_are_published_and_whoever_started_it_hears_of_it(
    bench: Bench,
) -> None:
    experiment = await bench.started()
    await bench.publishes(LATER)
    assert await bench.look() is None
    assert await bench.look() is None

    over = await bench.find(experiment.id)
    assert (over.ending, over.ended_by) == (Ending.SUPERSEDED, "lisi")
    assert (await bench.in_force()).version == 3
    ((to, said),) = await bench.letters()
    assert to == "yunying"
    assert "规则试行「拣货 30 分钟」已结束" in said
    assert "/experiments" in said


async def test_nobody_needs_to_wait_for_the_look_to_start_another_one(bench: Bench) -> None:
    first = await bench.started()
    await bench.publishes(LATER)
    assert isinstance(await bench.start(a_wish({}, base=3)), Experiment)
    assert (await bench.find(first.id)).ending is Ending.SUPERSEDED
    assert await bench.grow(first.id, 30) is Objection.OVER


async def test_who_grows_what_was_superseded_meanwhile_changes_nothing(bench: Bench) -> None:
    experiment = await bench.started()
    await bench.publishes(LATER)
    assert await bench.grow(experiment.id, 30) is Objection.OVER
    assert (await bench.find(experiment.id)).ending is Ending.SUPERSEDED
    assert (await bench.in_force()).version == 3


# --- what the looks find ----------------------------------------------------------------


async def test_harm_ends_it_by_itself_once_and_is_told_with_its_numbers(bench: Bench) -> None:
    experiment = await bench.started()
    await bench.expose(experiment.id, Part.TRIED, 300, reached=150, quiet=300, complained=90)
    await bench.expose(experiment.id, Part.CONTROL, 300, reached=150, quiet=300, complained=15)
    bench.clock.advance(LOOK_EVERY)
    found = await asyncio.gather(*(bench.do(experiments.look) for _ in range(3)))
    assert sorted(map(str, found)) == ["None", "None", "harmful"]

    over = await bench.find(experiment.id)
    assert (over.ending, over.ended_by, over.found) == (Ending.HARMFUL, None, Finding.HARMFUL)
    document = await bench.in_force()
    assert (document.version, document.body, document.trial, document.author) == (3, body(), None, None)
    letters = await bench.letters()
    assert {to for to, _ in letters} == {"wangwu|yunying"}
    (said,) = {said for _, said in letters}
    assert "带来害处，已自动停止" in said
    assert "顾客先来问（不能多）：试 30.0%（90/300），对照 5.0%（15/300），差 +25.0 点" in said
    assert "试新规则 300 笔，对照 300 笔" in said

    async with bench.store.reading() as connection:
        (look,) = await looks_of(connection, experiment.id, 10)
    assert (look.found, look.exposed) == (Finding.HARMFUL, {Part.TRIED: 300, Part.CONTROL: 300})
    assert look.arms[Part.TRIED][Yardstick.COMPLAINED] == Arm(n=300, hits=90)


@pytest.mark.parametrize(("tried", "ending"), [(300, Ending.WORSE), (600, Ending.SPOILT)])
async def test_what_is_worse_ends_too_and_so_does_what_cannot_be_compared(
    bench: Bench, tried: int, ending: Ending
) -> None:
    experiment = await bench.started()
    await bench.expose(experiment.id, Part.TRIED, tried, reached=100)
    await bench.expose(experiment.id, Part.CONTROL, 300, reached=200)
    await bench.look()
    assert (await bench.find(experiment.id)).ending is ending
    assert (await bench.in_force()).trial is None


async def test_what_is_better_goes_on_and_is_told_once_for_each_share(bench: Bench) -> None:
    experiment = await bench.started()
    await bench.expose(experiment.id, Part.TRIED, 300, reached=240)
    await bench.expose(experiment.id, Part.CONTROL, 300, reached=120)
    assert await bench.look() is Finding.BETTER
    assert await bench.look() is Finding.BETTER
    assert len(await bench.letters()) == 1
    assert (await bench.find(experiment.id)).runs
    await bench.grow(experiment.id, 30)
    assert await bench.look() is Finding.BETTER
    assert len(await bench.letters()) == 2


async def test_it_is_looked_at_once_an_hour(bench: Bench) -> None:
    await bench.started()
    assert await bench.do(experiments.look) is None
    assert await bench.look() is Finding.OPEN
    assert await bench.do(experiments.look) is None
    bench.clock.advance(timedelta(minutes=59))
    assert await bench.do(experiments.due) is None
    bench.clock.advance(timedelta(minutes=1))
    assert await bench.do(experiments.due) is not None


async def test_where_nothing_is_tried_there_is_nothing_to_do(bench: Bench) -> None:
    assert await bench.do(experiments.look) is None
    assert await bench.do(lambda work, world: experiments.judge(work, world, 10)) == 0


async def test_where_nobody_edits_rules_the_last_resort_hears_of_it_or_nobody(bench: Bench) -> None:
    for roster, told in (([TEAM["members"][0]], 1), ([], 1)):
        bench.directory.roster = replace(
            bench.directory.roster,
            members={
                userid: member
                for userid, member in bench.directory.roster.members.items()
                if any(one["userid"] == userid for one in roster)
            },
            fallback=None if not roster else bench.directory.roster.fallback,
        )
        experiment = await bench.started(base=(await bench.in_force()).version)
        await bench.expose(experiment.id, Part.TRIED, 300, complained=90)
        await bench.expose(experiment.id, Part.CONTROL, 300, complained=15)
        assert await bench.look() is Finding.HARMFUL
        assert len(await bench.letters()) == told


async def _stopped(bench: Bench, id_: str) -> None:
    await bench.stop(id_)


async def _adopted(bench: Bench, id_: str) -> None:
    for percent in (30, EVERYBODY):
        await bench.grow(id_, percent)


async def _superseded(bench: Bench, _: str) -> None:
    await bench.publishes(LATER)
    await bench.look()


@pytest.mark.parametrize("end", [_stopped, _adopted, _superseded])
async def test_what_it_had_come_to_at_its_end_is_remembered_however_it_ends(
    bench: Bench, end: Callable[[Bench, str], Awaitable[None]]
) -> None:
    experiment = await bench.started()
    await bench.expose(experiment.id, Part.TRIED, 60, reached=30)
    await bench.expose(experiment.id, Part.CONTROL, 50, reached=20)
    await end(bench, experiment.id)
    over = await bench.find(experiment.id)
    async with bench.store.reading() as connection:
        (look,) = await looks_of(connection, experiment.id, 10)
        assert look.tallies == await tallies_of(connection, experiment.id)
    assert (look.at, look.exposed) == (over.ended_at, {Part.TRIED: 60, Part.CONTROL: 50})


# --- exposures ---------------------------------------------------------------------------


async def test_orders_of_both_parts_are_exposed_once_when_their_limits_are_set(bench: Bench) -> None:
    experiment = await bench.started()
    bench.directory.rules = await read_rules(NOW)
    orders = [picked(stage=Stage.PICKING, key=a_key(f"DB{number}")) for number in range(200)]
    split = experiment.split

    async def arm(work: Transaction, world: World) -> None:
        await expose(orders, work, world, world.now())

    for _ in range(2):
        await bench.do(arm)
        async with bench.store.reading() as connection:
            found = await tallies_of(connection, experiment.id)
        parts = Counter(split.part_of(order.key) for order in orders)
        assert {part: tally.exposed for part, tally in found.items()} == {
            part: parts[part] for part in (Part.TRIED, Part.CONTROL)
        }


@dataclass
class Counting(Listening):
    """A connection that remembers as well which tables it was to write to."""

    written: list[str] = field(default_factory=list[str])

    async def write(self, table: Table, rows: Iterable[Sequence[Value]], conflict: Conflict) -> None:
        known = list(rows)
        self.written += [table.name] if known else []
        await super().write(table, known, conflict)


async def hot_path(bench: Bench, numbers: Sequence[str]) -> tuple[list[str], list[str]]:
    """What is asked, and which tables are written to, while orders are taken in that are late ten minutes later."""
    at = bench.clock.now()
    async with bench.store.reading() as connection:
        counting = Counting(connection)
        work = Transaction(counting)
        reports = [a_report(number, at=at, stage="payment", status="started") for number in numbers]
        await take_in(work, bench.world, reports)
        bench.clock.advance(timedelta(minutes=10))
        assert (await on_due(work, bench.world, 100)).taken == len(numbers)
        await connection.execute("DELETE FROM due")
    return [sql for sql, _ in counting.asked + counting.told], counting.written


async def test_without_a_trial_nothing_is_added_to_the_hot_path_and_with_one_a_single_write(
    bench: Bench,
) -> None:
    wish = {"stages": {"payment": {"limits": [{"when": "not_completed", "after": "3m"}]}}}
    before, written = await hot_path(bench, ["DB1"])
    experiment = await bench.started(book=body(wish))
    bench.directory.rules = await read_rules(NOW)
    keys = (a_key(f"X{number}") for number in range(1_000))
    chosen = [key.order_no for key in keys if experiment.split.part_of(key) is not Part.OUTSIDE][:20]
    during, written_during = await hot_path(bench, chosen)

    assert not any("exposures" in sql or "experiments" in sql for sql in before + during)
    assert "exposures" not in written
    assert written_during.count("exposures") == 1
    assert len(during) == len(before)


async def test_news_by_which_no_book_goes_compares_nothing(bench: Bench) -> None:
    wish = {"stages": {"payment": {"limits": [{"when": "not_completed", "after": "3m"}]}}}
    experiment = await bench.started(book=body(wish))
    number = _one_of(experiment, Part.CONTROL)
    started = a_report(number, stage="payment", status="started")
    await bench.do(lambda work, world: take_in(work, world, [started]))
    bench.directory.rules = await read_rules(NOW)

    for news, told in (
        (a_report(number, kind="customer.contacted", channel="phone"), 0),
        (a_report(number, stage="payment", status="failed"), 1),
    ):
        await bench.do(lambda work, world, news=news: take_in(work, world, [news]))
        assert len(await rows(bench.store, "SELECT order_no FROM exposures")) == told


async def test_what_can_be_judged_is_judged_by_parts_and_what_cannot_waits(bench: Bench) -> None:
    experiment = await bench.started(goals=[Yardstick.REACHED, Yardstick.RESOLVED])
    exposures = [an_exposure(experiment.id, f"DB{n}", part=Part.CONTROL) for n in range(3)]

    async def note(work: Transaction, _: World) -> None:
        await work.experiments.expose(exposures)
        await work.experiments.expose([replace(one, part=Part.TRIED) for one in exposures])

    await bench.do(note)
    assert await bench.do(lambda work, world: experiments.judge(work, world, 2)) == 0
    bench.clock.advance(timedelta(hours=1))
    assert await bench.do(lambda work, world: experiments.judge(work, world, 2)) == 2
    assert await bench.do(lambda work, world: experiments.judge(work, world, 2)) == 1
    async with bench.store.reading() as connection:
        found = await tallies_of(connection, experiment.id)
    assert found[Part.CONTROL].exposed == 3
    assert found[Part.CONTROL].arms[Yardstick.QUIET] == Arm(n=3, hits=3)
    assert found[Part.CONTROL].arms[Yardstick.RESOLVED] == Arm(n=0, hits=0)

    bench.clock.advance(timedelta(days=3))
    assert await bench.do(lambda work, world: experiments.judge(work, world, 9)) == 3
    async with bench.store.reading() as connection:
        found = await tallies_of(connection, experiment.id)
    assert found[Part.CONTROL].arms[Yardstick.RESOLVED] == Arm(n=3, hits=3)


async def test_an_order_that_turns_out_to_be_another_one_is_counted_no_more(bench: Bench) -> None:
    gone = an_exposure("x", "DB1")

    async def merge(work: Transaction, _: World) -> list[Exposure]:
        await work.experiments.expose([gone])
        await work.orders.merge(gone.order, a_key("DB2"))
        return await work.experiments.to_judge("x", in_(days=9), 10)

    assert await bench.do(merge) == []


async def test_a_ladder_alone_is_tried_by_those_orders_that_are_to_and_told_of_both_parts(
    bench: Bench,
) -> None:
    ladder = [{"after": "1m", "do": "push", "to": "duty_manager"}]
    experiment = await bench.started(changes={"ladder": ladder})
    bench.directory.rules = await read_rules(NOW)
    numbers = {part: _one_of(experiment, part) for part in Part}
    reports = [
        a_report(number, at=bench.clock.now(), stage="payment", status="started")
        for number in numbers.values()
    ]
    await bench.do(lambda work, world: take_in(work, world, reports))
    bench.clock.advance(timedelta(minutes=10))
    await bench.do(lambda work, world: on_due(work, world, 10))

    armed = await rows(
        bench.store, f"SELECT order_no, due_at FROM due WHERE live AND kind = '{LETTERS[DueKind.LADDER]}'"
    )
    after = {row["order_no"]: from_ms(row["due_at"]) - bench.clock.now() for row in armed}
    assert after[numbers[Part.TRIED]] == timedelta(minutes=1)
    assert after[numbers[Part.CONTROL]] == after[numbers[Part.OUTSIDE]] > timedelta(minutes=2)
    exposed = await rows(bench.store, "SELECT order_no, part FROM exposures")
    assert {row["part"]: row["order_no"] for row in exposed} == {
        part: numbers[part] for part in (Part.TRIED, Part.CONTROL)
    }


def _one_of(experiment: Experiment, part: Part) -> str:
    """The number of an order that is in that part."""
    keys = (a_key(f"DB{number}") for number in range(1_000))
    return next(key.order_no for key in keys if experiment.split.part_of(key) is part)
