"""What a peer keeps, as the ORM knows it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from tortoise import Tortoise, connections, fields
from tortoise.models import Model

from bench.peers.work import State
from bot.storage.orm import connection

POOL = 10


class EventRow(Model):
    id = fields.IntField(primary_key=True)
    source = fields.CharField(max_length=200)
    event_id = fields.CharField(max_length=200)
    order_no = fields.CharField(max_length=64, db_index=True)
    body = fields.TextField()

    class Meta(Model.Meta):
        table = "peer_event"
        unique_together = ("source", "event_id")


class OrderRow(Model):
    order_no = fields.CharField(max_length=64, primary_key=True)
    state = fields.JSONField[State]()

    class Meta(Model.Meta):
        table = "peer_order"


class DueRow(Model):
    order_no = fields.CharField(max_length=64, primary_key=True)
    due_at = fields.BigIntField(null=True, db_index=True)

    class Meta(Model.Meta):
        table = "peer_due"


@asynccontextmanager
async def orm(url: str) -> AsyncGenerator[None]:
    """The ORM, connected, its tables created."""
    pooled = f"{url}&maxsize={POOL}" if url.startswith("postgres") else url
    await Tortoise.init(
        config={
            "connections": {"default": connection(pooled)},
            "apps": {"peer": {"models": ["bench.peers.tables"], "default_connection": "default"}},
            "use_tz": True,
            "timezone": "UTC",
        },
        _enable_global_fallback=True,
    )
    await Tortoise.generate_schemas()
    try:
        yield
    finally:
        await connections.close_all()
