"""Does a database's URL mean the same to both who read it, the driver and the ORM?"""

from bot.signals import Signals
from bot.storage.documents import versions_of
from bot.storage.opening import open_store
from tests.databases import postgres_database


async def test_tls_can_be_asked_for_in_the_url(postgres: str) -> None:
    async with postgres_database(postgres) as url:
        more = "&" if "?" in url else "?"
        async with open_store(f"{url}{more}sslmode=prefer", Signals()):
            assert await versions_of("rules") == []
