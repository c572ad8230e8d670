"""What the peer keeps."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class Event(Model):
    id = fields.IntField(primary_key=True)
    source = fields.CharField(max_length=200)
    event_id = fields.CharField(max_length=200)
    order_no = fields.CharField(max_length=64, db_index=True)
    body = fields.JSONField[dict[str, Any]]()

    class Meta(Model.Meta):
        table = "peer_event"
        unique_together = ("source", "event_id")


class Order(Model):
    order_no = fields.CharField(max_length=64, primary_key=True)
    stage = fields.CharField(max_length=16)
    status = fields.CharField(max_length=16)
    since = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "peer_order"


class Due(Model):
    order_no = fields.CharField(max_length=64, primary_key=True)
    due_at = fields.DatetimeField(db_index=True)

    class Meta(Model.Meta):
        table = "peer_due"
