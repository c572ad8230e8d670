"""The decision log, as both databases keep it: only added to, and each entry ended once."""

import pytest

from bot.storage.decisions import decisions_about, open_decisions
from bot.storage.store import Store, Transaction
from bot.storage.views import Views
from handlers.decisions import NotOpen, decide
from handlers.trail import Doer, Way
from rules.decisions import About, Decision, DecisionNo, Ending
from tests.contracts.backend import Backend, inside, rows
from tests.contracts.builders import NOW, a_decision

BY = Doer(actor="wangwu", way=Way.PAGE)


async def written(store: Store, decision: Decision) -> Decision | NotOpen:
    return await inside(store, lambda work: decide(work, decision, BY, NOW))


async def test_entries_get_numbers_that_count_up_and_each_leaves_a_line(store: Store) -> None:
    first = await written(store, a_decision())
    second = await written(store, a_decision(text="给客户补偿"))

    assert [getattr(one, "number", None) for one in (first, second)] == [1, 2]
    found, _ = await Views(store).decisions(None, 10)
    assert [one.text for one in found] == ["给客户补偿", "华东改发顺丰"]
    lines = await rows(store, "SELECT deed, subject, detail FROM audit_trail ORDER BY id")
    assert [(line["deed"], line["subject"]) for line in lines] == [("decided", "1"), ("decided", "2")]
    assert "补偿" not in str(lines), "the trail holds nothing that somebody has written"


async def test_what_is_decided_is_ended_once_by_an_entry_of_its_own(store: Store) -> None:
    await written(store, a_decision())
    await written(store, a_decision(text="改发京东", ends=DecisionNo(1), ending=Ending.SUPERSEDED))

    again = await written(store, a_decision(ends=DecisionNo(1), ending=Ending.CLOSED))
    assert isinstance(again, NotOpen)
    assert again.by is not None
    assert again.by.number == 2
    closing = await written(store, a_decision(ends=DecisionNo(2), ending=Ending.CLOSED))
    assert isinstance(closing, Decision)
    assert await written(store, a_decision(ends=DecisionNo(3), ending=Ending.CLOSED)) == NotOpen(None)
    assert await written(store, a_decision(ends=DecisionNo(9), ending=Ending.CLOSED)) == NotOpen(None)

    found, endings = await Views(store).decisions(None, 10)
    assert [one.number for one in found] == [2, 1], "what only ends another is no decision"
    assert {number: one.number for number, one in endings.items()} == {1: 2, 2: 3}
    first, _ = await Views(store).decisions(2, 10)
    assert [one.number for one in first] == [1]


async def test_which_are_open_and_what_is_about_a_cause(store: Store) -> None:
    cause = "carrier=sf"
    for fields in (
        {"about": About.CAUSE, "cause": cause},
        {"about": About.CAUSE, "cause": cause},
        {"about": About.CAUSE, "cause": "carrier=jd"},
        {"about": About.CAUSE, "cause": cause, "ends": DecisionNo(1), "ending": Ending.SUPERSEDED},
        {"ends": DecisionNo(2), "ending": Ending.CLOSED},
    ):
        await written(store, a_decision(**fields))

    async with store.reading() as connection:
        assert [one.number for one in await open_decisions(connection, 10)] == [4, 3]
        assert [one.number for one in await decisions_about(connection, cause)] == [2, 4]
        assert await decisions_about(connection, "") == []


@pytest.mark.parametrize("statement", ["UPDATE decisions SET text = 'x'", "DELETE FROM decisions"])
async def test_nobody_changes_what_was_written(store: Store, backend: Backend, statement: str) -> None:
    await written(store, a_decision())

    async def tamper(work: Transaction) -> None:
        await work.decisions._connection.execute(statement)  # pyright: ignore[reportPrivateUsage]

    with pytest.raises(Exception, match="only added to"):
        await inside(store, tamper)
