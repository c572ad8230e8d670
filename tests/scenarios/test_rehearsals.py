"""A rehearsal on the board: asked for on the page, played by one replica, begun again when its player is gone."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from bot.rehearsing import Progress
from bot.signals import Signals
from bot.storage.store import Store, Transaction
from handlers.rehearsals import MOST_BEGINNINGS, Rehearsal
from rules.reports import RehearsalState, Report
from tests.contracts.builders import a_draft, a_rehearsal
from tests.deployment import Deployment
from tests.scenarios.pages import Reader, a_reader, own_link
from tests.scenarios.shop import Shop, a_shop

PATIENCE_SECONDS = 60
UNSOUND = '{"replies": [{"name": "confirm", "text": "我们会尽快处理"}]}'
"""A reply without its front matter: it is read where it is kept, and never published."""
HURRY = '{"stages": {"confirm": {"limits": [{"when": "not_completed", "after": "10m"}]}}}'


async def keep(shop: Shop, *things: Any) -> None:
    """Have a draft, or a rehearsal, in the database."""

    async def add(work: Transaction) -> None:
        for thing in things:
            book = work.rehearsals if isinstance(thing, Rehearsal) else work.drafts
            await cast("Any", book).add(thing)

    await Store(shop.database, Signals()).run("draft", add)


async def found(shop: Shop, rehearsal: str) -> Rehearsal:
    async with shop.database.reading() as connection:
        one = await Transaction(connection).rehearsals.find(rehearsal)
    assert one is not None
    return one


async def comes_to(shop: Shop, rehearsal: str, *states: RehearsalState) -> Rehearsal:
    """Wait until the rehearsal stands there; the clock of the service goes on meanwhile."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (one := await found(shop, rehearsal)).state not in states:
            await shop.passes(seconds=1)
            await asyncio.sleep(0.02)
    return one


async def put_in_force(shop: Shop, rules: Mapping[str, Any]) -> None:
    """Write another rule book, and wait until it is a version and the replica goes by it."""
    assert shop.settings.rules_file is not None
    shop.settings.rules_file.write_text(json.dumps(rules), "utf-8")
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await shop.rows("SELECT version FROM documents WHERE kind = 'rules' AND version = 2"):
            await shop.passes(seconds=1)
            await asyncio.sleep(0.02)


@asynccontextmanager
async def at_the_rehearsals(shop: Shop, userid: str = "wangwu") -> AsyncGenerator[Reader]:
    async with a_reader(shop) as reader:
        await reader.opens(await own_link(shop, userid))
        await reader.opens("/rehearsals")
        yield reader


async def asks(reader: Reader, **fields: str) -> None:
    await reader.submits("ask", **fields)


async def test_a_draft_is_rehearsed_on_the_board_and_its_result_stands_there(deployment: Deployment) -> None:
    async with a_shop(deployment) as shop:
        await shop.created("DB1")
        await shop.stage("DB1", "payment", "completed")
        await shop.passes(minutes=15)
        await shop.stage("DB1", "confirm", "completed")
        draft = a_draft(title="审单 10 分钟", body=HURRY)
        await keep(shop, draft)
        async with at_the_rehearsals(shop) as reader:
            assert "草稿：审单 10 分钟" in reader.text
            letters = await shop.rows("SELECT id FROM letters")
            await asks(reader, book="gone", against="1")
            assert (reader.status, "选一本现在还有的" in reader.text) == (400, True)
            await asks(reader, book=f"draft:{draft.id}", against="1", since="yesterday")
            assert (reader.status, "2026-06-01" in reader.text) == (400, True)
            await asks(reader, book=f"draft:{draft.id}", against="1", since="2026-03-02", until="2026-03-01")
            assert reader.status == 400
            await asks(reader, book=f"draft:{draft.id}", against="1")
            assert "已排上，轮到就开始" in reader.text
            (row,) = await shop.rows("SELECT id FROM rehearsals")
            done = await comes_to(shop, row["id"], RehearsalState.DONE, RehearsalState.FAILED)
            assert (done.state, done.done, done.total) == (RehearsalState.DONE, 1, 1)

            await reader.opens(f"/rehearsals/{done.id}")
            assert reader.status == 200
            assert "新增" in reader.text
            async with reader.http.get(f"{shop.address}/api/rehearsals/{done.id}") as answer:
                told = (await answer.json())["report"]
            assert (told["after"]["alerts"], told["before"]["alerts"]) == (1, 0)
            assert told["comparison"]["turns"]["new"] == 1
            assert told["doubts"] == ["short", "few"]
            assert [one["order"][1] for one in told["comparison"]["examples"]] == ["DB1"]
            assert told["replies"]["after"] == {
                "alerts": 1, "drafted": 1, "long": 0, "missing": {}, "promises": {"news_by": 1},
            }  # fmt: skip
            assert "回复话术" in reader.text
            await reader.submits("cancel")
            assert reader.status == 409
        assert await shop.rows("SELECT id FROM letters") == letters, "a rehearsal writes to nobody"
        (line,) = await shop.rows("SELECT actor FROM audit_trail WHERE deed = 'rehearsal.asked'")
        assert line["actor"] == "wangwu"


