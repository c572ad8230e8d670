"""What belongs to a cause? Its cases with their orders, the incidents among them, and the rules that changed meanwhile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.storage.caselist import CaseFilter, CaseList
from bot.storage.connection import Connection
from bot.storage.documents import Origin
from bot.storage.incidents import Incidents
from bot.storage.orders import Orders
from rules.anomalies import Outline
from rules.evidence import Facet, Hit, fits
from rules.incidents import Incident
from rules.instants import from_ms

MOST_CASES = 5_000
"""So many are looked at, the newest ones: each has to be read with its order."""
AT_A_TIME = 500
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
    looked: int
    """At so many cases, of which these hits fit."""
    cut: bool
    """Whether there may be more, which were not looked at."""
    incidents: Sequence[Incident]
    """Those that any of the cases is part of, oldest first."""
    versions: Sequence[RulesVersion]
    """Of the rules, that came into force meanwhile, oldest first."""


async def found_within(connection: Connection, wanted: CaseFilter, facets: Mapping[Facet, str]) -> Found:
    """What the filters find."""
    cases = await CaseList(connection).outlines(wanted, MOST_CASES + 1)
    hits = await _hits(connection, cases[:MOST_CASES], facets)
    times = [case.opened_at for case, _ in hits]
    begun = wanted.since or min(times, default=None)
    over = wanted.until or max(times, default=None)
    named = {case.incident for case, _ in hits if case.incident is not None}
    incidents = await Incidents(connection).find_all(named)
    return Found(
        hits=hits,
        looked=min(len(cases), MOST_CASES),
        cut=len(cases) > MOST_CASES,
        incidents=sorted(incidents.values(), key=lambda one: one.opened_at),
        versions=[] if begun is None or over is None else await rules_versions(connection, begun, over),
    )


async def _hits(connection: Connection, cases: Sequence[Outline], facets: Mapping[Facet, str]) -> list[Hit]:
    """The cases with their orders, those that fit."""
    orders, hits = Orders(connection), list[Hit]()
    for start in range(0, len(cases), AT_A_TIME):
        part = cases[start : start + AT_A_TIME]
        known = await orders.known({case.order for case in part})
        found = (Hit(case, known[case.order]) for case in part if case.order in known)
        hits += [hit for hit in found if fits(hit, facets)]
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
