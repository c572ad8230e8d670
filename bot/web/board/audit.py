"""Who has seen and done what, when, and by which way? The audit trail, newest first."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

import msgspec

from bot.storage.trail import TrailFilter, TrailLine
from bot.storage.views import Views
from bot.web.board.cells import Column, Person, Word
from bot.web.board.queries import ListQuery
from bot.web.board.screens import Asked, Export, Screen, by_load
from handlers.trail import Way
from handlers.world import Directory
from replies.masking import free, plain
from replies.pages.audit import AUDIT
from rules.anomalies import AnomalyId
from rules.dates import begin_of, end_of
from rules.rights import Right

SHORT = 8
"""So many digits tell two digests apart for the eye."""


class AuditQuery(ListQuery, frozen=True, kw_only=True):
    """Which lines; `changes` true leaves out those who only looked."""

    actor: str | None = None
    """A userid, or somebody's name."""
    deed: str | None = None
    order: str | None = None
    shop: str | None = None
    case: str | None = None
    since: date | None = None
    until: date | None = None
    changes: bool | None = None


class AuditLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line, as it is shown."""

    id: str
    at: datetime
    utc: datetime
    actor: str
    """A userid, `token:<name>`, `file:<name>`, or `system`."""
    way: Way
    deed: str
    subject: str
    shop: str | None
    order_no: str | None
    case: AnomalyId | None
    card: str | None
    before: str | None
    after: str | None
    """The digests of what was changed; equal where nothing was."""
    detail: Mapping[str, str]


class AuditList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of lines, newest first."""

    items: Sequence[AuditLine]
    next: str | None


COLUMNS: tuple[Column[AuditLine], ...] = (
    Column("at", lambda row: row.at, 20),
    Column("utc", lambda row: row.utc, 20),
    Column("actor", lambda row: Person(row.actor), 14),
    Column("actor_id", lambda row: row.actor, 16),
    Column("way", lambda row: Word(f"way_{row.way}"), 10),
    Column("deed", lambda row: row.deed, 22),
    Column("subject", lambda row: row.subject, 34),
    Column("order", lambda row: row.order_no, 22),
    Column("shop", lambda row: row.shop, 12),
    Column("case", lambda row: row.case, 34),
    Column("card", lambda row: row.card, 34),
    Column("before", lambda row: row.before, 12),
    Column("after", lambda row: row.after, 12),
    Column("detail", lambda row: ", ".join(f"{name}={text}" for name, text in row.detail.items()), 40),
)


def audit(views: Views, directory: Directory) -> Screen[AuditQuery, AuditList]:
    """The list."""

    async def load(asked: Asked[AuditQuery]) -> AuditList:
        query = asked.query
        wanted = TrailFilter(
            actor=_userid(query.actor, directory),
            deed=query.deed,
            number=query.order,
            case=None if query.case is None else AnomalyId(query.case),
            since=begin_of(query.since, asked.zone),
            until=end_of(query.until, asked.zone),
            shops=asked.reader.shops_within(query.shop),
            changes_only=bool(query.changes),
            before=query.cursor,
        )
        lines = await views.trail(wanted, query.limit + 1)
        page, more = lines[: query.limit], len(lines) > query.limit
        return AuditList(items=[_line(one, asked) for one in page], next=page[-1].id if more else None)

    return Screen(
        name="audit",
        page="/audit",
        twin="/api/audit",
        summary="The audit trail, newest first",
        query=AuditQuery,
        shape=AuditList,
        load=load,
        words=AUDIT,
        right=Right.AUDIT,
        export=Export(columns=COLUMNS, page=by_load(load)),
    )


def _userid(typed: str | None, directory: Directory) -> str | None:
    """Whoever is meant: by name, where the roster has somebody of that name, else by id."""
    named = (userid for userid, member in directory.roster.members.items() if member.name == typed)
    return next(named, typed)


def _line(line: TrailLine, asked: Asked[AuditQuery]) -> AuditLine:
    entry = line.entry
    return AuditLine(
        id=line.id,
        at=asked.local(entry.at),
        utc=entry.at.astimezone(UTC),
        actor=plain(entry.actor),
        way=entry.way,
        deed=plain(entry.deed),
        subject=plain(entry.subject),
        shop=None if entry.order is None else plain(entry.order.shop),
        order_no=None if entry.order is None else plain(entry.order.order_no),
        case=entry.case,
        card=entry.card,
        before=_short(entry.before),
        after=_short(entry.after),
        detail={plain(name): free(text) for name, text in entry.detail.items() if text},
    )


def _short(digest: str | None) -> str | None:
    return None if digest is None else digest[:SHORT]
