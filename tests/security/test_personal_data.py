"""No phone number and no address comes to light, wherever it was written (S-20)."""

import io
import logging
import re
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from unicodedata import normalize

import aiohttp
import pytest
from yarl import URL

from bot.sealing import Seals
from bot.sources.cloudevents import decode
from bot.storage.views import CaseFile, OrderFile
from handlers.desk import Sheet
from handlers.messages import LetterId
from handlers.outbox import Letter, LetterKind, Medium, content_of
from handlers.records import Entry, What
from replies.drafts import Draft, draft
from rules.actions import Act, Action, Refused, apply
from rules.anomalies import Anomaly, AnomalyId
from rules.deadlines import deadlines
from rules.events import EventKey, EventType, OrderKey, OrderNo, Shop
from rules.fold import fold
from rules.reasons import Reason, Verdict
from rules.settling import open_anomaly
from tests.contracts.builders import a_promise
from tests.deployment import Deployment
from tests.replies.builders import KF, NOW, ROSTER, TEMPLATES, ZHANG, Situation, a_book
from tests.scenarios.pages import a_reader, own_link
from tests.scenarios.shop import MONDAY_MORNING, a_shop
from tests.scenarios.shop import Shop as Story
from tests.scenarios.storm import numbers, payments_hang
from tests.security.planted import SOURCE, PlantedOrder, Planter, bare, body_of, leaks
from tests.security.renderings import ADDRESSES, RENDERINGS, Scene, addresses_of_screens

PHONE = re.compile(r"1[3-9]\d{9}")
"""Any at all; a number that was planted is looked for in whatever writing besides."""
SEALS = Seals(b"secret")
BOOK = a_book()
SEED = 20


def scene_of(order: PlantedOrder, planter: Planter) -> Scene:
    """The order as it stands after its events, with a case about which much was said."""
    reports = [decode(body_of(event), NOW, SEALS) for event in order.events]
    events = [report.event for report in reports]
    folded = fold(OrderKey(Shop("main"), OrderNo(order.number)), events)
    breach = deadlines(folded, BOOK, {})[0]
    opened = open_anomaly(AnomalyId("a1"), folded, breach, BOOK, NOW)
    case = explained(opened, planter.words())
    situation = Situation(order=folded, anomaly=case, book=BOOK, roster=ROSTER, route=KF, now=NOW)
    words = draft(situation, TEMPLATES)
    letter = Letter(
        id=LetterId("l1"),
        key="l1",
        kind=LetterKind.CUSTOMER,
        medium=Medium.KF,
        to=planter.words(),
        due_at=NOW,
        case=case.id,
        order=folded.key,
        content=content_of(words) if isinstance(words, Draft) else {},
        note=planter.words(),
    )
    typed = (What.REASON_GIVEN, What.REFUSED, What.CLAIMED, What.NOT_DELIVERED)
    timeline = [
        Entry(case=case.id, order=folded.key, at=NOW, what=what, detail={"text": planter.words()})
        for what in typed
    ]
    file = CaseFile(case=case, timeline=timeline, letters=[letter])
    promise = replace(a_promise(case), carrier=planter.words(), warehouse=planter.words())
    contacts = tuple(event for event in events if event.type is EventType.CONTACTED)
    sheet = Sheet(
        situation=situation,
        draft=words,
        history=tuple(timeline),
        letters=(letter,),
        cards=(),
        promises=(promise,),
        contacts=contacts,
    )
    return Scene(
        file=OrderFile(order=folded, events=events, cases=[file], promises=[promise]),
        sheet=sheet,
        typed=planter.words(),
    )


def explained(case: Anomaly, words: str) -> Anomaly:
    """Somebody has said why, in words of their own."""
    verdict = Verdict(reason=Reason.OTHER, text=words)
    result = apply(case, Act(action=Action.REASON, actor=ZHANG, at=NOW, verdict=verdict))
    assert not isinstance(result, Refused)
    return result


@pytest.mark.parametrize("orders", [100, pytest.param(10_000, marks=pytest.mark.long)])
def test_no_rendering_shows_a_phone_number_or_an_address(orders: int) -> None:
    planter = Planter(SEED, NOW)
    seen = dict.fromkeys(RENDERINGS, 0)
    for _ in range(orders):
        order = planter.order()
        scene = scene_of(order, planter)
        planted = order.phones | planter.planted
        for name, rendering in RENDERINGS.items():
            text = rendering(scene)
            digits = bare(text)
            assert leaks(digits, planted) == [], f"{order.number}: {name}"
            assert not PHONE.search(normalize("NFKC", text)), f"{order.number}: {name}: {text}"
            assert order.street not in text, f"{order.number}: {name}"
            seen[name] += "****" in text
    assert [name for name, count in seen.items() if not count and name not in WITHOUT_TEXTS] == []


