"""What became of each alert: the database counts it as the rule says, and every alert is in one place."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import product

from bot.storage.ledger import ledger_within
from bot.storage.store import Store, Transaction
from handlers.ledger import Fate, Ledger, Surroundings, fate_of
from handlers.outbox import NOT_NEEDED, Letter, LetterKind
from handlers.records import What
from rules.anomalies import Anomaly, Ended
from rules.delivery import DeliveryState
from rules.editions import Edition
from rules.events import Shop
from rules.reasons import Reason, Verdict
from tests.contracts.backend import inside
from tests.contracts.builders import BOOK, NOW, a_case, a_letter, an_entry, an_order

HOUR = timedelta(hours=1)
NOTES = ("", NOT_NEEDED, "81013 收件人都不在应用的可见范围内")
Story = tuple[Letter, Surroundings, Anomaly]


def a_story(
    number: int, state: DeliveryState, of_digest: DeliveryState | None, note: str, *, told: bool
) -> Story:
    """An alert, and the digest that it was folded into, in some state; its case is closed when the number is odd."""
    case = a_case(f"DB{number}")
    if number % 2:
        verdict = Verdict(reason=Reason.PAYMENT_FAILED)
        case = replace(
            case, reached_at=NOW, ended_at=NOW, ended_how=Ended.MOVED, reason=verdict, closed_at=NOW
        )
    digest = a_letter(kind=LetterKind.OVERFLOW, state=of_digest, note=note) if of_digest else None
    alert = a_letter(
        kind=LetterKind.CASE_CARD,
        state=state,
        note="" if digest else note,
        case=case.id,
        order=case.order,
        folded_into=digest.id if digest else None,
    )
    around = Surroundings(digest=digest, passed_on=told, closed=case.closed_at is not None)
    return alert, around, case


def stories() -> list[Story]:
    """An alert in every state, and one folded into a digest in every state, passed on or not, of a closed case or not."""
    alone = [state for state in DeliveryState if state is not DeliveryState.FOLDED]
    ways = [(state, None) for state in alone] + [(DeliveryState.FOLDED, state) for state in alone]
    choices = product(ways, NOTES, (False, True), (False, True))
    return [
        a_story(2 * number + closed, state, of_digest, note, told=told)
        for number, ((state, of_digest), note, told, closed) in enumerate(choices)
    ]


async def tell(work: Transaction, told: list[Story]) -> None:
    for alert, around, case in told:
        await work.orders.save([an_order(case.order.order_no)], Edition(book=BOOK), arm=True)
        await work.cases.save([case])
        await work.outbox.post([letter for letter in (alert, around.digest) if letter])
        if around.passed_on:
            await work.cases.note([an_entry(case, what=What.PASSED_ON, key=f"{What.PASSED_ON}:{alert.id}")])


async def the_ledger(store: Store, *shops: str) -> Ledger:
    async with store.reading() as connection:
        return await ledger_within(connection, HOUR, frozenset(map(Shop, shops)) if shops else None)


async def test_the_database_counts_as_the_rule_says(store: Store) -> None:
    told = stories()
    await inside(store, lambda work: tell(work, told))

    found = await the_ledger(store)

    fates = Counter(fate_of(alert, around) for alert, around, _ in told)
    assert found == Ledger(alerts=len(told), fates=fates)
    assert set(found.fates) == set(Fate)
    assert not found.balances


async def test_a_reader_of_some_shops_sees_the_ledger_of_these(store: Store) -> None:
    told = [a_story(0, DeliveryState.SENT, None, "", told=False)]
    await inside(store, lambda work: tell(work, told))

    assert (await the_ledger(store, "main")).alerts == 1
    assert await the_ledger(store, "other") == Ledger(alerts=0, fates={})


async def test_what_is_no_alert_and_what_is_long_ago_is_not_counted(store: Store) -> None:
    await inside(store, lambda work: work.outbox.post([a_letter(), a_letter(id_="0" * 32)]))
    assert await the_ledger(store) == Ledger(alerts=0, fates={})


def test_a_ledger_balances_when_no_alert_is_lost() -> None:
    assert Ledger(alerts=3, fates={Fate.SHOWN: 2, Fate.WAITING: 1}).balances
    assert not Ledger(alerts=3, fates={Fate.SHOWN: 2}).balances
    assert not Ledger(alerts=3, fates={Fate.SHOWN: 2, Fate.LOST: 1}).balances


def test_an_alert_folded_into_nothing_is_lost() -> None:
    alert = a_letter(kind=LetterKind.CASE_CARD, state=DeliveryState.FOLDED)
    assert fate_of(alert, Surroundings()) is Fate.LOST
