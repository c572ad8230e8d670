"""What belongs to a cause? Its cases with their orders, the incidents among them, and the rules that changed meanwhile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.storage.caselist import CaseFilter, CaseList
from bot.storage.connection import Connection
from bot.storage.documents import Origin
from bot.storage.incidents import Incidents
from bot.storage.orders import Orders
from rules.anomalies import Anomaly
from rules.evidence import Facet, Hit, fits
from rules.incidents import Incident
from rules.instants import from_ms
from rules.storms import IncidentId

MOST_CASES = 5_000
"""So many are looked at, the newest ones: each has to be read with its order."""
AT_A_TIME = 200
"""So many orders are read by one statement; between two of them others get their turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesVersion:
    """A version of the rules, and since when it has been in force."""

    version: int
    at: datetime
    author: str | None
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """All that is there of a cause."""

    hits: Sequence[Hit]
    """Newest first."""
    cut: bool
    """Whether there may be more, which were not looked at."""
    incidents: Sequence[Incident]
    """Those that any of the cases is part of, oldest first."""
    versions: Sequence[RulesVersion]
    """Of the rules, that came into force meanwhile, oldest first."""


async def found_within(
    connection: Connection, wanted: CaseFilter, facets: Mapping[Facet, str], incident: IncidentId | None
) -> Found:
    """What a filter finds; of an incident its own cases alone."""
    if incident is None:
        cases = [*await CaseList(connection).page(wanted, MOST_CASES + 1)]
    else:
        cases = [case for case in await Incidents(connection).cases(incident) if _is_asked(case, wanted)]
        cases.sort(key=lambda case: (case.opened_at, case.id), reverse=True)
    hits = [hit for hit in await _with_orders(connection, cases[:MOST_CASES]) if fits(hit, facets)]
    times = [case.opened_at for case, _ in hits]
    begun = wanted.since or min(times, default=None)
    over = wanted.until or max(times, default=None)
    named = {case.incident for case, _ in hits if case.incident is not None}
    incidents = await Incidents(connection).find_all(named)
    return Found(
        hits=hits,
        cut=len(cases) > MOST_CASES,
        incidents=sorted(incidents.values(), key=lambda one: one.opened_at),
        versions=[] if begun is None or over is None else await rules_versions(connection, begun, over),
    )


def _is_asked(case: Anomaly, wanted: CaseFilter) -> bool:
    """The same filter, for cases that are known already."""
    reason = None if case.reason is None else case.reason.reason
    return (
        (wanted.shops is None or case.order.shop in wanted.shops)
        and (wanted.stage is None or case.stage is wanted.stage)
        and (wanted.reason is None or reason is wanted.reason)
        and (wanted.since is None or case.opened_at >= wanted.since)
        and (wanted.until is None or case.opened_at < wanted.until)
    )


async def _with_orders(connection: Connection, cases: Sequence[Anomaly]) -> list[Hit]:
    orders, hits = Orders(connection), list[Hit]()
    for start in range(0, len(cases), AT_A_TIME):
        part = cases[start : start + AT_A_TIME]
        known = await orders.known({case.order for case in part})
        hits += [Hit(case, known[case.order]) for case in part if case.order in known]
    return hits


async def rules_versions(connection: Connection, begun: datetime, over: datetime) -> list[RulesVersion]:
    """The versions of the rules that came into force within that time, oldest first.

    There are few versions, all of one kind side by side in the key of their table.
    """
    rows = await connection.fetch(
        "SELECT version, created_at, author, origin FROM documents WHERE kind = 'rules' ORDER BY version"
    )
    times = [(from_ms(row["created_at"]), row) for row in rows]
    return [
        RulesVersion(
            version=row["version"],
            at=at,
            author=row["author"],
            origin=Origin(row["origin"]),
        )
        for at, row in times
        if begun <= at <= over
    ]