WITHOUT_TEXTS = {
    "the draft",
    "the preview of a reply",
    "the form",
    "the digest",
    "the words to copy",
    "the anomaly in a list",
}
"""Nothing that somebody typed is in these, or hardly ever."""


# --- the whole service -----------------------------------------------------------------


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Story]:
    async with a_shop(Deployment.embedded(tmp_path)) as shop:
        yield shop


@pytest.mark.parametrize("orders", [3, pytest.param(60, marks=pytest.mark.long)])
async def test_no_page_answer_card_line_or_row_holds_them(
    shop: Story, orders: int, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    planter = Planter(SEED, MONDAY_MORNING, in_sources=False)
    planted = [planter.order() for _ in range(orders)]
    for order in planted:
        await taken_in(shop, order)
    name = planter.words()
    planted_name = planter.planted - planted[-1].phones
    await payments_hang(shop, numbers(3), name=name)

    seen = {"cards": "\n".join(card.display("zhangsan").text for card in shop.group_cards)}
    seen |= {"lines": "\n".join(shop.group_lines + shop.lines_to("wangwu"))}
    for order in planted[:6]:
        await shop.says("zhangsan", f"@盯单 /订单 {order.number}")
        seen[f"/订单 {order.number}"] = shop.group_lines[-1]
    seen |= await pages(shop, planted)
    written = capfd.readouterr()
    seen["log"] = written.out + written.err + caplog.text
    assert "events.taken" in seen["log"]
    for where, text in seen.items():
        digits = bare(text)
        assert leaks(digits, planted_name) == [], where
        for order in planted:
            assert leaks(digits, order.phones) == [], where
            assert order.street not in text, where
    stored = await everything(shop)
    digits = bare(stored)
    for order in planted:
        assert leaks(digits, order.own) == []
        assert order.street not in stored
        assert leaks(digits, order.phones - order.own), "what people write is kept as it is"


async def taken_in(shop: Story, order: PlantedOrder) -> None:
    """Its events, one that waits for its order, one that is refused, and one that contradicts another."""
    created = order.events[0]
    contradicted = {**created, "data": {**created["data"], "region": "东北"}}
    customer = {**created["data"]["customer"], "phone": "1" * 40}
    refused = {**created, "id": "refused", "data": {**created["data"], "customer": customer}}
    waiting = {**order.events[-1], "id": f"waiting-{order.number}", "subject": f"tracking:{order.number}"}
    for event in (*order.events, waiting):
        assert (await shop.send(event))["accepted"] == 1
    assert (await shop.send(created))["duplicates"] == 1
    assert (await shop.send(contradicted))["field"] == "conflict"
    assert (await shop.send(refused))["field"] == "data.customer.phone"
    await shop.settled()


async def pages(shop: Story, planted: list[PlantedOrder]) -> dict[str, str]:
    """What a manager reads at every address."""
    cases = {case["order_no"]: case["id"] for case in await shop.anomalies(limit="500")}
    assert set(cases) == {*(order.number for order in planted), *numbers(3)}
    (incident,) = await shop.incidents()
    found: dict[str, str] = {}
    async with a_reader(shop) as reader:
        await reader.opens(await own_link(shop, "wangwu"))
        for order in planted:
            event = EventKey(SOURCE, order.events[0]["id"])
            of_screens = addresses_of_screens(cases[order.number], order.number, event, incident["id"])
            for path in {*ADDRESSES, *of_screens} - found.keys():
                found[path] = await text_at(reader.http, f"{shop.address}{path}")
    return found


async def text_at(http: aiohttp.ClientSession, url: str) -> str:
    """What stands there; of a workbook, in its parts."""
    async with http.get(URL(url, encoded=True)) as answer:
        body = await answer.read()
        assert answer.status == 200, (url, body)
    if not url.endswith(".xlsx"):
        return body.decode()
    with zipfile.ZipFile(io.BytesIO(body)) as workbook:
        return "\n".join(workbook.read(part).decode() for part in workbook.namelist())


async def everything(shop: Story) -> str:
    """Every row of every table."""
    tables = [row["name"] for row in await shop.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    rows = [await shop.rows(f'SELECT * FROM "{table}"') for table in tables]
    return "\n".join(str([dict(row) for row in table]) for table in rows)
