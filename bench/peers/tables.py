"""What a peer keeps, as the ORM knows it."""

from tortoise import fields
from tortoise.models import Model

from bench.peers.work import State


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
