"""What do hostile stories begin with? The same shop as all others, in one process."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.deployment import Deployment
from tests.scenarios.shop import Shop, a_shop


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with a_shop(Deployment.embedded(tmp_path)) as shop:
        yield shop
