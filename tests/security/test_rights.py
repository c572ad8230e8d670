"""Who may open which address? Every route of the service, for every role, for strangers and for other shops (S-16 to S-18).

The tables name every route that the router knows: a new one without a line fails here.
"""

import asyncio
import inspect
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from yarl import URL

from bot.app import service
from bot.clock import ManualClock
from bot.secrets import Pass, Passes, Signer
from bot.settings import load
from bot.signals import Signals
from bot.storage.opening import database_for
from bot.storage.store import Database, Store, Transaction
from bot.storage.trail import TrailFilter
from bot.storage.views import Views
from bot.web.board.queries import cursor_of
from handlers.trail import REFUSED, AuditEntry
from rules.anomalies import AnomalyId
from rules.events import Shop, UserId
from rules.reports import RehearsalState
from rules.rights import Right, Role
from rules.trials import Ending
from tests.contracts.builders import a_decision, a_draft, a_rehearsal, an_experiment, an_incident

pytestmark = pytest.mark.asyncio(loop_scope="module")

# --- the tables --------------------------------------------------------------------------

EVERYBODY = frozenset(Role)
AGENT, LEAD, MANAGER, OPERATIONS, ADMIN = Role
WORKERS = frozenset({AGENT, LEAD, MANAGER, ADMIN})
EXPORTERS = frozenset({LEAD, MANAGER, OPERATIONS, ADMIN})
REVEALERS = frozenset({LEAD, MANAGER, ADMIN})
CLAIMERS = frozenset({LEAD, MANAGER, ADMIN})
ROSTERERS = frozenset({LEAD, MANAGER, ADMIN})
TIERS = frozenset({MANAGER, OPERATIONS, ADMIN})
REHEARSERS = frozenset({MANAGER, OPERATIONS, ADMIN})
RULERS = frozenset({OPERATIONS, ADMIN})
APPROVERS = frozenset({LEAD, MANAGER, OPERATIONS, ADMIN})
DECIDERS = frozenset({LEAD, MANAGER, OPERATIONS, ADMIN})
AUDITORS = frozenset({MANAGER, ADMIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Who may, what they get, and what they send; everybody else gets 403, and strangers 401."""

    who: frozenset[Role] = EVERYBODY
    gets: int = 200
    form: Mapping[str, str] = field(default_factory=dict[str, str])
    """With a token, as a page of ours sends it."""
    json: bool = False
    """The form is sent as JSON."""
    everywhere: bool = False
    """It has its effect in every shop: of `who`, only those who serve all of them."""

    def of(self, role: Role) -> str:
        """The userid of one of the role who may, if anybody of it may."""
        return f"{role}{EVERYWHERE}" if self.everywhere else role


PEOPLE: Mapping[str, Line] = {
    "GET /": Line(),
    "GET /live": Line(),
    "GET /anomalies": Line(),
    "GET /anomalies.csv": Line(who=EXPORTERS),
    "GET /anomalies.xlsx": Line(who=EXPORTERS),
    "POST /anomalies/claim": Line(who=CLAIMERS, form={"id": "none"}),
    "GET /a/{id}": Line(),
    "POST /a/{id}": Line(who=WORKERS, form={"do": "claim"}),
    "GET /incidents": Line(),
    "GET /incidents.csv": Line(who=EXPORTERS),
    "GET /incidents.xlsx": Line(who=EXPORTERS),
    "GET /i/{id}": Line(),
    "POST /i/{id}": Line(who=WORKERS, form={"do": "claim"}),
    "GET /i/{id}/orders.csv": Line(who=EXPORTERS),
    "GET /i/{id}/orders.xlsx": Line(who=EXPORTERS),
    "GET /a/{id}/timeline.csv": Line(who=EXPORTERS),
    "GET /a/{id}/timeline.xlsx": Line(who=EXPORTERS),
    "GET /orders/{shop}/{order_no}": Line(),
    "GET /orders/{shop}/{order_no}/events": Line(),
    "GET /orders/{shop}/{order_no}/events/{source}/{id}": Line(),
    "POST /orders/{shop}/{order_no}/reveal": Line(who=REVEALERS),
    "GET /orders": Line(),
    "GET /orders.csv": Line(who=EXPORTERS),
    "GET /orders.xlsx": Line(who=EXPORTERS),
    "GET /measures": Line(),
    "GET /measures.csv": Line(who=EXPORTERS),
    "GET /measures.xlsx": Line(who=EXPORTERS),
    "GET /reasons": Line(),
    "GET /reasons.csv": Line(who=EXPORTERS),
    "GET /reasons.xlsx": Line(who=EXPORTERS),
    "GET /causes": Line(),
    "GET /causes.csv": Line(who=EXPORTERS),
    "GET /causes.xlsx": Line(who=EXPORTERS),
    "POST /causes": Line(who=EXPORTERS, form={"week": "2026-03-02"}),
    "GET /causes/orders": Line(),
    "GET /causes/orders.csv": Line(who=EXPORTERS),
    "GET /causes/orders.xlsx": Line(who=EXPORTERS),
    "GET /evidence": Line(),
    "GET /evidence.csv": Line(who=EXPORTERS),
    "GET /evidence.xlsx": Line(who=EXPORTERS),
    "GET /decisions": Line(),
    "GET /decisions.csv": Line(who=EXPORTERS),
    "GET /decisions.xlsx": Line(who=EXPORTERS),
    "POST /decisions": Line(who=DECIDERS, form={"text": ""}, gets=400),
    "GET /decisions/{number}": Line(),
    "POST /decisions/{number}": Line(who=DECIDERS, form={"text": ""}, gets=400),
    "GET /reports": Line(),
    "GET /reports/{week}": Line(gets=404),
    "GET /proposals": Line(),
    "GET /proposals.csv": Line(who=EXPORTERS),
    "GET /proposals.xlsx": Line(who=EXPORTERS),
    "POST /proposals": Line(who=RULERS, form={"do": "reject"}, gets=400),
    "GET /promises": Line(),
    "GET /promises.csv": Line(who=EXPORTERS),
    "GET /promises.xlsx": Line(who=EXPORTERS),
    "GET /tasks": Line(),
    "GET /tasks.csv": Line(who=EXPORTERS),
    "GET /tasks.xlsx": Line(who=EXPORTERS),
    "POST /tasks": Line(form={"kind": "recheck_stock"}, gets=400),
    "GET /rehearsals": Line(),
    "POST /rehearsals": Line(who=REHEARSERS, gets=400),
    "GET /rehearsals/{id}": Line(),
    "POST /rehearsals/{id}": Line(who=REHEARSERS, gets=409),
    "GET /duty": Line(),
    "POST /duty": Line(who=ROSTERERS, form={"do": "undo", "number": "0"}, gets=400),
    "GET /rules": Line(),
    "POST /rules": Line(who=RULERS, form={"part": "stages"}, gets=303),
    "GET /rules/{version}": Line(),
    "POST /rules/{version}": Line(who=RULERS, everywhere=True, form={"newest": "0"}, gets=409),
    "GET /rules/{version}.yaml": Line(),
    "GET /rules/drafts/{id}": Line(),
    "POST /rules/drafts/{id}": Line(who=RULERS, form={"do": "save", "revision": "0"}, gets=409),
    "POST /rules/drafts/{id}/approval": Line(who=APPROVERS, form={"revision": "0"}, gets=303),
    "POST /rules/drafts/{id}/words": Line(who=RULERS, gets=404),
    "GET /experiments": Line(),
    "POST /experiments": Line(who=RULERS, everywhere=True, gets=400),
    "GET /experiments/{id}": Line(),
    "POST /experiments/{id}": Line(
        who=RULERS, everywhere=True, form={"do": "grow", "percent": "30"}, gets=400
    ),
    "GET /sources": Line(),
    "GET /unmatched": Line(),
    "GET /unmatched.csv": Line(who=EXPORTERS),
    "GET /unmatched.xlsx": Line(who=EXPORTERS),
    "POST /unmatched/tie": Line(who=TIERS, gets=303),
    "GET /letters": Line(),
    "GET /letters.csv": Line(who=EXPORTERS),
    "GET /letters.xlsx": Line(who=EXPORTERS),
    "GET /audit": Line(who=AUDITORS),
    "GET /audit.csv": Line(who=AUDITORS),
    "GET /audit.xlsx": Line(who=AUDITORS),
    "GET /wecom/sidebar": Line(),
    "POST /wecom/sidebar": Line(who=WORKERS),
    "POST /wecom/sidebar/signature": Line(
        form={"kind": "corp", "url": "https://elsewhere.example/"}, json=True, gets=400
    ),
    "POST /wecom/sidebar/send": Line(who=WORKERS, form={"case": "x", "customer": "wm"}, json=True, gets=400),
    "POST /wecom/sidebar/result": Line(
        who=WORKERS, form={"letter": "none", "result": "ok"}, json=True, gets=200
    ),
    "GET /api/health": Line(),
    "GET /api/anomalies": Line(),
    "GET /api/anomalies/{id}": Line(),
    "GET /api/anomalies/{id}/timeline": Line(),
    "GET /api/incidents": Line(),
    "GET /api/incidents/{id}": Line(),
    "GET /api/orders": Line(),
    "GET /api/orders/{order_no}": Line(),
    "GET /api/orders/{order_no}/events": Line(),
    "GET /api/orders/{order_no}/events/{source}/{id}": Line(),
    "GET /api/ledger": Line(),
    "GET /api/measures": Line(),
    "GET /api/reasons": Line(),
    "GET /api/causes": Line(),
    "GET /api/causes/orders": Line(),
    "GET /api/evidence": Line(),
    "GET /api/decisions": Line(),
    "GET /api/decisions/{number}": Line(),
    "GET /api/reports": Line(),
    "GET /api/reports/{week}": Line(gets=404),
    "GET /api/proposals": Line(),
    "GET /api/promises": Line(),
    "GET /api/tasks": Line(),
    "GET /api/rehearsals": Line(),
    "GET /api/rehearsals/{id}": Line(),
    "GET /api/duty": Line(),
    "GET /api/rules": Line(),
    "GET /api/rules/{version}": Line(),
    "GET /api/rules/drafts/{id}": Line(),
    "GET /api/experiments": Line(),
    "GET /api/experiments/{id}": Line(),
    "GET /api/sources": Line(),
    "GET /api/unmatched": Line(),
    "GET /api/letters": Line(),
    "GET /api/audit": Line(who=AUDITORS),
}
"""The addresses of people, and those that programs read with a token."""

OTHERS: Mapping[str, str] = {
    "POST /api/events": "sources, by their tokens",
    "GET /wecom/callback": "WeCom, by its signature",
    "POST /wecom/callback": "WeCom, by its signature",
    "GET /healthz": "whoever asks: it says that the process is alive, and nothing else",
    "GET /readyz": "whoever asks: which parts are up",
    "GET /metrics": "this machine, or a token with the scope health",
    "GET /openapi.json": "this machine, or a token with the scope health",
    "GET /static": "whoever asks: our own style and scripts",
    "GET /wecom/sidebar/static": "whoever asks: our own style and scripts",
    "GET /login": "whoever is about to log in",
    "GET /login/wecom": "whoever comes back from logging in",
    "GET /l/{link}": "whoever holds the link",
    "GET /logout": "whoever has gone out",
    "POST /logout": "whoever has a session ends it: test_doors.py",
    "GET /anomalies/claim": "it leads back to the list",
    "GET /orders/{shop}/{order_no}/reveal": "it leads back to the order's page",
}
"""The addresses that are no question of roles, and why."""

CARD_WRITES = frozenset({
    "POST /a/{id}", "POST /i/{id}", "POST /wecom/sidebar", "POST /wecom/sidebar/send", "POST /wecom/sidebar/result",
    "POST /wecom/sidebar/signature", "POST /tasks",
})  # fmt: skip
"""What agents may do: what the card offers (decision 0021). The signature changes nothing."""

PUT_DOWN: Mapping[str, str] = {
    "POST /a/{id}": "test_audit_trail.test_every_deed_of_a_page_leaves_a_line",
    "POST /i/{id}": "test_approving.test_the_page_shows_each_in_full_and_sends_what_was_chosen",
    "POST /anomalies/claim": "test_claiming.test_who_is_first_has_a_case_and_who_is_second_is_told_their_name",
    "POST /orders/{shop}/{order_no}/reveal": "test_order_page.test_what_is_personal_is_shown_in_full_once_to_whoever_may",
    "POST /wecom/sidebar": "test_audit_trail.test_what_the_sidebar_sends_and_reports_leaves_a_line",
    "POST /wecom/sidebar/send": "test_audit_trail.test_what_the_sidebar_sends_and_reports_leaves_a_line",
    "POST /wecom/sidebar/result": "test_audit_trail.test_what_the_sidebar_sends_and_reports_leaves_a_line",
    "POST /tasks": "test_tasks_page.test_whoever_was_asked_answers_on_the_page_and_who_comes_second_is_told",
    "POST /proposals": "test_proposals.test_what_is_accepted_is_a_draft_and_what_is_rejected_says_why",
    "POST /rehearsals": "test_rehearsals.test_a_draft_is_rehearsed_on_the_board_and_its_result_stands_there",
    "POST /rehearsals/{id}": "test_rehearsals.test_what_nobody_wants_any_more_is_cancelled",
    "POST /causes": "test_causes.test_a_week_is_worked_out_when_somebody_asks",
    "POST /decisions": "test_decisions.test_what_was_decided_is_logged_and_closed_by_an_entry_of_its_own",
    "POST /decisions/{number}": "test_decisions.test_what_was_decided_is_logged_and_closed_by_an_entry_of_its_own",
    "POST /duty": "test_duty.test_leads_and_managers_change_duty_on_the_page",
    "POST /rules": "test_rules_page.test_a_lane_is_made_published_seen_and_undone",
    "POST /rules/{version}": "test_rules_page.test_a_lane_is_made_published_seen_and_undone",
    "POST /rules/drafts/{id}": "test_rules_page.test_a_lane_is_made_published_seen_and_undone",
    "POST /rules/drafts/{id}/approval": (
        "test_reply_pages.test_words_for_one_shop_are_mended_agreed_to_published_said_and_undone"
    ),
    "POST /experiments": "test_experiments.test_what_is_better_is_for_thirty_percent_then_for_all_and_is_taken_back",
    "POST /experiments/{id}": "test_experiments.test_what_is_better_is_for_thirty_percent_then_for_all_and_is_taken_back",
    "POST /unmatched/tie": "test_unmatched.test_a_tied_event_is_folded_in_like_news_and_so_is_all_that_waits_for_its_number",
}
"""The story in which each write is seen to leave a line in the audit trail (S-28)."""
CHANGES_NOTHING: Mapping[str, str] = {
    "POST /wecom/sidebar/signature": "it signs the address of the page for WeCom's script",
    "POST /rules/drafts/{id}/words": "it words what is being typed, and keeps nothing of it",
}

# --- the service -------------------------------------------------------------------------

SECRET = "of-this-test"
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
NO, EVENT = "DB1", "e1"
ELSEWHERE, EVERYWHERE = "-elsewhere", "-everywhere"
ROSTER = {
    "members": [
        {"userid": f"{role}{where}", "name": f"{role}{where}", "roles": [role], "shops": [shop]}
        for role in Role
        for where, shop in (("", "main"), (ELSEWHERE, "other"), (EVERYWHERE, "*"))
    ],
    "fallback": "manager",
}


@dataclass(slots=True, kw_only=True)
class Place:
    """A running service with one order that is late, and all its routes."""

    address: str
    http: aiohttp.ClientSession
    clock: ManualClock
    views: Views
    routes: frozenset[str]
    values: Mapping[str, str]
    """What stands in the places of the addresses."""
    incident: str = ""
    """What stands there in the addresses of incidents."""
    rehearsal: str = ""
    """And in those of rehearsals."""
    draft: str = ""
    """And in those of drafts."""
    experiment: str = ""
    """And in those of experiments."""

    async def lines_of(self, userid: str) -> list[AuditEntry]:
        """What the audit trail says of somebody, oldest first."""
        lines = await self.views.trail(TrailFilter(actor=userid), 10_000)
        return [line.entry for line in reversed(lines)]

    def session(self, userid: str) -> str:
        """The cookie of somebody who is logged in."""
        until = self.clock.now() + timedelta(hours=1)
        return Passes(SECRET.encode(), "session").write(
            Pass(userid=UserId(userid), until=until, nonce=f"of{userid.replace('-', '')}")
        )

    def token(self, userid: str) -> str:
        """What a page of ours has in its forms for them."""
        return _signed(self.session(userid))

    async def asks(
        self,
        route: str,
        userid: str | None,
        *,
        token: bool = True,
        site: str = "",
        order_no: str = NO,
        case: str = "",
    ) -> int:
        """What somebody gets who goes there, or sends the form of there."""
        method, _, template = route.partition(" ")
        line = PEOPLE[route]
        cookie = "" if userid is None else self.session(userid)
        form = {**line.form, **({"token": _signed(cookie)} if token else {})}
        sent: dict[str, Any] = {}
        if method != "GET":
            sent = {"json": form} if line.json else {"data": form}
        headers = {"Cookie": f"dingdan_session={cookie}", **({"Sec-Fetch-Site": site} if site else {})}
        values = {**self.values, "id": EVENT} if "{source}" in template else self.values
        if template.startswith(("/i/", "/api/incidents")):
            values = {**values, "id": self.incident}
        if template.startswith(("/rehearsals/", "/api/rehearsals")):
            values = {**values, "id": self.rehearsal}
        if "/experiments/" in template:
            values = {**values, "id": self.experiment}
        if "/rules/drafts/" in template:
            values = {**values, "id": self.draft}
        values = {**values, "order_no": order_no, **({"id": case} if case else {})}
        address = f"{self.address}{template.format(**values)}"
        async with self.http.request(
            method, address, headers=headers, allow_redirects=False, **sent
        ) as answer:
            if answer.content_type != "text/event-stream":  # it has no end
                await answer.read()
            return answer.status

    @asynccontextmanager
    async def opens(
        self, address: str, method: str = "GET", *, by: str = MANAGER, **sent: Any
    ) -> AsyncGenerator[aiohttp.ClientResponse]:
        """What a manager, or somebody else, gets at an address that is written in percents already."""
        headers = {"Cookie": f"dingdan_session={self.session(by)}", **sent.pop("headers", {})}
        url = URL(f"{self.address}{address}", encoded=True)
        async with self.http.request(method, url, headers=headers, allow_redirects=False, **sent) as answer:
            yield answer


def _signed(cookie: str) -> str:
    return Signer(SECRET.encode(), "form").sign(cookie)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    folder = tmp_path_factory.mktemp("rights")
    clock = ManualClock(NOW)
    settings = load(_environment(folder))
    jar = aiohttp.DummyCookieJar()
    async with AsyncExitStack() as stack:
        up = await stack.enter_async_context(service(settings, clock))
        http = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
        database = database_for(settings.database_url)
        await database.open()
        stack.push_async_callback(database.close)
        routes = frozenset(_named(up.app.router.routes()))
        views = Views(Store(database, Signals()))
        place = Place(address=up.address, http=http, clock=clock, views=views, routes=routes, values={})
        await _report(place)
        case = await _the_case(place)
        place.incident = await _an_incident_of(AnomalyId(case), database)
        place.rehearsal = await _a_rehearsal(database)
        place.draft = await _a_draft(database)
        place.experiment = await _an_experiment(database)
        place.values = {
            "id": case,
            "shop": "main",
            "order_no": NO,
            "source": "%2Ferp",
            "week": "2026-W09",
            "version": "1",
            "number": str(await _a_decision_in(database)),
        }
        yield place


async def _a_decision_in(database: Database) -> int:
    """Of a manager, about nothing in particular."""
    added = await Store(database, Signals()).run("test", lambda work: work.decisions.add(a_decision()))
    return added.number


def _environment(folder: Path) -> dict[str, str]:
    (folder / "roster.yaml").write_text(json.dumps(ROSTER), "utf-8")
    return {
        "DINGDAN_DATABASE_URL": f"sqlite://{folder / 'dingdan.db'}",
        "DINGDAN_SECRET_KEY": SECRET,
        "DINGDAN_HTTP__PORT": "0",
        "DINGDAN_INGEST__TOKEN": "ingest",
        "DINGDAN_API__TOKEN": "read",
        "DINGDAN_ROSTER_FILE": str(folder / "roster.yaml"),
    }


def _named(routes: Iterable[Any]) -> Iterable[str]:
    """Method and address of each; what answers GET answers HEAD as well."""
    for route in routes:
        if route.method != "HEAD":
            yield f"{route.method} {route.resource.canonical}"


async def _report(place: Place) -> None:
    data = {"stage": "payment", "status": "started"}
    event = {
        "specversion": "1.0", "id": EVENT, "source": "/erp", "type": "order.stage", "subject": NO,
        "time": NOW.isoformat(), "data": data,
    }  # fmt: skip
    headers = {"Authorization": "Bearer ingest", "Content-Type": "application/cloudevents+json"}
    address = f"{place.address}/api/events"
    async with place.http.post(address, data=json.dumps(event), headers=headers) as answer:
        assert answer.status == 202


async def _the_case(place: Place) -> str:
    """The id of the case that opens when the payment is late."""
    place.clock.advance(timedelta(minutes=6))
    async with asyncio.timeout(60):
        while True:
            headers = {"Authorization": "Bearer read"}
            async with place.http.get(f"{place.address}/api/anomalies", headers=headers) as answer:
                found = (await answer.json())["items"]
            if found:
                return found[0]["id"]
            await asyncio.sleep(0.01)


async def _a_rehearsal(database: Database) -> str:
    """The id of a rehearsal that is over."""
    over = a_rehearsal(shop=Shop("main")).over(RehearsalState.FAILED, NOW, why="why_no_history")
    await Store(database, Signals()).run("rehearsal", lambda work: work.rehearsals.add(over))
    return over.id


async def _an_incident_of(case: AnomalyId, database: Database) -> str:
    """The id of an incident that the case is part of."""

    async def join(work: Transaction) -> str:
        found = await work.cases.find(case)
        assert found is not None
        incident = an_incident(found)
        await work.incidents.add([incident])
        await work.cases.save(
            [replace(found, incident=incident.id, joined_at=NOW, version=found.version + 1)]
        )
        return incident.id

    return await Store(database, Signals()).run("test", join)


async def _an_experiment(database: Database) -> str:
    """The id of one that is over."""
    experiment = an_experiment(ending=Ending.STOPPED)
    await Store(database, Signals()).run("test", lambda work: work.experiments.save(experiment))
    return experiment.id


async def _a_draft(database: Database) -> str:
    """The id of a draft of the rules."""
    draft = a_draft()
    await Store(database, Signals()).run("test", lambda work: work.drafts.add(draft))
    return draft.id


# --- the promises ------------------------------------------------------------------------


async def test_the_tables_name_every_route_and_no_other(place: Place) -> None:
    assert place.routes == {*PEOPLE, *OTHERS}
    assert PEOPLE.keys().isdisjoint(OTHERS)


@pytest.mark.parametrize("route", PEOPLE)
async def test_each_role_gets_what_the_table_says(place: Place, route: str) -> None:
    line = PEOPLE[route]
    found = {role: await place.asks(route, line.of(role)) for role in Role}
    assert found == {role: line.gets if role in line.who else 403 for role in Role}
    assert await place.asks(route, None) == 401


@pytest.mark.parametrize("route", [route for route, line in PEOPLE.items() if line.everywhere])
async def test_what_has_its_effect_in_every_shop_is_not_for_who_serves_some(place: Place, route: str) -> None:
    for role in PEOPLE[route].who:
        before = len(await place.lines_of(role))
        assert await place.asks(route, role) == 403, role
        assert [line.deed for line in (await place.lines_of(role))[before:]] == [f"{REFUSED}{Right.PUBLISH}"]


async def test_who_serves_some_shops_writes_drafts_and_is_told_why_others_publish_them(place: Place) -> None:
    why = "负责全部店铺"
    for page in (
        f"/rules/drafts/{place.draft}",
        "/rules/1",
        "/experiments",
        f"/experiments/{place.experiment}",
    ):
        async with place.opens(page, by=OPERATIONS) as answer:
            shown = await answer.text()
        assert why in shown, page
        assert not re.search('value="(publish|restore|start)"', shown), page
    form = {"do": "publish", "revision": "1", "reason": "618", "token": place.token(OPERATIONS)}
    async with place.opens(f"/rules/drafts/{place.draft}", "POST", by=OPERATIONS, data=form) as answer:
        assert answer.status == 403
        assert why in await answer.text()
    line = (await place.lines_of(OPERATIONS))[-1]
    assert line.deed == f"{REFUSED}{Right.PUBLISH}"


OF_NO_SHOP = {
    route for route in PEOPLE if any(part in route for part in ("/rules/", "/experiments/", "/decisions/"))
}
"""The rules are those of all shops, and what is decided is for everybody to read."""


@pytest.mark.parametrize("route", [route for route in PEOPLE if "{" in route and route not in OF_NO_SHOP])
async def test_whatever_belongs_to_another_shop_does_not_exist(place: Place, route: str) -> None:
    for role in PEOPLE[route].who:
        assert await place.asks(route, f"{role}{ELSEWHERE}") == 404, role


WRITES = [route for route in PEOPLE if not route.startswith("GET ")]


@pytest.mark.parametrize("route", WRITES)
async def test_no_other_page_can_have_anything_done(place: Place, route: str) -> None:
    for role in PEOPLE[route].who:
        userid = PEOPLE[route].of(role)
        assert await place.asks(route, userid, token=False) == 403, role
        for site in ("cross-site", "same-site"):
            assert await place.asks(route, userid, site=site) == 403, role


async def test_agents_write_nothing_but_what_the_card_offers(place: Place) -> None:
    may = {route for route in WRITES if await place.asks(route, Role.AGENT) != 403}
    assert may == CARD_WRITES & PEOPLE.keys()


async def test_every_write_is_put_down_and_its_story_tells_so() -> None:
    assert {*PUT_DOWN, *CHANGES_NOTHING} == {*WRITES}
    for route, story in PUT_DOWN.items():
        module, _, name = story.partition(".")
        code = inspect.getsource(getattr(import_module(f"tests.scenarios.{module}"), name))
        assert re.search(r"audit_trail|witness\.after|trail\(", code), route


@pytest.mark.parametrize("route", [route for route in WRITES if PEOPLE[route].who != EVERYBODY])
async def test_whoever_has_not_got_the_right_is_put_down(place: Place, route: str) -> None:
    (role, *_) = [role for role in Role if role not in PEOPLE[route].who]
    before = len(await place.lines_of(role))

    assert await place.asks(route, role) == 403

    line = (await place.lines_of(role))[before:][-1]
    assert line.deed.startswith(REFUSED)


# --- what nobody can read ----------------------------------------------------------------

BEYOND = (
    *(f"{one}?{name}={day}" for one in ("anomalies", "reasons", "promises", "letters", "audit") for name in ("since", "until")
      for day in ("0001-01-01", "9999-12-31")),
    f"unmatched?cursor={cursor_of(1 << 63, 'a', 'b')}",
    f"letters?cursor={cursor_of(1 << 63, 'a')}",
    f"orders?cursor={cursor_of(1 << 63, 'a', 'b')}",
)  # fmt: skip
"""Days and moments that no calendar and no database has."""
NO_FORMS = (
    ("application/x-www-form-urlencoded", b"token=%66\xff"),
    ("application/x-www-form-urlencoded; charset=none", b"token=x"),
    ("multipart/form-data", b"x"),
    ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
)


@pytest.mark.parametrize("address", BEYOND)
async def test_what_no_list_can_be_asked_for_is_told(place: Place, address: str) -> None:
    async with place.opens(f"/{address}") as page:
        assert page.status == 400
    async with place.opens(f"/api/{address}") as twin:
        assert (twin.status, (await twin.json())["field"]) == (400, re.split(r"[?=]", address)[1])


@pytest.mark.parametrize("route", WRITES)
async def test_what_is_no_form_is_none_of_ours(place: Place, route: str) -> None:
    path = route.removeprefix("POST ").format(**place.values)
    for kind, body in NO_FORMS:
        async with place.opens(path, "POST", data=body, headers={"Content-Type": kind}) as answer:
            assert answer.status in {400, 403}, kind


EXPORTS = [route.removeprefix("GET ") for route in PEOPLE if route.endswith((".csv", ".xlsx"))]


@pytest.mark.parametrize("path", EXPORTS)
async def test_a_file_is_not_sent_to_who_asks_for_its_head_alone(place: Place, path: str) -> None:
    async with place.opens(path.format(**place.values), "HEAD") as answer:
        assert answer.status == 405


async def test_the_trail_of_an_export_names_no_parameter_but_ours(place: Place) -> None:
    async with place.opens("/anomalies.csv?13800138000=1&__class__=words&q=typed&stage=payment") as answer:
        assert answer.status == 200
        await answer.read()
    line = (await place.lines_of(MANAGER))[-1]
    assert {name: text for name, text in line.detail.items() if name.startswith("filter.")} == {
        "filter.q": "",
        "filter.stage": "payment",
    }


async def test_what_was_typed_comes_back_from_an_export_as_it_was_sent(place: Place) -> None:
    typed = "stage=nowhere&q=a%26b%0D%0AX-Evil:1"
    async with place.opens(f"/anomalies.csv?{typed}") as answer:
        assert (answer.status, answer.headers["Location"]) == (303, f"/anomalies?{typed}")


async def test_whoever_reads_a_timeline_is_put_down_with_its_case(place: Place) -> None:
    async with place.opens(f"/api/anomalies/{place.values['id']}/timeline") as answer:
        assert answer.status == 200
    line = (await place.lines_of(MANAGER))[-1]
    assert (line.deed, line.case, line.order) == ("viewed.timeline", place.values["id"], ("main", NO))


@pytest.mark.parametrize("route", ["POST /a/{id}", "POST /orders/{shop}/{order_no}/reveal"])
async def test_the_line_of_a_refusal_holds_nothing_that_was_typed(place: Place, route: str) -> None:
    role = next(role for role in Role if role not in PEOPLE[route].who)
    assert await place.asks(route, role, order_no="13800138000", case="13800138000") == 403
    line = (await place.lines_of(role))[-1]
    assert line.deed.startswith(REFUSED)
    assert "13800138000" not in repr(line)


@pytest.mark.parametrize("address", ["/", "/healthz", "/nowhere", "/static/nowhere", "/api/health"])
async def test_no_answer_names_the_software_and_its_version(place: Place, address: str) -> None:
    async with place.opens(address) as answer:
        assert "Server" not in answer.headers
