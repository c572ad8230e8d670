"""The servers that tests start come up wherever temporary files are kept."""

import tempfile
from pathlib import Path

import pytest

from bot.redis import open_redis
from tests.databases import postgres_database
from tests.servers import postgres_server, redis_server


@pytest.fixture
def _hidden_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody but us may look into pytest's folders; nor would the name of a socket fit."""
    folder = tmp_path / ("long" * 25)
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))


@pytest.mark.usefixtures("_hidden_away")
async def test_a_folder_for_us_alone_with_a_long_name_keeps_no_server_from_starting() -> None:
    with postgres_server() as server, redis_server() as url:
        async with postgres_database(server), open_redis(url) as redis:
            await redis.publish("hello", "there")
