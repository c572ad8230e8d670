"""What do stories begin with? A shop on a Monday morning."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.redis import EMBEDDED
from tests.deployment import Deployment
from tests.scenarios.shop import Shop, a_shop

DATABASES = {"sqlite": "empty_sqlite", "postgres": "shared_postgres"}


@pytest.fixture
def servers(request: pytest.FixtureRequest, tmp_path: Path) -> Deployment:
    """What the command line says; only what it names is started."""
    asked: Any = request.config.option
    return Deployment(
        folder=tmp_path,
        database_url=request.getfixturevalue(DATABASES[asked.database]),
        redis_url=EMBEDDED if asked.redis == "embedded" else request.getfixturevalue("redis"),
        replicas=asked.replicas,
    )


@pytest.fixture
async def deployment(servers: Deployment) -> Deployment:
    """The same, with nothing in it."""
    return await servers.cleared()


@pytest.fixture
async def shop(deployment: Deployment) -> AsyncIterator[Shop]:
    """A shop with the default rules, four people on duty, and WeCom connected."""
    async with a_shop(deployment) as shop:
        yield shop
