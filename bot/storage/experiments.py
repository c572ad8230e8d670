"""How are experiments kept, and the orders that they concern?"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from bot.storage.codec import RowCodec
from bot.storage.connection import Conflict, Connection, Row, Table, Type, Value
from handlers.experimentbook import Look
from rules.experiments import Finding, Part
from rules.exposures import Exposure
from rules.instants import from_ms, known_instant, known_ms, to_ms
from rules.sequential import Arm
from rules.trials import Ending, Experiment, Tallies, Tally, Yardstick

EXPOSURES = RowCodec(Exposure, "exposures", ("shop", "order_no", "experiment"))
EXPERIMENTS = Table(
    "experiments",
    {
        "id": Type.TEXT,
        "title": Type.TEXT,
        "draft": Type.TEXT,
        "goals": Type.TEXT,
        "percent": Type.BIGINT,
        "began": Type.BIGINT,
        "edition": Type.BIGINT,
        "started_by": Type.TEXT,
        "started_at": Type.BIGINT,
        "looked_at": Type.BIGINT,
        "found": Type.TEXT,
        "ending": Type.TEXT,
        "ended_by": Type.TEXT,
        "ended_at": Type.BIGINT,
        "undone_by": Type.TEXT,
        "undone_at": Type.BIGINT,
    },
    ("id",),
)
LOOKS = Table(
    "experiment_looks",
    {
        "experiment": Type.TEXT,
        "at": Type.BIGINT,
        "percent": Type.BIGINT,
        "found": Type.TEXT,
        "counts": Type.TEXT,
    },
    ("experiment", "at"),
)
MOST_TRIALS = 200
"""So many of the newest are looked through for versions."""
AFTER_ALL = "g"
"""No id comes after it, by whatever order a database sorts texts: they are hexadecimal."""
_COUNTED = ", ".join(
    f"count({one}) AS of_{one}, count(CASE WHEN {one} THEN 1 END) AS in_{one}" for one in Yardstick
)

_NOT_THE_LAST = "x.at < (SELECT max(l.at) FROM experiment_looks AS l WHERE l.experiment = e.id)"


class Experiments:
    """See `handlers.experimentbook.Experiments`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def expose(self, exposures: Collection[Exposure]) -> None:
        await self._connection.write(EXPOSURES.table, EXPOSURES.rows(exposures), Conflict.KEEP)

    async def to_judge(self, experiment: str, now: datetime, limit: int) -> list[Exposure]:
        rows = await self._connection.fetch(
            f"SELECT {EXPOSURES.columns} FROM exposures"
            " WHERE experiment = $1 AND look_at <= $2 ORDER BY look_at, shop, order_no LIMIT $3",
            experiment,
            to_ms(now),
            limit,
        )
        return [EXPOSURES.record(row) for row in rows]

    async def judge(self, exposures: Iterable[Exposure]) -> None:
        await self._connection.write(EXPOSURES.table, EXPOSURES.rows(exposures), Conflict.REPLACE)

    async def tallies(self, experiment: str) -> Tallies:
        return await tallies_of(self._connection, experiment)

    async def running(self) -> Experiment | None:
        return await self._held("ending IS NULL")

    async def find(self, experiment: str) -> Experiment | None:
        return await self._held("id = $1", experiment)

    async def _held(self, which: str, *parameters: Value) -> Experiment | None:
        rows = await self._connection.fetch(
            f"SELECT * FROM experiments AS e WHERE {which} ORDER BY id {self._connection.holding('e')}",
            *parameters,
        )
        return _experiment(rows[0]) if rows else None

    async def save(self, experiment: Experiment) -> None:
        await self._connection.write(EXPERIMENTS, [_row(experiment)], Conflict.REPLACE)

    async def note(self, look: Look) -> None:
        row = (look.experiment, to_ms(look.at), look.percent, look.found.value, _counts(look))
        await self._connection.write(LOOKS, [row], Conflict.KEEP)

    async def settle(self, limit: int) -> int:
        waiting = (
            f"(SELECT {_of('x', EXPOSURES.table)} FROM experiments AS e JOIN exposures AS x ON x.experiment = e.id"
            " WHERE e.ended_at IS NOT NULL AND x.look_at IS NOT NULL AND x.reached IS {} NULL LIMIT $1)"
        )
        key = ", ".join(EXPOSURES.table.key)
        judged = await self._connection.fetch(
            f"UPDATE exposures SET look_at = NULL WHERE ({key}) IN {waiting.format('NOT')} RETURNING shop",
            limit,
        )
        unjudged = await self._connection.fetch(
            f"DELETE FROM exposures WHERE ({key}) IN {waiting.format('')} RETURNING shop", limit
        )
        return len(judged) + len(unjudged)

    async def forget_before(self, moment: datetime, limit: int) -> int:
        found = 0
        for table, which in ((EXPOSURES.table, "true"), (LOOKS, _NOT_THE_LAST)):
            key = ", ".join(table.key)
            dropped = await self._connection.fetch(
                f"DELETE FROM {table.name} WHERE ({key}) IN (SELECT {_of('x', table)} FROM experiments AS e"
                f" JOIN {table.name} AS x ON x.experiment = e.id WHERE e.ended_at < $1 AND {which} LIMIT $2)"
                f" RETURNING {table.key[0]}",
                to_ms(moment),
                limit,
            )
            found += len(dropped)
        return found


def _of(name: str, table: Table) -> str:
    """The key of a table that goes by a name."""
    return ", ".join(f"{name}.{column}" for column in table.key)