WORDS = "---\ntitle: 审单\nfacts: [order_no{}]\n---\n亲，{{{{ order_no }}}} 在审{}"


def replies_in(words: str) -> str:
    """A draft of the rules that has these words for an order that is late to be confirmed."""
    return json.dumps({"replies": [{"name": "confirm_not_completed", "text": words}]})


async def test_replies_of_a_draft_are_rehearsed_beside_those_in_force(deployment: Deployment) -> None:
    """Two drafts, one after the other: with other words, and with words that lack something."""
    async with a_shop(deployment) as shop:
        await shop.confirms_late("DB1")
        other = a_draft(body=replies_in(WORDS.format(", customer_name", "，{{ customer_name }}")))
        lacking = a_draft(body=replies_in(WORDS.format(", carrier", "，{{ carrier }}")))
        asked = [a_rehearsal(book=f"draft:{draft.id}", against="1") for draft in (other, lacking)]
        await keep(shop, other, lacking, *asked)
        results = [
            json.loads((await comes_to(shop, one.id, RehearsalState.DONE)).result or "")["replies"]
            for one in asked
        ]
        (changed,), (lost,) = (one["comparison"]["examples"] for one in results)
        assert (changed["turn"], changed["after"]) == ("other", "亲，DB1 在审，陈某某")
        assert changed["before"].startswith("陈某某，您好"), "nobody's name is kept"
        assert (lost["turn"], lost["after"], lost["missing"]) == ("lost", None, ["carrier"])
        assert (results[1]["before"]["drafted"], results[1]["after"]["drafted"]) == (1, 0)
        async with at_the_rehearsals(shop) as reader:
            await reader.opens(f"/rehearsals/{asked[0].id}")
            assert "换了话" in reader.text
            assert "亲，DB1 在审，陈某某" in reader.text
            await reader.opens(f"/rehearsals/{asked[1].id}?lang=en")
            assert "for want of carrier" in reader.text


async def test_what_nobody_wants_any_more_is_cancelled(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is under way: its player finds out, and goes on to the next."""

    async def endless(*args: object, **options: object) -> Report:
        del options
        cast("Progress", args[4])(3, 10)
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr("bot.stagehand.replay", endless)
    async with a_shop(deployment) as shop:
        first, second = a_rehearsal(), a_rehearsal()
        await keep(shop, first)
        begun = await comes_to(shop, first.id, RehearsalState.RUNNING)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while begun.done == 0:
                begun = await found(shop, first.id)
                await asyncio.sleep(0.05)
        assert (begun.done, begun.total) == (3, 10)
        await keep(shop, second)
        async with at_the_rehearsals(shop) as reader:
            await reader.opens(f"/rehearsals/{first.id}")
            assert "3 / 10" in reader.text
            await reader.submits("cancel")
            assert "已取消" in reader.text
            await reader.opens(f"/rehearsals/{'0' * 32}")
            assert reader.status == 404
        assert (await found(shop, first.id)).ended_by == "wangwu"
        await comes_to(shop, second.id, RehearsalState.RUNNING)
        assert (await found(shop, first.id)).state is RehearsalState.CANCELLED
        (line,) = await shop.rows("SELECT actor FROM audit_trail WHERE deed = 'rehearsal.cancelled'")
        assert line["actor"] == "wangwu"


async def test_what_a_dead_player_has_begun_is_played_from_the_start(deployment: Deployment) -> None:
    """And what cannot be played is said, so that the next one has its turn; times are those of the rules by then."""
    async with a_shop(deployment) as shop:
        await shop.created("DB1")
        await put_in_force(shop, {"timezone": "Asia/Tokyo"})
        unsound = a_draft(body=UNSOUND)
        left = a_rehearsal(book="1", against=None).begun(shop.clock.now()).at(7, 9)
        hopeless = a_rehearsal(book="1", against=None, beginnings=MOST_BEGINNINGS)
        gone = a_rehearsal(book="99", against=None)
        early = a_rehearsal(book="1", against=None, until="2020-01-01")
        faulty = a_rehearsal(book=f"draft:{unsound.id}", against=None)
        await keep(shop, unsound, left, hopeless, gone, early, faulty)
        done = await comes_to(shop, left.id, RehearsalState.DONE)
        assert (done.total, json.loads(done.result or "")["until"][-6:]) == (1, "+09:00")
        assert (await comes_to(shop, hopeless.id, RehearsalState.FAILED)).why == "why_interrupted"
        assert (await comes_to(shop, faulty.id, RehearsalState.FAILED)).why == "why_no_book"
        assert (await comes_to(shop, gone.id, RehearsalState.FAILED)).why == "why_no_book"
        assert (await comes_to(shop, early.id, RehearsalState.FAILED)).why == "why_no_history"


async def test_what_breaks_down_is_said(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*args: object, **options: object) -> Report:
        raise ZeroDivisionError

    monkeypatch.setattr("bot.stagehand.replay", broken)
    async with a_shop(deployment) as shop:
        asked = a_rehearsal()
        await keep(shop, asked)
        assert (await comes_to(shop, asked.id, RehearsalState.FAILED)).why == "why_broken"
        async with at_the_rehearsals(shop) as reader:
            await reader.opens(f"/rehearsals/{asked.id}")
            assert "中途坏了" in reader.text
