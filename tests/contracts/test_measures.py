"""Do the sums of the measures say what every case says by itself?"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest

from bot.storage.connection import Connection
from bot.storage.measureddays import MeasuredDays
from bot.storage.measures import MeasureFilter, measured
from bot.storage.store import Store
from bot.storage.views import Views
from handlers.outbox import LetterKind
from rules.anomalies import Anomaly, Ended
from rules.delivery import DeliveryState
from rules.events import Shop, UserId
from rules.golden import Share, Waits
from rules.measures import Measure, Measures
from rules.reaching import Means, Needless
from rules.reasons import Reason, ReasonSource, Verdict
from rules.stages import Kind, Priority, Stage
from tests.contracts.backend import inside
from tests.contracts.builders import NOW, a_case, a_letter, a_task, in_

COMPLAINT = timedelta(minutes=7)
SINCE, UNTIL = in_(days=-14), in_(days=1)
LISI = UserId("lisi")
Pick = Callable[[Anomaly], bool]


def town() -> list[Anomaly]:
    """Cases of two shops with all that can become of one, noticed over twenty days."""
    random = Random(7)
    return [a_drawn_case(random, number) for number in range(250)]


def a_drawn_case(random: Random, number: int) -> Anomaly:
    opened = in_(minutes=-random.randrange(20 * 24 * 60), seconds=-random.randrange(60))

    def after(most: int) -> timedelta:
        return timedelta(seconds=random.randrange(1, most))

    case = a_case(
        f"DB{number}",
        shop=random.choice("ab"),
        opened_at=opened,
        raised_at=opened,
        stage=random.choice([Stage.PICKING, Stage.PICKUP]),
        kind=random.choice([Kind.NOT_STARTED, Kind.NO_UPDATE]),
        book_version=random.choice([1, 2]),
        lane=random.choice([None, "vip"]),
        silent=random.random() < 0.1,
        priority=random.choice(list(Priority)),
    )
    if random.random() < 0.2:
        case = replace(case, called_at=opened + after(1200))
    if random.random() < 0.2:  # healed by itself
        end = opened + after(3600)
        reason = Verdict(reason=Reason.PACKING_DELAYED)
        return replace(
            case,
            ended_at=end,
            ended_how=Ended.MOVED,
            reason=reason,
            reason_source=ReasonSource.EVIDENCE,
            closed_at=end,
        )
    if random.random() < 0.85:
        claimed = opened + after(900)
        case = replace(
            case, owner=random.choice([LISI, UserId("me")]), claimed_at=claimed, touched_at=claimed
        )
    if random.random() < 0.8:
        reached = opened + after(1500)
        case = replace(
            case,
            reached_at=reached,
            first_reached_at=reached,
            reached_how=Means.KF,
            touched_at=case.touched_at or reached,
        )
    elif random.random() < 0.3:
        case = replace(
            case,
            waived_by=LISI,
            waived_at=opened,
            waived_why=Needless.TEST,
            touched_at=case.touched_at or opened,
        )
    if random.random() < 0.7:
        case = replace(
            case, ended_at=opened + after(7200), ended_how=random.choice([Ended.MOVED, Ended.REFUNDED])
        )
    if random.random() < 0.1:
        case = replace(case, reopenings=1, reopened_at=opened + after(9000))
    if case.ended_at and (case.reached_at or case.waived_by) and random.random() < 0.9:
        reason = Verdict(reason=Reason.OUT_OF_STOCK)
        closed = case.ended_at + after(100_000)
        case = replace(case, reason=reason, reason_source=ReasonSource.AGENT, closed_at=closed)
    return replace(case, escalated_at=opened) if random.random() < 0.2 else case


# --- the same, case by case --------------------------------------------------------


def answerable(case: Anomaly) -> bool:
    return not case.silent and case.waived_by is None and not case.self_healed


def closed(case: Anomaly) -> bool:
    return case.closed_at is not None and not case.self_healed


def waits(found: Iterable[timedelta | None]) -> Waits:
    counts = Counter[int]()
    for took in found:
        if took is not None:
            seconds = took // timedelta(seconds=1)
            counts[seconds if seconds < 3600 else seconds // 60 * 60] += 1
    return Waits(dict(counts))


def share(of: Iterable[Anomaly], part: Pick) -> Share:
    listed = list(of)
    return Share(sum(map(part, listed)), len(listed))


def reached_within(case: Anomaly, most: timedelta) -> bool:
    return case.first_reached_at is not None and case.first_reached_at - case.opened_at <= most


def before_the_customer(case: Anomaly) -> bool:
    first = case.first_reached_at
    return first is not None and (case.called_at is None or first <= case.called_at)


def by_hand(cases: list[Anomaly]) -> tuple[dict[Measure, Waits], dict[Measure, Share]]:
    ours, done = [case for case in cases if answerable(case)], [case for case in cases if closed(case)]

    def due(most: timedelta) -> list[Anomaly]:
        return [case for case in ours if case.first_reached_at or case.opened_at + most < NOW]

    ten, fifteen, long_ago = timedelta(minutes=10), timedelta(minutes=15), NOW - timedelta(hours=72)
    times = {
        Measure.CLAIM: waits(case.claimed_at and case.claimed_at - case.opened_at for case in ours),
        Measure.CONTACT: waits(
            case.first_reached_at and case.first_reached_at - case.opened_at for case in ours
        ),
        Measure.CLOSE: waits(case.closed_at and case.closed_at - case.opened_at for case in done),
        Measure.HANDLING: waits(
            case.closed_at and case.closed_at - (case.claimed_at or case.touched_at or case.opened_at)
            for case in done
        ),
    }
    settled = [
        case
        for case in cases
        if not case.self_healed and ((case.closed_at and case.closed_at <= long_ago) or case.reopenings)
    ]
    over = [case for case in cases if case.ended_at and not case.self_healed]
    return times, {
        Measure.WITHIN_TEN: share(due(ten), lambda case: reached_within(case, ten)),
        Measure.WITHIN_FIFTEEN: share(
            due(fifteen), lambda case: reached_within(case, fifteen) and before_the_customer(case)
        ),
        Measure.BEFORE_COMPLAINT: share(due(COMPLAINT), lambda case: reached_within(case, COMPLAINT)),
        Measure.FIRST_RESOLUTION: share(settled, lambda case: not case.reopenings),
        Measure.REFUNDED: share(
            over,
            lambda case: (
                case.ended_how is Ended.REFUNDED
                and (
                    case.first_reached_at is None
                    or (case.ended_at is not None and case.first_reached_at > case.ended_at)
                )
            ),
        ),
        Measure.ALONE: share(done, lambda case: case.escalated_at is None),
    }


async def looked(store: Store, **parts: object) -> Measures:
    wanted = replace(MeasureFilter(since=SINCE, until=UNTIL), **parts)  # type: ignore[arg-type]
    async with store.snapshot() as connection:
        return await measured(connection, wanted, COMPLAINT, NOW)


async def test_days_that_are_over_are_counted_once_in_a_while(store: Store) -> None:
    days, wanted = MeasuredDays(), MeasureFilter(since=SINCE, until=UNTIL)
    *others, last = sorted(town(), key=lambda case: case.opened_at)

    async def looked_at(now: datetime) -> Measures:
        async with store.snapshot() as connection:
            return await days.measured(connection, wanted, COMPLAINT, now)

    await inside(store, lambda work: work.cases.save(others))
    first = await looked_at(NOW)
    assert first == await looked(store)

    await inside(store, lambda work: work.cases.save([replace(last, opened_at=in_(days=-10))]))
    assert (await looked_at(NOW)).waits == first.waits
    later = await looked_at(NOW + timedelta(days=1))
    assert later.opened == first.opened + 1


async def test_who_waits_for_a_count_holds_no_connection(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    views, wanted = Views(store), MeasureFilter(since=SINCE, until=UNTIL)
    taken, snapshot = 0, store.snapshot

    @asynccontextmanager
    async def counted_snapshot() -> AsyncGenerator[Connection]:
        nonlocal taken
        taken += 1
        async with snapshot() as connection:
            assert taken == 1
            await asyncio.sleep(0)
            yield connection
        taken -= 1

    monkeypatch.setattr(store, "snapshot", counted_snapshot)
    looks = (views.measures(wanted, COMPLAINT, NOW) for _ in range(5))
    assert [found.opened for found in await asyncio.gather(*looks)] == [0] * 5


async def test_today_is_counted_whenever_somebody_looks(store: Store) -> None:
    days, wanted = MeasuredDays(), MeasureFilter(since=SINCE, until=UNTIL)
    for number in (1, 2):
        await inside(store, lambda work, number=number: work.cases.save([a_case(f"DB{number}")]))
        async with store.snapshot() as connection:
            assert (await days.measured(connection, wanted, COMPLAINT, NOW)).opened == number


WHICH: dict[str, tuple[dict[str, object], Pick]] = {
    "all": ({}, lambda _: True),
    "shop": ({"shops": frozenset({Shop("a")})}, lambda case: case.order.shop == "a"),
    "no_shop": ({"shops": frozenset[Shop]()}, lambda _: False),
    "stage": ({"stage": Stage.PICKUP}, lambda case: case.stage is Stage.PICKUP),
    "lane": ({"lane": "vip"}, lambda case: case.lane == "vip"),
    "agent": ({"owner": LISI}, lambda case: case.owner == LISI),
}


@pytest.mark.parametrize("which", WHICH)
async def test_the_sums_are_those_of_every_case_by_itself(store: Store, which: str) -> None:
    (parts, pick), cases = WHICH[which], town()
    await inside(store, lambda work: work.cases.save(cases))
    theirs = [case for case in cases if SINCE <= case.opened_at < UNTIL and pick(case)]

    found = await looked(store, **parts)

    times, shares = by_hand(theirs)
    assert found.opened == len(theirs)
    assert found.waits == times
    assert found.shares == shares
    decided = [case for case in theirs if case.self_healed or case.touched_at]
    assert found.healed == share(decided, lambda case: case.self_healed)
    rules = {(one.stage, one.kind, one.book_version): one.share for one in found.healing}
    for rule in {(case.stage, case.kind, case.book_version) for case in theirs}:
        of_rule = [case for case in decided if (case.stage, case.kind, case.book_version) == rule]
        assert rules.pop(rule) == share(of_rule, lambda case: case.self_healed)
    assert rules == {}


async def test_tasks_and_messages_are_looked_up_for_the_newest(store: Store) -> None:
    reason = Verdict(reason=Reason.OUT_OF_STOCK)
    cases = [
        a_case(
            f"DB{number}", touched_at=NOW, reached_at=NOW, first_reached_at=NOW, ended_at=NOW, ended_how=Ended.MOVED,
            reason=reason, reason_source=ReasonSource.AGENT, closed_at=NOW,
        )
        for number in range(3)
    ]  # fmt: skip
    first, second, _ = cases
    kinds = (LetterKind.CASE_CARD, LetterKind.LINE, LetterKind.CUSTOMER)
    told = [
        a_letter(kind=kind, case=first.id, order=first.order, state=DeliveryState.SENT, done_at=NOW)
        for kind in kinds
    ]
    lost = a_letter(
        kind=LetterKind.LINE, case=second.id, order=second.order, state=DeliveryState.FAILED, done_at=NOW
    )
    await inside(store, lambda work: work.cases.save(cases))
    await inside(store, lambda work: work.outbox.post([*told, lost]))
    await inside(store, lambda work: work.tasks.save([a_task(second)]))

    found = await looked(store)

    assert found.shares[Measure.ALONE] == Share(2, 3)
    assert found.messages == {2: 1, 0: 2}, (
        "what the customer got is no message to the team, nor what nobody got"
    )
