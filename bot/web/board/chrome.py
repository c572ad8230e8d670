"""What stands around every page, and in which language? The frame, the words, the times."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlencode

import aiohttp_jinja2
from aiohttp import web
from markupsafe import Markup

from bot.clock import Clock
from bot.web.board.addresses import order_page
from bot.web.board.cells import Tongue
from bot.web.board.queries import PAGING, typed
from bot.web.board.readers import Reader
from bot.web.offer import Offer
from bot.web.sessions import Sessions
from handlers.world import Directory
from replies import charts
from replies.labels import label, labels
from replies.pages import times
from replies.pages.common import COMMON
from replies.words import Catalogue, Language, Words
from rules.events import OrderKey, OrderNo, Shop
from rules.rights import FOR_ALL_SHOPS, Right, holders

LANGUAGE_COOKIE = "dingdan_lang"
A_YEAR_SECONDS = 365 * 24 * 3600


class Tab(NamedTuple):
    """An entry of the navigation, for those who have the right."""

    name: str
    address: str
    right: Right = Right.LOOK


class Group(NamedTuple):
    """Entries that belong together: one group is open at a time."""

    name: str
    tabs: tuple[Tab, ...]

    @property
    def names(self) -> set[str]:
        """What its entries are called."""
        return {tab.name for tab in self.tabs}


GROUPS = (
    Group(
        "now",
        (
            Tab("health", "/"),
            Tab("anomalies", "/anomalies?state=open,claimed,replied,recovered"),
            Tab("incidents", "/incidents"),
            Tab("orders", "/orders"),
            Tab("tasks", "/tasks"),
            Tab("promises", "/promises"),
            Tab("sources", "/sources"),
        ),
    ),
    Group("team", (Tab("duty", "/duty"), Tab("measures", "/measures"), Tab("reports", "/reports"))),
    Group(
        "improve",
        (
            Tab("reasons", "/reasons"),
            Tab("causes", "/causes"),
            Tab("proposals", "/proposals"),
            Tab("rules", "/rules"),
            Tab("rehearsals", "/rehearsals", Right.REHEARSE),
            Tab("experiments", "/experiments"),
            Tab("decisions", "/decisions"),
        ),
    ),
    Group(
        "records",
        (
            Tab("unmatched", "/unmatched"),
            Tab("letters", "/letters"),
            Tab("audit", "/audit", Right.AUDIT),
        ),
    ),
)


def _seen_by(reader: Reader, group: Group) -> Group:
    """The part of it that somebody may see."""
    return Group(group.name, tuple(tab for tab in group.tabs if reader.may(tab.right)))


def language_of(request: web.Request) -> Language:
    """What the reader asked for, now or before; else what their browser likes best of the two; else Chinese."""
    for asked in (request.query.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if asked in {*Language}:
            return Language(asked)
    liked = (part.strip()[:2].lower() for part in request.headers.get("Accept-Language", "").split(","))
    return next((Language(tag) for tag in liked if tag in {*Language}), Language.ZH)


@dataclass(frozen=True, slots=True)
class Chrome:
    """Renders pages."""

    directory: Directory
    sessions: Sessions
    login: Offer
    clock: Clock
    groups: tuple[Group, ...] = GROUPS

    def render(
        self,
        request: web.Request,
        template: str,
        context: Mapping[str, Any],
        *,
        reader: Reader | None,
        words: Catalogue | None = None,
        tab: str = "",
        status: int = 200,
    ) -> web.Response:
        """A page in the reader's language, with what every template has at hand."""
        language = language_of(request)
        t = Words(language, COMMON, words or {})
        common = {
            **self._common(language, t),
            **self._frame(request, reader, tab),
            **_addresses(request, {} if reader is None else typed(request.query)),
        }
        response = aiohttp_jinja2.render_template(template, request, {**common, **context}, status=status)
        if request.query.get("lang") in {*Language}:
            response.set_cookie(
                LANGUAGE_COOKIE,
                language,
                max_age=A_YEAR_SECONDS,
                httponly=True,
                samesite="Lax",
                secure=self.sessions.secure,
            )
        return response

    def part(
        self,
        app: web.Application,
        template: str,
        context: Mapping[str, Any],
        words: Catalogue,
        language: Language,
    ) -> str:
        """A part of a page, for a page that is open already."""
        common = self._common(language, Words(language, COMMON, words))
        return aiohttp_jinja2.get_env(app).get_template(template).render({**common, **context})

    def _common(self, language: Language, t: Words) -> dict[str, Any]:
        now, zone = self.clock.now(), self.directory.rules.current.calendar.zone

        def at(moment: datetime | None) -> Markup | str:
            """A time, short, with the whole of it one hover away."""
            if moment is None:
                return "—"
            tag = Markup('<time datetime="{}" title="{}">{}</time>')
            return tag.format(moment.isoformat(), times.full(moment, zone), times.stamp(moment, now, zone))

        def say(key: str, **values: object) -> Markup:
            """The words of `t` around what is marked up itself, such as a time."""
            return Markup(t(key)).format(**values)  # noqa: S704 -- our own words; the values are escaped

        def since(moment: datetime) -> str:
            return times.since(moment, now, language)

        def span(length: timedelta) -> str:
            return times.span(length, language)

        def label_of(value: StrEnum) -> str:
            return label(value, language)

        return {
            "t": t, "say": say, "lang": language, "at": at, "since": since, "span": span, "label": label_of, "now": now,
            "labels": partial(labels, language=language), "said": partial(_said, t), "to": _to, "name": self._name, "charts": charts,
        }  # fmt: skip

    def _frame(self, request: web.Request, reader: Reader | None, tab: str) -> dict[str, Any]:
        groups = (
            [] if reader is None else [one for group in self.groups if (one := _seen_by(reader, group)).tabs]
        )
        return {
            "reader": reader,
            "groups": groups,
            "open_group": next((one for one in groups if tab in one.names), groups[0] if groups else None),
            "tab": tab,
            "token": "" if reader is None else self.sessions.form_token(request),
        }

    def tongue(self, request: web.Request, words: Catalogue) -> Tongue:
        """What says the values of a list to the reader."""
        return Tongue(Words(language_of(request), COMMON, words), self._name)

    def _name(self, userid: str | None) -> str:
        """Somebody's name; the system's is left to the page."""
        return "" if userid is None else self.directory.roster.name(userid)  # pyright: ignore[reportArgumentType]

    # --- pages that say no ---------------------------------------------------

    def stranger(self, request: web.Request, *, expired: bool = False, path: str = "/") -> web.Response:
        """Who somebody is must be known first."""
        title = "expired_title" if expired else "stranger_title"
        return self._no(request, None, 401, title, "stranger_text", login=self.login.to(path))

    def left(self, request: web.Request) -> web.Response:
        """Somebody has gone out."""
        return self._no(request, None, 200, "left_title", "stranger_text", login=self.login.to("/"))

    def missing(self, request: web.Request, reader: Reader, what: str) -> web.Response:
        """It does not exist, or not for this reader."""
        return self._no(request, reader, 404, "missing_title", "missing_text", what=what)

    def forbidden(self, request: web.Request, reader: Reader, right: Right) -> web.Response:
        """The reader has not got the right, or not for every shop that it has its effect in."""
        language = language_of(request)
        values = {
            "right": label(right, language),
            "roles": "、".join(label(role, language) for role in holders(right)),
        }
        text = "forbidden_shops" if right in FOR_ALL_SHOPS else "forbidden_text"
        return self._no(request, reader, 403, "forbidden_title", text, **values)

    def foreign_form(self, request: web.Request, reader: Reader) -> web.Response:
        """A form that we did not give to this session."""
        return self._no(request, reader, 403, "foreign_form_title", "foreign_form_text")

    def away(self, request: web.Request, reader: Reader | None) -> web.Response:
        """The database is away."""
        response = self._no(request, reader, 503, "away_title", "away_text")
        response.headers["Retry-After"] = "2"
        return response

    def busy(self, request: web.Request, reader: Reader, most: int, seconds: int) -> web.Response:
        """As much of it is under way as may be."""
        response = self._no(request, reader, 429, "export_busy_title", "export_busy_text", most=most)
        response.headers["Retry-After"] = str(seconds)
        return response

    def _no(
        self,
        request: web.Request,
        reader: Reader | None,
        status: int,
        title: str,
        text: str,
        login: str = "",
        **values: object,
    ) -> web.Response:
        words = Words(language_of(request), COMMON)
        context = {"title": words(title), "text": words(text, **values), "login": login}
        return self.render(request, "board/no.html", context, reader=reader, status=status)


