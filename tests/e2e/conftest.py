"""What do tests with a browser begin with? A shop with the embedded databases; the tests of a file share a browser."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.deployment import Deployment
from tests.e2e.browser import chromium
from tests.e2e.morning import a_busy_morning
from tests.e2e.together import HEARTBEATS
from tests.scenarios.shop import Shop, a_shop


@pytest_asyncio.fixture(loop_scope="module")
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with a_shop(Deployment.embedded(tmp_path)) as shop:
        yield shop


@pytest_asyncio.fixture(loop_scope="module")
async def browser(chrome: Browser) -> AsyncIterator[Browser]:
    """The browser of the file, in which nothing is open and which remembers nothing."""
    yield chrome
    for context in chrome.contexts:
        await context.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def morning(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    """A busy morning, one for all tests of a file: they look, and change what no other one looks at."""
    async with a_shop(Deployment.embedded(tmp_path_factory.mktemp("morning")), rules=HEARTBEATS) as shop:
        await a_busy_morning(shop)
        yield shop


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chrome() -> AsyncIterator[Browser]:
    """A browser, one for all tests of a file. They are marked `pytest.mark.asyncio(loop_scope="module")`."""
    async with chromium() as browser:
        yield browser
