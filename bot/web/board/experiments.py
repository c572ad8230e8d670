"""Which experiments are there, and what does one say? What is tried, on how many orders, and every measure in both parts."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from msgspec import structs

from bot.storage.connection import Connection
from bot.storage.drafts import open_drafts
from bot.storage.experiments import (
    experiment_of,
    experiments_before,
    looks_of,
    running_of,
    tallies_of,
    trials_of,
)
from bot.storage.store import Store, Transaction
from bot.web.board.experiment_shape import (
    ChangeLine,
    DraftChoice,
    ExperimentFile,
    ExperimentList,
    ExperimentRow,
    LookLine,
    MeasureLine,
    PartShown,
    StepLine,
)
from bot.web.board.queries import ListQuery, NoQuery, Query
from bot.web.board.screens import Asked, MissingError, Screen
from handlers.documents import Document
from handlers.experimentbook import Look, Trying
from handlers.rulebooks import RULES
from replies import rulewords
from replies.experiments import named
from replies.masking import free
from replies.pages.experiments import EXPERIMENTS
from rules.bookdiff import differences
from rules.bookfile import read_kept
from rules.experiments import Aim, Measured, Part
from rules.sequential import FEWEST, Arm, is_split_as_ordered
from rules.trials import (
    EVERYBODY,
    GOALS,
    LOOK_EVERY,
    NOTHING,
    Ending,
    Experiment,
    Tallies,
    Yardstick,
    measured,
)

LIST_PAGE, PAGE = "/experiments", "/experiments/{id}"
MOST_LOOKS = 48
"""Two days of them are shown."""
MOST_STEPS = 5
"""A start, two growths, an end, and that it was taken back."""
UNASKED: Mapping[str, Any] = {"told": "", "refused": "", "at_fault": "", "kept": {}}
"""What the templates say of a form before one is sent."""


class ExperimentFiles:
    """Reads experiments."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def list(self, asked: Asked[ListQuery]) -> ExperimentList:
        """The list, newest first, and the drafts that could be tried."""
        limit = asked.query.limit
        async with self._store.reading() as connection:
            found = await experiments_before(connection, asked.query.cursor, limit + 1)
            running = await running_of(connection)
            drafts = await _drafts(connection)
        return ExperimentList(
            items=[_row(one, asked) for one in found[:limit]],
            next=found[limit - 1].id if len(found) > limit else None,
            running=None if running is None else running.id,
            drafts=drafts,
        )

    async def of_versions(self, versions: Collection[int]) -> dict[int, Experiment]:
        """To which experiment each of these versions of the rules belongs; those of none are left out."""
        async with self._store.reading() as connection:
            return await trials_of(connection, versions)

    async def file(self, asked: Asked[NoQuery]) -> ExperimentFile:
        """One experiment. Raises MissingError."""
        async with self._store.snapshot() as connection:
            experiment = await experiment_of(connection, asked.path["id"])
            if experiment is None:
                raise MissingError(f"experiment {asked.path['id']}")
            tallies = await tallies_of(connection, experiment.id)
            looks = await looks_of(connection, experiment.id, MOST_LOOKS)
            steps = await _steps(connection, experiment)
            newest = await Transaction(connection).documents.newest(RULES)
        return _file(experiment, tallies, looks, steps, newest, asked)


def the_experiments(files: ExperimentFiles) -> tuple[Screen[Any, Any], ...]:
    """The list, and the page of each."""
    return (
        Screen(
            name="experiments",
            page=LIST_PAGE,
            twin="/api/experiments",
            summary="Experiments with the rules, newest first",
            query=ListQuery,
            shape=ExperimentList,
            load=files.list,
            words=EXPERIMENTS,
            tools={"named": named, "goals": GOALS, **UNASKED},
            tab="experiments",
        ),
        Screen(
            name="experiment",
            page=PAGE,
            twin="/api/experiments/{id}",
            summary="One experiment: what is tried, and every measure in both parts with its interval",
            query=NoQuery,
            shape=ExperimentFile,
            load=files.file,
            words=EXPERIMENTS,
            tools={"named": named, "rulewords": rulewords, "fewest": FEWEST, "widest": _widest, **UNASKED},
            tab="experiments",
        ),
    )


