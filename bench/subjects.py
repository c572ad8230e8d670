"""Which subjects are there, and what does the report say about each?"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from bench import callback, check, ingest, lag, memory, targets
from bench.report import Section, number
from bench.rounds import size_of
from bench.servers import new_database


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a run was asked for, and the servers that it has."""

    rounds: int
    seconds: float
    sizes: Sequence[int]
    """Numbers of open orders, smallest first."""
    databases: Mapping[str, str | None]
    """By name: the URL of a PostgreSQL server, None for SQLite."""
    redis: str

    @property
    def postgres(self) -> str:
        """The server."""
        url = self.databases["PostgreSQL"]
        assert url
        return url


async def of_ingest(run: Run) -> Section:
    found = await ingest.measured(run.databases, run.rounds, run.seconds)
    kinds = [kind.name for kind in ingest.KINDS]
    return Section(
        title="(a) Events taken in for good, per second",
        rounds=[found],
        figures=[*kinds, *(ingest.spoilt_name(kind) for kind in ingest.KINDS)],
        ours=lambda name: f"ours, {'SQLite' if name.endswith('SQLite') else 'PostgreSQL'}",
        targets=targets.of_ingest(found),
        notes=["Mixed with spoilt bodies, only the good events count; each of them was accepted."],
    )


async def of_lag(run: Run) -> Section:
    found = await lag.measured(run.postgres, run.sizes, run.rounds, run.seconds)
    return Section(
        title="(b) From the deadline to the request for the card",
        rounds=list(found.values()),
        figures=[lag.P99, lag.P50, lag.LOST, lag.EARLY, lag.RESTART, lag.PER_ORDER, lag.PLANTED],
        ours=lambda name: lag.OURS + size_of(name),
        less_is_better=True,
        targets=targets.of_lag(found),
        notes=[NOTHING_DURABLE, *([ONCE] if len(run.sizes) > 1 else [])],
    )


NOTHING_DURABLE = (
    "Celery and an APScheduler in memory may win on raw lag, with nothing durable behind them: see what an order"
    " costs them in memory, and by how much a card is late whose order is due 2 s after kill -9 and a restart"
    " (never: not within 20 s)."
)
ONCE = "The larger numbers of open orders were measured in one round."


async def of_check(run: Run) -> Section:
    found = await check.measured(run.databases, run.sizes, run.rounds, min(run.seconds, 1))
    return Section(
        title="(c) One look at the clock with nothing due",
        rounds=[found],
        figures=[check.MS],
        ours=lambda name: name if name.startswith("ours") else check.OURS.name + size_of(name),
        less_is_better=True,
        targets=targets.of_check(found, run.sizes),
        notes=["What a claim reads when something is due is a test's business: EXPLAIN has no noise."],
    )


async def of_callback(run: Run) -> Section:
    found = await callback.measured(run.databases, run.redis, run.rounds, run.seconds)
    return Section(
        title="(d) Callbacks taken in by one worker over 32 connections",
        rounds=[found],
        figures=[callback.PER_SECOND, callback.P99],
        ours=lambda name: name if name.startswith("ours") else callback.OURS.name,
        targets=targets.of_callback(found),
    )


async def of_memory(run: Run) -> Section:
    costs: list[memory.Cost] = []
    for size in run.sizes:
        async with new_database(run.postgres) as url:
            costs.append(await memory.measure(url, orders=size))
    held = [
        f"{cost.open_orders:,} open: due table {number(cost.due_bytes_per_row)} bytes per row, process"
        f" {number(cost.process_bytes / 2**20)} MiB."
        for cost in costs
    ]
    return Section(
        title="(e) Memory",
        rounds=[],
        figures=[],
        ours=str,
        targets=targets.of_memory(costs),
        notes=[*held, "What an open order costs the peers stands in (b)."],
    )


SUBJECTS: Mapping[str, Callable[[Run], Awaitable[Section]]] = {
    "ingest": of_ingest,
    "lag": of_lag,
    "check": of_check,
    "callback": of_callback,
    "memory": of_memory,
}
