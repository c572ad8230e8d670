"""How was the week? Gathered on Monday morning, drawn by a process of its own, and written down with its letters at once.

Whoever keeps the timetable looks every ten minutes: a process that dies before the commit has told nobody, and after
it the outbox has the letters.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

import msgspec
import structlog

from bot.clock import Clock
from bot.leader import Tenure
from bot.storage.caselist import CaseFilter
from bot.storage.health import snapshot_at
from bot.storage.measures import MeasureFilter
from bot.storage.reasons import ReasonFilter
from bot.storage.store import Store
from bot.storage.views import Views
from handlers.reportbook import Made
from handlers.reports import Audience, tell
from handlers.world import World
from replies.posters import Poster
from replies.reports import poster
from replies.words import Language
from rules.book import RuleBook
from rules.dates import A_WEEK, begin_of
from rules.decisions import Decision
from rules.evidence import bill_of
from rules.golden import NONE
from rules.health import Tally, score
from rules.measures import Measure, Measures
from rules.shares import picture
from rules.snapshot import Snapshot
from rules.stages import STAGES, Stage
from rules.weeks import (
    Change,
    OpenDecision,
    Report,
    StageScore,
    changes_of,
    due_week,
    week_of,
    worst_cell,
)

DRAWN_WITHIN_SECONDS = 60
MOST_DECISIONS = 4
"""Of those that are open, on the picture."""
COUNTED_OPEN = 100

log = structlog.get_logger("reporting")
Draw = Callable[[Poster], Awaitable[bytes | None]]


async def drawn(poster_: Poster) -> bytes | None:
    """The picture, from a process of its own; None where that fails: the words go all the same."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.drawing",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(DRAWN_WITHIN_SECONDS):
            picture_, errors = await child.communicate(msgspec.json.encode(poster_))
    except TimeoutError:
        log.warning("report.not_drawn", why="no end in time")
        return None
    finally:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()  # or its pipes stay open until somebody collects them
    if child.returncode or not picture_:
        why = errors.decode(errors="replace").strip().rpartition("\n")[2]
        log.warning("report.not_drawn", why=why[:200], mend="pip install -r requirements.lock")
        return None
    return picture_


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """Tells each week that is over, once."""

    store: Store
    world: World
    clock: Clock
    audience: Audience
    draw: Draw = drawn

    async def keep(self, tenure: Tenure) -> None:
        """Tell the week that is over, unless somebody has, or there is nothing to tell."""
        book, roster = self.world.directory.rules.current, self.world.directory.roster
        monday = due_week(self.clock.now(), book.calendar.zone)
        if monday is None or await Views(self.store).report(week_of(monday)) is not None:
            return
        report = await self.gather(monday, book)
        if report.is_empty:
            return
        words = poster(report, book.calendar.zone, Language.ZH, lambda userid: roster.name(userid))  # pyright: ignore[reportArgumentType]  # noqa: PLW0108
        made = Made(report=report, picture=await self.draw(words))

        told = await tenure.run("report", lambda work: tell(work, self.world, made, self.audience))
        if told:
            log.info("report.told", week=report.week, drawn=made.picture is not None)

    async def gather(self, monday: date, book: RuleBook) -> Report:
        """The figures of all shops of the week that begins then."""
        zone, now = book.calendar.zone, self.clock.now()
        since = begin_of(monday, zone)
        until, earlier = since + A_WEEK, since - A_WEEK
        views = Views(self.store)
        reasons = picture(await views.reasons(ReasonFilter(since=since, until=until)))
        reasons_before = picture(await views.reasons(ReasonFilter(since=earlier, until=since)))
        figures, before = [
            await views.measures(MeasureFilter(since=begin, until=end), book.budget.complaint, now)
            for begin, end in ((since, until), (earlier, since))
        ]
        found = await views.evidence(CaseFilter(since=since, until=until), {})
        decisions = await views.open_decisions(COUNTED_OPEN)
        total = bill_of(found.hits).with_compensation(await views.approved(since, until)).total
        return Report(
            week=week_of(monday),
            since=since,
            until=until,
            made_at=now,
            scores=await self._scores(now, book),
            opened=figures.opened,
            opened_before=before.opened,
            reasons=changes_of(reasons, reasons_before),
            unexplained=reasons.unexplained,
            within_ten=_change(Measure.WITHIN_TEN, figures, before),
            within_fifteen=_change(Measure.WITHIN_FIFTEEN, figures, before),
            healed=Change(share=figures.healed, before=before.healed),
            cell=worst_cell(found.hits),
            loss_low_fen=total.low,
            loss_fen=total.likely,
            loss_high_fen=total.high,
            cut=found.cut,
            decisions=tuple(_open(one, now) for one in decisions[:MOST_DECISIONS]),
            decisions_open=len(decisions),
        )

    async def _scores(self, now: datetime, book: RuleBook) -> tuple[StageScore, ...]:
        async with self.store.survey() as connection:
            snapshot = await snapshot_at(connection, now, book.calendar)
        return tuple(_score(stage, snapshot) for stage in STAGES)


def _score(stage: Stage, snapshot: Snapshot) -> StageScore:
    tally = Tally()
    for place, found in snapshot.counts.items():
        tally = tally.plus(found) if place.stage is stage else tally
    return StageScore(stage=stage, score=score(tally), late=tally.late, total=tally.total)


def _change(measure: Measure, figures: Measures, before: Measures) -> Change:
    return Change(share=figures.shares.get(measure, NONE), before=before.shares.get(measure, NONE))


def _open(decision: Decision, now: datetime) -> OpenDecision:
    due = decision.look_at is not None and decision.look_at <= now
    return OpenDecision(number=decision.number, text=decision.text, owner=decision.owner, due=due)
