"""Does a text from outside ever become a program? Three hundred that try, in every field, on every page (S-14)."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import cycle, islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.deployment import Deployment
from tests.e2e.browser import DESK, link_of
from tests.scenarios.shop import Shop, a_shop
from tests.security.hostile import SCRIPTS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]

IN_IDENTIFIERS = [text for text in SCRIPTS if text.isprintable() and len(text) <= 64]
FIELDS = 24
"""How many texts the events of one order hold."""
PAGES = (
    "/",
    "/anomalies",
    "/orders",
    "/reasons",
    "/evidence",
    "/decisions",
    "/measures",
    "/promises",
    "/tasks",
    "/duty",
    "/experiments",
    "/unmatched",
    "/letters",
    "/audit",
)
FILTERS = (
    "/anomalies?state={text}&shop={text}&cursor={text}",
    "/orders?q={text}",
    "/audit?actor={text}&since={text}",
)
TRAP = "window.hits = 0; window.xss = () => { window.hits += 1; };"
INTRUDERS = """() => [...document.querySelectorAll('*')].filter(e =>
    [...e.attributes].some(a => a.name.startsWith('on') || a.name === 'srcdoc')
    || (e.tagName === 'SCRIPT' && !(e.src && new URL(e.src).origin === location.origin))
    || ['IFRAME', 'OBJECT', 'EMBED', 'BASE', 'MATH', 'MARQUEE', 'STYLE'].includes(e.tagName)
    || (e.tagName === 'META' && e.httpEquiv)
    || (e.href && typeof e.href === 'string' && !e.href.startsWith(location.origin))
  ).map(e => e.outerHTML.slice(0, 200))"""


@asynccontextmanager
async def a_hostile_shop(folder: Path, shift: int) -> AsyncGenerator[Shop]:
    """A shop to which every one of the texts has been reported; by `shift` each stands in another field."""
    assert len(SCRIPTS) >= 300
    async with a_shop(Deployment.embedded(folder)) as shop:
        texts, names = (islice(cycle(those), shift, None) for those in (SCRIPTS, IN_IDENTIFIERS))
        for _ in range(-(-len(SCRIPTS) // FIELDS)):
            await _reported(shop, texts, names)
        await shop.passes(minutes=5, seconds=1)
        yield shop


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=[0])
async def hostile(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Shop]:
    """One shop at a time: what is open of a database is known to the whole process."""
    async with a_hostile_shop(tmp_path_factory.mktemp("hostile"), request.param) as shop:
        yield shop


async def _reported(shop: Shop, texts: Iterator[str], names: Iterator[str]) -> None:
    """An order whose payment will be late, and an event that belongs to none; every field tries something."""
    number = next(names)
    created: dict[str, Any] = {
        **{field: next(texts) for field in WORDS},
        "tags": list(islice(texts, 3)),
        "items": [{"sku": next(names), "class": next(texts), "qty": 1}],
        "customer": {"ref": next(texts), "name": next(texts)},
        "refs": [next(names)],
        "tracking_no": next(names),
        "of_nobody": {next(texts): next(texts)},
    }
    await shop.report("order.created", number, **created)
    stage: Mapping[str, Any] = {"stage": "payment", "status": "started"}
    await shop.report("order.stage", number, **stage, operator=next(texts), note=next(texts))
    lost = shop.event("order.stage", f"tracking:{next(names)}", **stage, note=next(texts))
    assert (await shop.post({**lost, "source": next(names), "id": next(names)}))["accepted"] == 1


WORDS = ("channel", "currency", "warehouse", "region", "district", "payment_channel", "payment_ref", "carrier", "note", "operator")  # fmt: skip


async def _trapped(hostile: Shop, chrome: Browser) -> Page:
    page = await chrome.new_page(viewport=DESK)
    await page.add_init_script(TRAP)
    await page.goto(await link_of(hostile, "wangwu"))
    return page


async def _is_clean(page: Page, address: str) -> None:
    answer = await page.goto(address)
    assert answer is not None
    assert answer.status < 500, address
    assert await page.evaluate("window.hits") == 0, address
    assert await page.evaluate(INTRUDERS) == [], address


@pytest.mark.parametrize(
    "hostile",
    [0, *(pytest.param(shift, marks=pytest.mark.long) for shift in range(1, FIELDS))],
    indirect=True,
    scope="module",
)
async def test_no_text_of_an_event_becomes_a_program_in_any_field(hostile: Shop, chrome: Browser) -> None:
    page = await _trapped(hostile, chrome)
    addresses = [*PAGES]
    for case in await hostile.anomalies(limit="500"):
        where = f"/orders/{quote(case['shop'], safe='')}/{quote(case['order_no'], safe='')}"
        addresses += [f"/a/{case['id']}", where, f"{where}/events"]
    for address in addresses:
        await _is_clean(page, f"{hostile.address}{address}")
    await page.close()


@pytest.mark.parametrize("texts", [SCRIPTS[::6], pytest.param(SCRIPTS, marks=pytest.mark.long)], ids=len)
async def test_no_text_that_is_typed_becomes_a_program(
    hostile: Shop, chrome: Browser, texts: Sequence[str]
) -> None:
    page = await _trapped(hostile, chrome)
    for place, text in enumerate(texts):
        address = FILTERS[place % len(FILTERS)].format(text=quote(text, safe=""))
        await _is_clean(page, f"{hostile.address}{address}")
    await page.close()


async def test_the_policy_lets_no_foreign_program_in(hostile: Shop, chrome: Browser) -> None:
    """Should a text ever get through, the browser would still not run it."""
    page = await _trapped(hostile, chrome)
    await page.evaluate("document.body.innerHTML = '<img src=x onerror=xss()>'")
    await page.evaluate(
        """() => { const s = document.createElement('script'); s.text = 'xss()'; document.body.append(s); }"""
    )
    await page.wait_for_function("document.images[0].complete")
    assert await page.evaluate("window.hits") == 0
    await page.close()