async def _drafts(connection: Connection) -> Sequence[DraftChoice]:
    """Those of the rules; one fits whose base says what is in force."""
    documents = Transaction(connection).documents
    newest, drafts = await documents.newest(RULES), await open_drafts(connection, RULES)
    found: list[DraftChoice] = []
    for draft in drafts:
        base = await documents.find(RULES, draft.base)
        fits = base is not None and newest is not None and read_kept(base.body) == read_kept(newest.body)
        found.append(DraftChoice(id=draft.id, title=free(draft.title), fits=fits))
    return found


async def _steps(connection: Connection, experiment: Experiment) -> list[Document]:
    """The versions that the experiment made, and the one that took them back; oldest first."""
    documents = Transaction(connection).documents
    found = [await documents.find(RULES, number) for number in experiment.versions[:MOST_STEPS]]
    return [one for one in found if one is not None]


def _row(one: Experiment, asked: Asked[Query]) -> ExperimentRow:
    return ExperimentRow(
        id=one.id,
        title=free(one.title),
        percent=one.percent,
        found=one.found,
        ending=one.ending,
        started_by=one.started_by,
        started_at=asked.local(one.started_at),
        ended_by=one.ended_by,
        ended_at=asked.local(one.ended_at),
        undone_by=one.undone_by,
        undone_at=asked.local(one.undone_at),
    )


def _file(
    one: Experiment,
    tallies: Tallies,
    looks: Sequence[Look],
    steps: Sequence[Document],
    newest: Document | None,
    asked: Asked[Query],
) -> ExperimentFile:
    if looks and not one.runs:
        tallies = looks[0].tallies
    tried, control = (tallies.get(part, NOTHING) for part in (Part.TRIED, Part.CONTROL))
    compared = measured(one.goals, tallies)
    judged = sum(tally.arms.get(Yardstick.QUIET, Arm()).n for tally in (tried, control))
    return ExperimentFile(
        **structs.asdict(_row(one, asked)),
        changes=_changes(steps),
        exposed_tried=tried.exposed,
        exposed_control=control.exposed,
        waiting=tried.exposed + control.exposed - judged,
        uneven=one.percent < EVERYBODY
        and not is_split_as_ordered(tried.exposed, control.exposed, one.split.tried_of_both),
        measures=[_measure(yardstick, both, len(compared)) for yardstick, both in compared.items()],
        looks=[_look(look, asked) for look in looks],
        steps=[_step(step, asked) for step in steps],
        looked_at=asked.local(one.looked_at),
        look_at=asked.local((one.looked_at or one.started_at) + LOOK_EVERY) if one.runs else None,
        next_share=one.next_share,
        can_undo=one.ending is Ending.ADOPTED
        and one.undone_at is None
        and newest is not None
        and newest.version == one.edition,
    )


def _changes(steps: Sequence[Document]) -> list[ChangeLine]:
    """What differs between what held and what is tried, as of the first version."""
    first = next((step for step in steps if step.trial is not None), None)
    if first is None or first.trial is None:
        return []
    tried = read_kept(Trying.read(first.trial).book)
    return [
        ChangeLine(at=one.at, before=one.before, after=one.after)
        for one in differences(read_kept(first.body), tried)
    ]


def _measure(yardstick: Yardstick, both: Measured, of: int) -> MeasureLine:
    difference = both.difference(of)
    clear = difference.is_above or difference.is_below
    return MeasureLine(
        yardstick=yardstick,
        aim=both.aim,
        tried=_part(both.tried),
        control=_part(both.control),
        difference=round(difference.estimate, 4),
        low=round(difference.low, 4),
        high=round(difference.high, 4),
        few=min(both.tried.n, both.control.n) < FEWEST,
        clear=clear,
        good=difference.is_above if both.aim is Aim.MORE else difference.is_below,
    )


def _part(arm: Arm) -> PartShown:
    return PartShown(n=arm.n, hits=arm.hits, share=round(arm.share, 4))


def _look(look: Look, asked: Asked[Query]) -> LookLine:
    return LookLine(
        at=asked.local(look.at),
        percent=look.percent,
        found=look.found,
        tried=look.exposed.get(Part.TRIED, 0),
        control=look.exposed.get(Part.CONTROL, 0),
    )


def _step(step: Document, asked: Asked[Query]) -> StepLine:
    return StepLine(
        version=step.version, at=asked.local(step.created_at), author=step.author, reason=step.reason
    )


def _widest(measures: Sequence[MeasureLine]) -> float:
    """How far from nothing the intervals reach that say anything, for the scale of the picture."""
    return max((max(abs(one.low), abs(one.high)) for one in measures if not one.few), default=1.0)
