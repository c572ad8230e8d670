"""What is a screen? One thing to look at: a page for people and the same as JSON for programs, declared once."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Any, Generic, Protocol, TypeVar, overload

import msgspec
from msgspec import structs

from bot.web.board.cells import Column, Tongue
from bot.web.board.queries import ListQuery, Query
from bot.web.board.readers import Reader
from bot.web.board.sheets import Sheet
from replies.words import Catalogue
from rules.anomalies import AnomalyId
from rules.events import OrderKey
from rules.rights import Right

Asking = TypeVar("Asking", bound=Query)
Asked_co = TypeVar("Asked_co", bound=Query, covariant=True)
Shown = TypeVar("Shown", bound=msgspec.Struct)


class MissingError(Exception):
    """What was asked for does not exist, or not for this reader; its argument names it as it was typed."""


class AmbiguousError(Exception):
    """What was asked for could be several things; `choices` name them, and the page at `page` lists them."""

    def __init__(self, detail: str, choices: Mapping[str, Any], page: str) -> None:
        super().__init__(detail)
        self.choices = choices
        self.page = page


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(Generic[Asked_co]):
    """One look at a screen: who looks, at what, when."""

    reader: Reader
    path: Mapping[str, str]
    """The parts of the address that vary."""
    query: Asked_co
    now: datetime
    zone: tzinfo
    whole: bool = True
    """All of what can be long, as programs and files get it; a page shows the beginning."""

    @overload
    def local(self, at: datetime) -> datetime: ...
    @overload
    def local(self, at: None) -> None: ...
    @overload
    def local(self, at: datetime | None) -> datetime | None: ...
    def local(self, at: datetime | None) -> datetime | None:
        """The time with the merchant's offset, as pages and programs get it."""
        return None if at is None else at.astimezone(self.zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the audit trail says that somebody has looked at."""

    order: OrderKey | None = None
    case: AnomalyId | None = None


class Page(Protocol):
    """A part of a list."""

    @property
    def items(self) -> Sequence[Any]: ...

    @property
    def next(self) -> str | None:
        """The cursor of the part that follows; None for the last one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """How a list is taken away, at its address with `.csv` and `.xlsx` behind.

    The rows are those of `page`, asked with a cursor, from None on, and a limit until there are no more.
    """

    columns: tuple[Column[Any], ...]
    """Of the table on the page as well: templates ask for `cells(row)`."""
    page: Callable[[Asked[Any], str | None, int], Awaitable[Page]]
    address: str | None = None
    """Without the ending; None for that of the page."""
    beside: Callable[[Page, Asked[Any], Tongue], Awaitable[Sequence[Sheet]]] | None = None
    """Further sheets of the workbook; the first page of the rows is there already."""


def by_load(
    load: Callable[[Asked[Any]], Awaitable[Page]],
) -> Callable[[Asked[Any], str | None, int], Awaitable[Page]]:
    """The pages of an export are those of the screen itself; all of it, where its query is none of a list."""

    async def page(asked: Asked[Any], cursor: str | None, limit: int) -> Page:
        query = asked.query
        if isinstance(query, ListQuery):
            query = structs.replace(query, cursor=cursor, limit=limit)
        return await load(replace(asked, query=query))

    return page


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Screen(Generic[Asking, Shown]):
    """A page and its twin. What `load` gives is all that either shows: texts from outside are fit to be shown."""

    name: str
    """The template's name, and what OpenAPI and the audit trail call it."""
    page: str | None
    """The address of the page; None where another page shows it."""
    twin: str
    """The address of the same as JSON, below /api."""
    summary: str
    """For OpenAPI."""
    query: type[Asking]
    shape: type[Shown]
    load: Callable[[Asked[Asking]], Awaitable[Shown]]
    """Raises MissingError, AmbiguousError, FaultyQueryError, StoreUnavailableError."""
    words: Catalogue
    right: Right = Right.LOOK
    about: Callable[[Shown], About] = lambda _: About()
    onward: Callable[[Shown], str | None] = lambda _: None
    """Where the page sends the reader at once: what was looked for has a page of its own. None to show it."""
    tools: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What the template has at hand beside the common things."""
    tab: str = ""
    """The entry of the navigation that the page belongs to; its own name where it is empty."""
    export: Export | None = None
    """For lists."""
