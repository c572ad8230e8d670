"""The tables as the ORM knows them; see the migrations for the truth.

The ORM wants one column as the key of a table; where the real key has several, it is told of one that is
unique for what is read here.
"""

from tortoise import fields
from tortoise.models import Model


class DocumentTable(Model):
    """`documents`: rule books and rosters, in versions."""

    kind = fields.CharField(max_length=64, primary_key=True)
    version = fields.BigIntField()
    body = fields.TextField()
    created_at = fields.BigIntField()
    author = fields.TextField(null=True)
    reason = fields.TextField(null=True)
    origin = fields.TextField()
    trial = fields.TextField(null=True)
    applied = fields.BooleanField()

    class Meta(Model.Meta):
        table = "documents"


class DutyChangeTable(Model):
    """`duty_changes`: swaps, cover and leave. Raw SQL writes it."""

    number = fields.BigIntField(primary_key=True)
    kind = fields.TextField()
    userid = fields.TextField()
    substitute = fields.TextField(null=True)
    start_at = fields.BigIntField()
    end_at = fields.BigIntField()
    made_by = fields.TextField()
    made_at = fields.BigIntField()
    revoked_by = fields.TextField(null=True)
    revoked_at = fields.BigIntField(null=True)

    class Meta(Model.Meta):
        table = "duty_changes"


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
