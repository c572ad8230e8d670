"""What does a stranger begin with? A service that has just started, against a WeCom of the stranger's own."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.outside.shop import Shop, a_shop, found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    """One service for the stories of a file, each with orders of its own. None breaks a rule or gives a secret away."""
    async with a_shop(tmp_path_factory.mktemp("outside")) as shop, shop.serving():
        await found(lambda: shop.wecom.bot.is_connected)
        yield shop
        assert shop.wecom.ledger.broken == []
        assert shop.leaks() == []