async def tallies_of(connection: Connection, experiment: str) -> Tallies:
    """What has been counted so far, of either part; off the index alone."""
    rows = await connection.fetch(
        f"SELECT part, count(*) AS exposed, {_COUNTED} FROM exposures WHERE experiment = $1 GROUP BY part",
        experiment,
    )
    return {
        Part(row["part"]): Tally(
            exposed=row["exposed"],
            arms={one: Arm(n=row[f"of_{one}"], hits=row[f"in_{one}"]) for one in Yardstick},
        )
        for row in rows
    }


async def experiment_of(connection: Connection, experiment: str) -> Experiment | None:
    """One experiment as it was last committed, not held."""
    rows = await connection.fetch("SELECT * FROM experiments WHERE id = $1", experiment)
    return _experiment(rows[0]) if rows else None


async def all_running(connection: Connection) -> list[Experiment]:
    """Those that are not over, not held; more than one if something is wrong."""
    rows = await connection.fetch("SELECT * FROM experiments WHERE ending IS NULL ORDER BY id")
    return [_experiment(row) for row in rows]


async def exposures_after(
    connection: Connection, after: Sequence[Value], limit: int
) -> list[tuple[Exposure, Experiment | None]]:
    """The next orders that experiments concern, by their key, each with its experiment if there is one."""
    rows = await connection.fetch(
        f"SELECT {EXPOSURES.columns} FROM exposures WHERE (shop, order_no, experiment) > ($1, $2, $3)"
        " ORDER BY shop, order_no, experiment LIMIT $4",
        *after,
        limit,
    )
    exposures = [EXPOSURES.record(row) for row in rows]
    if not exposures:
        return []
    listed = connection.listed(
        {"id": Type.TEXT}, [(one,) for one in sorted({x.experiment for x in exposures})], 1
    )
    found = await connection.fetch(
        f"SELECT e.* FROM experiments AS e JOIN {listed.sql} ON e.id = listed.id", *listed.parameters
    )
    experiments = {row["id"]: _experiment(row) for row in found}
    return [(one, experiments.get(one.experiment)) for one in exposures]


async def running_of(connection: Connection) -> Experiment | None:
    """The one that is not over, not held."""
    rows = await connection.fetch("SELECT * FROM experiments WHERE ending IS NULL ORDER BY id LIMIT 1")
    return _experiment(rows[0]) if rows else None


async def experiments_before(connection: Connection, before: str | None, limit: int) -> list[Experiment]:
    """The newest first, from the one before `before` on."""
    rows = await connection.fetch(
        "SELECT * FROM experiments WHERE id < $1 ORDER BY id DESC LIMIT $2", before or AFTER_ALL, limit
    )
    return [_experiment(row) for row in rows]


async def trials_of(connection: Connection, versions: Collection[int]) -> dict[int, Experiment]:
    """To which experiment each of these versions of the rules belongs; those that belong to none are left out."""
    if not versions:
        return {}
    rows = await connection.fetch(
        "SELECT * FROM experiments WHERE began <= $1 ORDER BY began DESC LIMIT $2", max(versions), MOST_TRIALS
    )
    found = [_experiment(row) for row in rows]
    return {version: one for version in versions for one in found if version in one.versions}


async def looks_of(connection: Connection, experiment: str, limit: int) -> list[Look]:
    """What the looks at an experiment found, newest first."""
    rows = await connection.fetch(
        "SELECT * FROM experiment_looks WHERE experiment = $1 ORDER BY at DESC LIMIT $2", experiment, limit
    )
    return [_look(row) for row in rows]


def _row(one: Experiment) -> Sequence[Value]:
    return (
        one.id,
        one.title,
        one.draft,
        ",".join(one.goals),
        one.percent,
        one.began,
        one.edition,
        one.started_by,
        to_ms(one.started_at),
        known_ms(one.looked_at),
        one.found.value,
        one.ending,
        one.ended_by,
        known_ms(one.ended_at),
        one.undone_by,
        known_ms(one.undone_at),
    )


def _experiment(row: Row) -> Experiment:
    return Experiment(
        id=row["id"],
        title=row["title"],
        draft=row["draft"],
        goals=tuple(Yardstick(one) for one in row["goals"].split(",") if one),
        percent=row["percent"],
        began=row["began"],
        edition=row["edition"],
        started_by=row["started_by"],
        started_at=from_ms(row["started_at"]),
        looked_at=known_instant(row["looked_at"]),
        found=Finding(row["found"]),
        ending=None if row["ending"] is None else Ending(row["ending"]),
        ended_by=row["ended_by"],
        ended_at=known_instant(row["ended_at"]),
        undone_by=row["undone_by"],
        undone_at=known_instant(row["undone_at"]),
    )


def _counts(look: Look) -> str:
    """For each part, how many were exposed, and of each yardstick how many were judged and hit."""
    return json.dumps({
        part.value: [exposed, {name.value: [arm.n, arm.hits] for name, arm in look.arms[part].items()}]
        for part, exposed in look.exposed.items()
    })  # fmt: skip


def _look(row: Row) -> Look:
    counts: Mapping[str, tuple[int, Mapping[str, tuple[int, int]]]] = json.loads(row["counts"])
    return Look(
        experiment=row["experiment"],
        at=from_ms(row["at"]),
        percent=row["percent"],
        found=Finding(row["found"]),
        exposed={Part(part): exposed for part, (exposed, _) in counts.items()},
        arms={
            Part(part): {Yardstick(name): Arm(n=n, hits=hits) for name, (n, hits) in arms.items()}
            for part, (_, arms) in counts.items()
        },
    )
