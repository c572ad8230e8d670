"""How do the events of a file get into the database? Order by order, in batches, as any source's do."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from bot.imports.rows import RowError, RowFault, RowReader, Told
from bot.imports.sheet import Record, Sheet
from bot.storage.feeds import counted, new_among
from bot.storage.store import Store, Transaction
from handlers.arming import watch
from handlers.intake import sort_out, take_in
from handlers.messages import Intake, Reported
from handlers.world import World

BATCH = 500
"""Orders of one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """What the file tells of one order."""

    rows: int
    told: Sequence[Told]
    faults: Sequence[RowFault]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loader:
    """Takes events in: as history, `live` so that their orders are watched from now on, or not at all."""

    store: Store
    world: World
    live: bool
    dry_run: bool

    async def load(self, reports: Sequence[Reported]) -> list[Intake]:
        """What became of each event, or would. Raises StoreUnavailableError."""

        async def write(work: Transaction) -> list[Intake]:
            if self.dry_run:
                return await sort_out(work, reports)
            answers = await take_in(work, self.world, reports, arm=self.live)
            await work.feeds.add(counted(new_among(reports, answers)))
            if self.live:
                await watch(work, self.world, {report.event.order for report in reports})
            return answers

        return await self.store.run("import", write)


def portions(sheet: Sheet, reader: RowReader) -> Iterator[Portion]:
    """What a file tells, order by order: each as soon as its last row was read. Raises SheetError."""
    left = Counter(reader.whose(record) for record in sheet.records())
    waiting: dict[tuple[str, str], list[Record]] = {}
    for record in sheet.records():
        whose = reader.whose(record)
        waiting.setdefault(whose, []).append(record)
        left[whose] -= 1
        if not left[whose]:
            yield _portion(waiting.pop(whose), reader)


def batches(of_file: Iterator[Portion]) -> Iterator[list[Portion]]:
    """The same, `BATCH` orders at a time."""
    return iter(lambda: list(islice(of_file, BATCH)), [])


def _portion(records: Sequence[Record], reader: RowReader) -> Portion:
    told: list[Told] = []
    faults: list[RowFault] = []
    for record in records:
        try:
            told += reader.read(record)
        except RowError as error:
            faults += error.faults
    return Portion(rows=len(records), told=told, faults=faults)
