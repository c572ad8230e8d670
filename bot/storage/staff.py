"""How is kept who WeCom says works here, and under which ids people appear?"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.storage.connection import Conflict, Connection, Table, Type, insert_into
from bot.storage.tables import OpenUseridTable, StaffTable
from rules.events import UserId
from rules.instants import to_ms
from rules.staff import Employment, Staff, StaffMember

STAFF = Table(
    "staff",
    {
        "userid": Type.TEXT,
        "name": Type.TEXT,
        "employment": Type.TEXT,
        "departments": Type.TEXT,
        "tags": Type.TEXT,
        "version": Type.BIGINT,
    },
    ("userid",),
)
IDS = Table(
    "open_userids",
    {"open_userid": Type.TEXT, "userid": Type.TEXT, "learned_at": Type.BIGINT},
    ("open_userid",),
)
_FACTS = ("name", "employment", "departments", "tags")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What changes with every change of what is known of people."""

    people: int
    changes: int
    ids: int
    newest_id: int


class StaffBook:
    """See `handlers.conversations.StaffBook`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.changed = False
        """Whether something was written that others have to know."""

    async def mark(self, userid: UserId, employment: Employment) -> bool:
        changed = await self._connection.fetch(
            "INSERT INTO staff (userid, name, employment, departments, tags, version)"
            " VALUES ($1, '', $2, '[]', '[]', 1) ON CONFLICT (userid) DO UPDATE"
            " SET employment = excluded.employment, version = staff.version + 1"
            " WHERE staff.employment <> excluded.employment RETURNING userid",
            userid,
            employment.value,
        )
        self.changed = True
        return bool(changed)

    async def save(self, members: Iterable[StaffMember]) -> set[UserId]:
        """Write what has been learnt; those who differ from what was known."""
        rows = [
            (one.userid, one.name, one.employment.value, _listed(one.departments), _listed(one.tags), 1)
            for one in sorted(members, key=lambda one: one.userid)
        ]
        if not rows:
            return set()
        listed = self._connection.listed(STAFF.columns, rows, 1)
        insert = insert_into(
            STAFF, f"SELECT {', '.join(STAFF.columns)} FROM {listed.sql} WHERE true", Conflict.FAIL
        )
        changes = ", ".join(f"{name} = excluded.{name}" for name in _FACTS)
        before, after = (", ".join(f"{where}.{name}" for name in _FACTS) for where in ("staff", "excluded"))
        written = await self._connection.fetch(
            f"{insert} ON CONFLICT (userid) DO UPDATE SET {changes}, version = staff.version + 1"
            f" WHERE ({before}) <> ({after}) RETURNING userid",
            *listed.parameters,
        )
        self.changed = self.changed or bool(written)
        return {UserId(row["userid"]) for row in written}

    async def learn(self, ids: Mapping[str, UserId], now: datetime) -> None:
        """Remember what else somebody is called."""
        if ids:
            rows = [(written, userid, to_ms(now)) for written, userid in sorted(ids.items())]
            await self._connection.write(IDS, rows, Conflict.REPLACE)
            self.changed = True


async def known_staff() -> Staff:
    """All that is known of people."""
    people = await StaffTable.all().values("userid", "name", "employment", "departments", "tags")
    ids = await OpenUseridTable.all().values("open_userid", "userid")
    members = [
        StaffMember(
            userid=UserId(row["userid"]),
            name=row["name"],
            employment=Employment(row["employment"]),
            departments=frozenset(json.loads(row["departments"])),
            tags=frozenset(json.loads(row["tags"])),
        )
        for row in people
    ]
    return Staff(
        members={one.userid: one for one in members},
        ids={row["open_userid"]: UserId(row["userid"]) for row in ids},
    )


async def trace_of_staff(connection: Connection) -> Trace:
    """At a glance, whether something has changed."""
    (row,) = await connection.fetch(
        "SELECT count(*) AS people, CAST(coalesce(sum(s.version), 0) AS bigint) AS changes,"
        " (SELECT count(*) FROM open_userids) AS ids,"
        " (SELECT coalesce(max(learned_at), 0) FROM open_userids) AS newest_id FROM staff AS s"
    )
    return Trace(people=row["people"], changes=row["changes"], ids=row["ids"], newest_id=row["newest_id"])


def _listed(labels: Iterable[str]) -> str:
    return json.dumps(sorted(labels), ensure_ascii=False)
