"""The tables as the ORM knows them; see the migrations for the truth. `cases` is only read here: raw SQL writes it.

The ORM wants one column as the key of a table; where the real key has several, it is told of one that is
unique for what is read here.
"""

from tortoise import fields
from tortoise.models import Model


class CaseTable(Model):
    """`cases`"""

    id = fields.CharField(max_length=64, primary_key=True)
    shop = fields.TextField()
    order_no = fields.TextField()
    parcel = fields.TextField()
    stage = fields.TextField()
    run = fields.BigIntField()
    kind = fields.TextField()
    since = fields.BigIntField()
    due_at = fields.BigIntField()
    opened_at = fields.BigIntField()
    raised_at = fields.BigIntField()
    priority = fields.TextField()
    book_version = fields.BigIntField()
    lane = fields.TextField(null=True)
    breaches = fields.BigIntField()
    silent = fields.BooleanField()
    owner = fields.TextField(null=True)
    claimed_at = fields.BigIntField(null=True)
    touched_at = fields.BigIntField(null=True)
    send_round = fields.BigIntField()
    sent_by = fields.TextField(null=True)
    sent_at = fields.BigIntField(null=True)
    reached_at = fields.BigIntField(null=True)
    reached_by = fields.TextField(null=True)
    waived_by = fields.TextField(null=True)
    ended_at = fields.BigIntField(null=True)
    ended_how = fields.TextField(null=True)
    reason = fields.TextField(null=True)
    reason_text = fields.TextField(null=True)
    reason_source = fields.TextField(null=True)
    reason_by = fields.TextField(null=True)
    reason_at = fields.BigIntField(null=True)
    escalated_by = fields.TextField(null=True)
    escalated_at = fields.BigIntField(null=True)
    snoozed_until = fields.BigIntField(null=True)
    steps = fields.BigIntField()
    climbed_at = fields.BigIntField(null=True)
    closed_at = fields.BigIntField(null=True)
    version = fields.BigIntField()
    state = fields.TextField()

    class Meta(Model.Meta):
        table = "cases"


class DocumentTable(Model):
    """`documents`: rule books and rosters, in versions."""

    kind = fields.CharField(max_length=64, primary_key=True)
    version = fields.BigIntField()
    digest = fields.TextField()
    body = fields.TextField()
    created_at = fields.BigIntField()

    class Meta(Model.Meta):
        table = "documents"


class StaffTable(Model):
    """`staff`: who WeCom says works here; labels as JSON lists. Raw SQL writes it."""

    userid = fields.CharField(max_length=64, primary_key=True)
    name = fields.TextField()
    employment = fields.TextField()
    departments = fields.TextField()
    tags = fields.TextField()
    version = fields.BigIntField()

    class Meta(Model.Meta):
        table = "staff"


class OpenUseridTable(Model):
    """`open_userids`: what else people are called. Raw SQL writes it."""

    open_userid = fields.CharField(max_length=128, primary_key=True)
    userid = fields.TextField()
    learned_at = fields.BigIntField()

    class Meta(Model.Meta):
        table = "open_userids"
