"""(a) How many events a second are taken in for good?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from bench.load import Load, Sent, send
from bench.machine import CEILINGS
from bench.rounds import Contender, Figures, Rounds, compete
from bench.servers import OURS, new_database, running

FULL = "a repeat is recognised, the order folded, its next deadline a due row, all committed with fsync"

COPIED = (
    "copied into one table, what came meanwhile in one commit; no fold, no deadline, a repeat is an error"
)

Databases = Mapping[str, str | None]
"""By name: the URL of a PostgreSQL server, None for SQLite."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Requests of one size: so many connections at once, and more events prepared than can be taken in a second."""

    per_request: int
    connections: int
    prepared_per_second: int

    @property
    def name(self) -> str:
        return f"{self.per_request} per request"


BATCH = Kind(100, 8, 60_000)
SINGLE = Kind(1, 32, 12_000)
KINDS = (BATCH, SINGLE)
PROGRAMS = {
    "ours": (OURS, f"parsed and validated; {FULL}; requests share commits"),
    "ORM one by one": (("bench.peers.orm_each",), f"parsed and validated; {FULL}; a transaction per event"),
    "ORM bulk": (("bench.peers.orm_bulk",), f"parsed and validated; {FULL}; a transaction per request"),
    "asyncpg one by one": (
        ("bench.peers.asyncpg_each",),
        f"parsed and validated; {FULL}; a transaction per event",
    ),
    "COPY, insert only": (
        ("bench.peers.copy_only",),
        f"parsed and validated; {COPIED}",
    ),
}
NOTHING = ("bench.peers.nothing",)
ON: Mapping[str, Sequence[str]] = {
    "PostgreSQL": ("ours", "ORM one by one", "ORM bulk", "asyncpg one by one", "COPY, insert only"),
    "SQLite": ("ours", "ORM one by one", "ORM bulk"),
}
SPOILT = "mixed 1:1 with spoilt bodies"
WARMING = 0.3
"""Seconds of load before those that count."""
APART = 10_000_000
"""Events of different loads on one database have numbers so far apart."""


async def measured(
    databases: Databases, rounds: int, seconds: float, programs_on: Mapping[str, Sequence[str]] = ON
) -> Rounds:
    """Events per second of every server, by database."""
    contenders = [
        Contender("nothing", "an answer and no work: what HTTP can carry", partial(_nothing, seconds))
    ]
    for database, programs in programs_on.items():
        for program in programs:
            module, does = PROGRAMS[program]
            measure = partial(_taken_in, module, databases[database], seconds)
            contenders.append(Contender(f"{program}, {database}", does, measure))
    return await compete(CEILINGS, contenders, rounds)


async def _nothing(seconds: float, _round: int) -> Figures:
    async with running(NOTHING, "") as address:
        return {kind.name: (await _sent(address, kind, seconds, 0)).per_second for kind in KINDS}


async def _taken_in(module: tuple[str, ...], server: str | None, seconds: float, _round: int) -> Figures:
    """Events per second; of ours also those taken in while every other body is spoilt."""
    figures: dict[str, float] = {}
    start = 0
    async with new_database(server) as url, running(module, url) as address:
        for kind in KINDS:
            for spoilt in (False, True) if module == OURS else (False,):
                for span in (min(WARMING, seconds), seconds):
                    found = await _sent(address, kind, span, start, spoilt=spoilt)
                    start += APART
                    if found.accepted != found.events:
                        raise RuntimeError(
                            f"{found.events - found.accepted} of {found.events} events were lost"
                        )
                figures[spoilt_name(kind) if spoilt else kind.name] = found.per_second
    return figures


def spoilt_name(kind: Kind) -> str:
    """The figure of good events that come with as many that nobody can read."""
    return f"{kind.name}, {SPOILT}"


async def _sent(address: str, kind: Kind, seconds: float, start: int, *, spoilt: bool = False) -> Sent:
    load = Load(
        per_request=kind.per_request,
        connections=kind.connections,
        seconds=seconds,
        start=start,
        most=round(kind.prepared_per_second * seconds),
        spoilt=spoilt,
    )
    return await send(address, load)
