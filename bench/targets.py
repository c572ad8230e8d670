"""What was promised, and was it kept? Each target of ours as a ratio of figures from the same rounds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench import callback, check, ingest, lag
from bench.memory import Cost, growth_per_order
from bench.rounds import Rounds, sized


@dataclass(frozen=True, slots=True)
class Target:
    """A bound, and the values that were found, one for each round; none when it was not measured."""

    letter: str
    what: str
    bound: float
    values: Sequence[float]
    at_least: bool = True

    @property
    def met(self) -> bool:
        """Whether the median keeps to the bound."""
        found = median(self.values)
        return found >= self.bound if self.at_least else found <= self.bound

    @property
    def worst(self) -> float:
        """The value furthest to the wrong side."""
        return min(self.values) if self.at_least else max(self.values)


def of_ingest(found: Rounds) -> list[Target]:
    """(a)"""
    ours, batch, single = "ours, PostgreSQL", ingest.BATCH.name, ingest.SINGLE.name

    def times(kind: str, peer: str) -> Sequence[float]:
        return found.ratios((ours, kind), (f"{peer}, PostgreSQL", kind))

    targets = [
        Target("a", f"{batch}: ours to ORM one by one", 25, times(batch, "ORM one by one")),
        Target("a", f"{batch}: ours to ORM bulk", 3, times(batch, "ORM bulk")),
        Target("a", f"{batch}: ours to COPY, insert only", 0.5, times(batch, "COPY, insert only")),
        Target("a", f"{single}: ours to asyncpg one by one", 2, times(single, "asyncpg one by one")),
    ]
    return targets + [
        Target(
            "a",
            f"{name}, {kind.name}: good events with as many spoilt bodies, to good ones alone",
            0.8,
            found.ratios((name, ingest.spoilt_name(kind)), (name, kind.name)),
        )
        for name in (ours, "ours, SQLite")
        for kind in ingest.KINDS
    ]


def of_lag(found: Mapping[int, Rounds]) -> list[Target]:
    """(b)"""
    fewest, most = min(found), max(found)
    targets: list[Target] = []
    for size, rounds in found.items():
        ours = sized(lag.OURS, size)
        for peer, bound in ((lag.POLL, 80), ("arq", 40), ("cron, ORM", 5000), ("cron, SQL with index", 5000)):
            ratios = rounds.ratios((sized(peer, size), lag.P99), (ours, lag.P99))
            targets.append(Target("b", f"{size:,} open: p99 of {peer} to ours", bound, ratios))
        targets += [
            Target("b", f"{size:,} open: {figure}", 0, rounds.values(ours, figure), at_least=False)
            for figure in (lag.LOST, lag.EARLY)
        ]
    if most > fewest:
        growth = _growth(
            found[fewest].values(sized(lag.OURS, fewest), lag.P99),
            found[most].values(sized(lag.OURS, most), lag.P99),
        )
        targets.append(
            Target("b", f"p99 of ours with {most:,} open to that with {fewest:,}", 2, growth, at_least=False)
        )
    return targets


def of_check(found: Rounds, sizes: Sequence[int]) -> list[Target]:
    """(c)"""
    fewest, most = min(sizes), max(sizes)

    def times(way: check.Way, size: int, other: check.Way, other_size: int) -> Sequence[float]:
        one, two = sized(way.name, size), sized(other.name, other_size)
        return found.ratios((one, check.MS), (two, check.MS))

    growth = times(check.OURS, most, check.OURS, fewest)
    return [
        Target("c", f"ours with {most:,} open to ours with {fewest:,}", 2, growth, at_least=False),
        Target(
            "c",
            f"{most:,} open: {check.INDEXED.name} to ours",
            50,
            times(check.INDEXED, most, check.OURS, most),
        ),
        Target(
            "c", f"{most:,} open: {check.SCAN.name} to ours", 3000, times(check.SCAN, most, check.OURS, most)
        ),
    ]


def of_callback(found: Rounds) -> list[Target]:
    """(d)"""
    bounds = ((callback.FLASK, 3.5), (callback.AIOHTTP, 1.5), (callback.BARE, 0.4))
    return [
        Target(
            "d",
            f"{ours.name}: ours to {peer.name}",
            bound,
            found.ratios((ours.name, callback.PER_SECOND), (peer.name, callback.PER_SECOND)),
        )
        for ours in (callback.OURS, callback.ON_POSTGRES)
        for peer, bound in bounds
    ]


def of_memory(found: Sequence[Cost]) -> list[Target]:
    """(e)"""
    few, many = found[0], found[-1]
    growth = [growth_per_order(few, many)] if many.open_orders > few.open_orders else []
    return [
        Target(
            "e",
            f"growth of the process from {few.open_orders:,} to {many.open_orders:,} open, bytes per order",
            5,
            growth,
            at_least=False,
        ),
        Target(
            "e",
            "due table with indexes after VACUUM, bytes per row",
            120,
            [many.due_bytes_per_row],
            at_least=False,
        ),
    ]


def _growth(few: Sequence[float], many: Sequence[float]) -> list[float]:
    return [median(many) / median(few)] if few and many else []