def _addresses(request: web.Request, query: Mapping[str, str]) -> dict[str, Any]:
    """The page's own address, a little changed, and those of orders, whatever their numbers are.

    `query` is empty for a stranger: their parameters, codes of a login among them, are not told again.
    """

    def here(**changes: object) -> str:
        return _changed(request.path, query, changes)

    def order_link(shop: str, order_no: str) -> str:
        return order_page(OrderKey(Shop(shop), OrderNo(order_no)))

    def file(kind: str) -> str:
        return _changed(f"{request.path}.{kind}", query, dict.fromkeys(PAGING))

    return {"here": here, "order_link": order_link, "file": file}


def _said(t: Words, values: Iterable[StrEnum], prefix: str) -> dict[str, str]:
    """Choices that the words of the page name."""
    return {value.value: t(f"{prefix}{value}") for value in values}


def _to(path: str, **given: object) -> str:
    """Another address, with what is given and not empty."""
    return path + _query({name: str(value) for name, value in given.items() if value})


def _changed(path: str, query: Mapping[str, str], changes: Mapping[str, object]) -> str:
    """An address with other parameters, of which None takes one away."""
    after = {**query, **{name: str(value) for name, value in changes.items()}}
    kept = {name: value for name, value in after.items() if name not in changes or changes[name] is not None}
    return path + _query(kept)


def _query(parameters: Mapping[str, str]) -> str:
    return f"?{urlencode(parameters, safe=',')}" if parameters else ""
