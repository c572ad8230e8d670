"""How does a peer reach the database through the ORM?"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from tortoise.context import TortoiseContext, set_global_context

from bot.storage.orm import connection

POOL = 10


@asynccontextmanager
async def orm(url: str, models: str) -> AsyncGenerator[TortoiseContext]:
    """The ORM with the tables of a module, for the whole process."""
    pooled = f"{url}&maxsize={POOL}" if url.startswith("postgres") else url
    context = TortoiseContext()
    set_global_context(context)
    await context.init(
        config={
            "connections": {"default": connection(pooled)},
            "apps": {"peer": {"models": [models], "default_connection": "default"}},
            "use_tz": True,
            "timezone": "UTC",
        }
    )
    try:
        yield context
    finally:
        await context.close_connections()
