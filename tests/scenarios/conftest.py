"""What do stories begin with? A shop on a Monday morning."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.shop import Shop, a_shop


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """A shop with the default rules, four people on duty, and WeCom connected."""
    async with a_shop(tmp_path) as shop:
        yield shop
