"""Whatever is written is read back, field by field."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.storage.store import Store, Transaction
from handlers.approved import Approved, IncidentCard
from handlers.drafts import Draft
from handlers.messages import Due
from handlers.outbox import Letter
from handlers.records import Entry, ShownCard
from handlers.rehearsals import Rehearsal
from rules.anomalies import Anomaly
from rules.causes import Delay
from rules.duty import Change
from rules.editions import Edition
from rules.events import OrderKey
from rules.exposures import Exposure
from rules.grouping import Sign
from rules.incidents import Incident
from rules.orders import Order
from rules.promises import Promise
from rules.tasks import Task, TaskKind
from rules.trials import Experiment, Yardstick
from tests.contracts.backend import undone
from tests.contracts.builders import BOOK
from tests.contracts.strategies import INSTANTS, KEYS, cases, records

Test = TypeVar("Test", bound=Callable[..., Any])
GOALS = st.lists(st.sampled_from(list(Yardstick)), min_size=1, unique=True).map(tuple)
LATEST = datetime(9999, 12, 31, tzinfo=UTC)


def whatever_it_holds(test: Test) -> Test:
    """Every example leaves the database as it was; each is a journey there and back, so there are few of them."""
    shared = settings(
        max_examples=min(settings().max_examples, 100) * 3 // 5,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    return shared(test)


@whatever_it_holds
@given(case=cases())
async def test_a_case(store: Store, case: Anomaly) -> None:
    async def there_and_back(work: Transaction) -> Anomaly | None:
        await work.cases.save([case])
        return await work.cases.find(case.id)

    assert await undone(store, there_and_back) == case


@whatever_it_holds
@given(before=cases(), after=cases())
async def test_a_case_that_has_changed(store: Store, before: Anomaly, after: Anomaly) -> None:
    changed = replace(after, id=before.id, order=before.order)

    async def there_and_back(work: Transaction) -> Anomaly | None:
        await work.cases.save([before])
        await work.cases.save([changed])
        return await work.cases.find(before.id)

    assert await undone(store, there_and_back) == changed


@whatever_it_holds
@given(several=st.lists(cases(), max_size=5, unique_by=(lambda case: case.order, lambda case: case.id)))
async def test_cases_of_several_orders_at_once(store: Store, several: list[Anomaly]) -> None:
    async def there_and_back(work: Transaction) -> dict[OrderKey, list[Anomaly]]:
        await work.cases.save(several)
        return await work.cases.of([case.order for case in several])

    assert await undone(store, there_and_back) == {case.order: [case] for case in several}


@whatever_it_holds
@given(letter=records(Letter))
async def test_a_letter(store: Store, letter: Letter) -> None:
    async def there_and_back(work: Transaction) -> Letter | None:
        await work.outbox.post([letter])
        return await work.outbox.find(letter.id)

    assert await undone(store, there_and_back) == letter


@whatever_it_holds
@given(before=records(Letter), after=records(Letter), version=st.integers(1, 2**62))
async def test_a_letter_that_has_changed(store: Store, before: Letter, after: Letter, version: int) -> None:
    changed = replace(after, id=before.id, version=version)

    async def there_and_back(work: Transaction) -> Letter | None:
        await work.outbox.post([replace(before, version=version)])
        assert await work.outbox.update(changed)
        return await work.outbox.find(before.id)

    assert await undone(store, there_and_back) == replace(changed, version=version + 1)


@whatever_it_holds
@given(card=records(ShownCard))
async def test_a_card(store: Store, card: ShownCard) -> None:
    async def there_and_back(work: Transaction) -> ShownCard | None:
        await work.cards.put(card)
        return await work.cards.find(card.id)

    assert await undone(store, there_and_back) == card


@whatever_it_holds
@given(card=records(IncidentCard))
async def test_a_card_of_an_incident(store: Store, card: IncidentCard) -> None:
    async def there_and_back(work: Transaction) -> IncidentCard | None:
        await work.incident_cards.put(card)
        return await work.incident_cards.find(card.id)

    assert await undone(store, there_and_back) == card


@whatever_it_holds
@given(delay=records(Delay))
async def test_a_delay(store: Store, delay: Delay) -> None:
    async def there_and_back(work: Transaction) -> list[Delay]:
        await work.causes.put([delay])
        return await work.causes.of(delay.week)

    assert await undone(store, there_and_back) == [delay]


@whatever_it_holds
@given(approved=records(Approved))
async def test_something_approved(store: Store, approved: Approved) -> None:
    async def there_and_back(work: Transaction) -> list[Approved]:
        await work.approvals.put([approved])
        return await work.approvals.of(approved.id)

    assert await undone(store, there_and_back) == [approved]


@whatever_it_holds
@given(task=records(Task))
async def test_a_task(store: Store, task: Task) -> None:
    async def there_and_back(work: Transaction) -> dict[TaskKind, Task]:
        await work.tasks.save([task])
        return (await work.tasks.of_cases([task.case]))[task.case]

    assert await undone(store, there_and_back) == {task.kind: task}


@whatever_it_holds
@given(several=st.lists(records(Promise), max_size=4, unique_by=lambda one: (one.order, one.ref)))
async def test_promises(store: Store, several: list[Promise]) -> None:
    async def there_and_back(work: Transaction) -> list[Promise]:
        await work.promises.put(several)
        found = await work.promises.of({promise.order for promise in several})
        return [promise for theirs in found.values() for promise in theirs]

    assert sorted(await undone(store, there_and_back), key=repr) == sorted(several, key=repr)


@whatever_it_holds
@given(sign=records(Sign))
async def test_a_sign_of_a_storm(store: Store, sign: Sign) -> None:
    async def there_and_back(work: Transaction) -> tuple[Sign, ...]:
        await work.incidents.keep_signs([sign])
        return (await work.incidents.hold_fronts([sign.front])).signs

    assert await undone(store, there_and_back) == (sign,)


@whatever_it_holds
@given(incident=records(Incident))
async def test_an_incident(store: Store, incident: Incident) -> None:
    async def there_and_back(work: Transaction) -> Incident | None:
        await work.incidents.add([incident])
        return await work.incidents.find(incident.id)

    assert await undone(store, there_and_back) == incident


@whatever_it_holds
@given(before=records(Incident), after=records(Incident), version=st.integers(1, 2**62))
async def test_an_incident_that_has_changed(
    store: Store, before: Incident, after: Incident, version: int
) -> None:
    changed = replace(after, id=before.id, version=version)

    async def there_and_back(work: Transaction) -> Incident | None:
        await work.incidents.add([replace(before, version=version)])
        assert await work.incidents.update(changed)
        return await work.incidents.find(before.id)

    assert await undone(store, there_and_back) == replace(changed, version=version + 1)


@whatever_it_holds
@given(exposure=records(Exposure))
async def test_an_order_that_an_experiment_concerns(store: Store, exposure: Exposure) -> None:
    async def there_and_back(work: Transaction) -> list[Exposure]:
        await work.experiments.judge([exposure])
        return await work.experiments.to_judge(exposure.experiment, LATEST, 10)

    kept = exposure if exposure.look_at is not None else None
    assert await undone(store, there_and_back) == ([] if kept is None else [kept])


@whatever_it_holds
@given(experiment=records(Experiment, goals=GOALS))
async def test_an_experiment(store: Store, experiment: Experiment) -> None:
    async def there_and_back(work: Transaction) -> Experiment | None:
        await work.experiments.save(experiment)
        return await work.experiments.find(experiment.id)

    assert await undone(store, there_and_back) == experiment


@whatever_it_holds
@given(entry=records(Entry))
async def test_a_line_of_a_timeline(store: Store, entry: Entry) -> None:
    async def there_and_back(work: Transaction) -> list[Entry]:
        await work.cases.note([entry])
        return await work.cases.timeline(entry.case)

    (found,) = await undone(store, there_and_back)
    assert found == replace(entry, key=entry.key or found.key)
    assert found.key


@whatever_it_holds
@given(due=records(Due))
async def test_something_due(store: Store, due: Due) -> None:
    async def there_and_back(work: Transaction) -> list[Due]:
        await work.dues.arm([due])
        return await work.dues.take(due.at + timedelta(milliseconds=1), 10)

    assert await undone(store, there_and_back) == [due]


@whatever_it_holds
@given(order=records(Order))
async def test_an_order(store: Store, order: Order) -> None:
    async def there_and_back(work: Transaction) -> Order | None:
        await work.orders.lock([order.key])
        await work.orders.save([order], Edition(book=BOOK), arm=True)
        return await work.orders.find(order.key)

    assert await undone(store, there_and_back) == order


@whatever_it_holds
@given(key=KEYS)
async def test_an_order_that_is_new(store: Store, key: OrderKey) -> None:
    async def there_and_back(work: Transaction) -> Order | None:
        held = await work.orders.lock([key])
        await work.orders.save(held.values(), Edition(book=BOOK), arm=True)
        return await work.orders.find(key)

    assert await undone(store, there_and_back) == Order(key=key)


@whatever_it_holds
@given(change=records(Change, number=st.none(), made_at=INSTANTS))
async def test_a_change_of_duty(store: Store, change: Change) -> None:
    async def there_and_back(work: Transaction) -> tuple[Change, Change | None]:
        added = await work.duty.add(change)
        return added, await work.duty.find(added.number or 0)

    added, found = await undone(store, there_and_back)
    assert found == added == replace(change, number=1)


@whatever_it_holds
@given(draft=records(Draft))
async def test_a_draft(store: Store, draft: Draft) -> None:
    async def there_and_back(work: Transaction) -> Draft | None:
        await work.drafts.add(draft)
        return await work.drafts.find(draft.id)

    assert await undone(store, there_and_back) == draft


@whatever_it_holds
@given(rehearsal=records(Rehearsal))
async def test_a_rehearsal(store: Store, rehearsal: Rehearsal) -> None:
    async def there_and_back(work: Transaction) -> Rehearsal | None:
        await work.rehearsals.add(rehearsal)
        return await work.rehearsals.find(rehearsal.id)

    assert await undone(store, there_and_back) == rehearsal
