"""What did not arrive, why, and what became of it? The dead letters, which nobody sends again from here."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

import msgspec

from bot.storage.losses import Loss, LossFilter
from bot.storage.views import Views
from bot.web.board.cells import Column, Value, Word
from bot.web.board.queries import ListQuery, Milliseconds, cursor_of, place_of
from bot.web.board.screens import Asked, Export, Screen, by_load
from bot.wecom.codes import code_of
from handlers.addressing import group_addressed
from handlers.outbox import EXPIRED, INTO_GROUPS, SHARED_BY, TO_CUSTOMERS, Letter, LetterKind, Medium
from handlers.world import Directory
from replies.masking import free, plain
from replies.pages.letters import LETTERS
from rules.anomalies import AnomalyId, State
from rules.dates import begin_of, end_of
from rules.delivery import DeliveryState
from rules.events import UserId

LOOKS_BACK = timedelta(days=6)
"""Without a first day asked for: with today, a week."""
Place = tuple[Milliseconds, str]
_CODE = re.compile(r"(?:[^\d]*: )?(-?\d{1,7})\b")


class Aftermath(StrEnum):
    """What became of the matter that a letter was about."""

    PASSED_ON = "passed_on"
    """Somebody else got it instead."""
    NOBODY_LEFT = "nobody_left"
    """Nobody was left who could have; the group was told."""
    REACHED = "reached"
    """The customer has been reached all the same."""
    OVER = "over"
    """The case is closed."""
    OPEN = "open"
    """The case goes on, and its page says how."""
    NONE = "none"
    """It was about no case."""


class LetterQuery(ListQuery, frozen=True, kw_only=True):
    """Which letters; `state` may be several."""

    state: tuple[DeliveryState, ...] = ()
    kind: LetterKind | None = None
    medium: Medium | None = None
    shop: str | None = None
    since: date | None = None
    until: date | None = None


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """One letter, as it is shown: not what it says, and no customer by name."""

    id: str
    at: datetime
    state: DeliveryState
    kind: LetterKind
    medium: Medium
    to: Sequence[str]
    """Members by name, groups by what the roster calls them; empty for a customer, and for the answer to a tap."""
    shop: str | None
    order_no: str | None
    case: AnomalyId | None
    attempts: int
    why: str
    remedy: str
    """What can be mended, where that is known."""
    became: Aftermath
    heirs: Sequence[str]
    """Who got it instead, by name."""


class LetterList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of letters, newest first."""

    items: Sequence[DeadLetter]
    next: str | None
    since: date
    """The first of the days that were looked through."""


def _to(row: DeadLetter) -> Value:
    if row.medium in TO_CUSTOMERS:
        return Word("to_customer")
    return "、".join(row.to) or Word("to_tapper")


COLUMNS: tuple[Column[DeadLetter], ...] = (
    Column("at", lambda row: row.at, 20),
    Column("state", lambda row: row.state, 10),
    Column("kind", lambda row: Word(f"kind_{row.kind}"), 18),
    Column("medium", lambda row: Word(f"medium_{row.medium}"), 14),
    Column("to", _to, 24),
    Column("order", lambda row: row.order_no, 22),
    Column("shop", lambda row: row.shop, 12),
    Column("attempts", lambda row: row.attempts, 8),
    Column("why", lambda row: row.why, 40),
    Column("remedy", lambda row: row.remedy, 40),
    Column("became", lambda row: Word(f"became_{row.became}"), 22),
    Column("heirs", lambda row: "、".join(row.heirs), 20),
    Column("case", lambda row: row.case, 34),
)


def letters(views: Views, directory: Directory) -> Screen[LetterQuery, LetterList]:
    """The list."""

    async def load(asked: Asked[LetterQuery]) -> LetterList:
        query = asked.query
        since = query.since or asked.now.astimezone(asked.zone).date() - LOOKS_BACK
        wanted = LossFilter(
            states=query.state,
            kind=query.kind,
            medium=query.medium,
            shops=asked.reader.shops_within(query.shop),
            since=begin_of(since, asked.zone),
            until=end_of(query.until, asked.zone),
            before=place_of(query.cursor, Place),
        )
        found = await views.losses(wanted, query.limit + 1)
        page, more = found[: query.limit], len(found) > query.limit
        rows = [_dead(loss, asked, directory) for loss in page]
        return LetterList(items=rows, next=cursor_of(*page[-1].place) if more else None, since=since)

    return Screen(
        name="letters",
        page="/letters",
        twin="/api/letters",
        summary="Letters that did not arrive and are missed, newest first",
        query=LetterQuery,
        shape=LetterList,
        load=load,
        words=LETTERS,
        export=Export(columns=COLUMNS, page=by_load(load)),
    )


def _dead(loss: Loss, asked: Asked[LetterQuery], directory: Directory) -> DeadLetter:
    letter = loss.letter
    heirs = _heirs(loss.passed_on)
    return DeadLetter(
        id=letter.id,
        at=asked.local(letter.done_at or letter.due_at),
        state=letter.state,
        kind=letter.kind,
        medium=letter.medium,
        to=_addressees(letter, directory),
        shop=None if letter.order is None else plain(letter.order.shop),
        order_no=None if letter.order is None else plain(letter.order.order_no),
        case=letter.case,
        attempts=letter.attempts,
        why=free(letter.note.removeprefix(f"{EXPIRED}: ")),
        remedy=_remedy(letter.note),
        became=_aftermath(loss, heirs),
        heirs=[free(directory.roster.name(userid)) for userid in heirs or ()],
    )


def _addressees(letter: Letter, directory: Directory) -> list[str]:
    if letter.medium in TO_CUSTOMERS or letter.medium is Medium.REPLY:
        return []
    if letter.medium in INTO_GROUPS:
        known = (
            group_addressed(letter.to)
            if letter.medium is Medium.WEBHOOK
            else directory.roster.group_of(letter.to)
        )
        return [free(known or letter.to)]
    return [free(directory.roster.name(UserId(userid))) for userid in letter.readers]


def _heirs(passed_on: str | None) -> list[UserId] | None:
    """Who got it instead, by what the timeline says; None when nobody was looked for."""
    if passed_on is None:
        return None
    detail: Mapping[str, str] = json.loads(passed_on)
    userids = detail.get("detail", "").partition(">")[2]
    return [UserId(userid) for userid in userids.split(SHARED_BY) if userid]


def _aftermath(loss: Loss, heirs: Sequence[UserId] | None) -> Aftermath:
    if heirs is not None:
        return Aftermath.PASSED_ON if heirs else Aftermath.NOBODY_LEFT
    if loss.letter.kind is LetterKind.CUSTOMER and loss.reached:
        return Aftermath.REACHED
    if loss.case_state is None:
        return Aftermath.NONE
    return Aftermath.OVER if loss.case_state is State.CLOSED else Aftermath.OPEN


def _remedy(note: str) -> str:
    """What the table of errors says of the code that a note begins with."""
    found = _CODE.match(note)
    return "" if found is None else code_of(int(found[1])).mend
