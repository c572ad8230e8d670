"""When a part of the orders tries other rules: it starts, grows, is looked at every hour, and ends.

Each of these is a version of the rules of its own, so that all replicas take part in it, and limits are set anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from pydantic import ValidationError

from handlers.documents import Document, Origin
from handlers.experimentbook import Look, Trying
from handlers.ports import Work
from handlers.rulebooks import RULES
from handlers.scribe import Scribe
from handlers.trail import NOBODY, Doer
from handlers.world import Listing, World
from replies import experiments as words
from replies.commands import board
from rules.bookfile import RuleBookFile, read_kept
from rules.events import UserId
from rules.experiments import Finding, Part
from rules.exposures import after_look
from rules.orders import Order
from rules.rights import Role
from rules.trials import (
    BY_ITSELF,
    EVERYBODY,
    GOALS,
    NOTHING,
    SHARES,
    Ending,
    Experiment,
    Tallies,
    Yardstick,
    differ_for_orders,
    found,
    measured,
)

STARTED, GREW, ENDED, UNDONE = (
    "experiment.started",
    "experiment.grew",
    "experiment.ended",
    "experiment.undone",
)


class Objection(StrEnum):
    """Why nothing was done."""

    NO_GOAL = "no_goal"
    """An experiment needs a measure of success."""
    NO_DRAFT = "no_draft"
    """There is no such draft, or it is done."""
    FAULTY = "faulty"
    """What is to be tried is no rule book that could be put in force."""
    SAME = "same"
    """It says nothing else of any order than what is in force."""
    OTHER_BASE = "other_base"
    """It was not made from what is in force: to compare it would compare other changes as well."""
    UNAPPROVED = "unapproved"
    """It has other words for customers, and nobody but its author has agreed to them."""
    BUSY = "busy"
    """Another one is not over."""
    UNKNOWN = "unknown"
    """There is no such experiment."""
    OVER = "over"
    """It is over, or has grown to that share already."""
    CHANGED = "changed"
    """Other rules have been put in force since: to go back would undo those as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants to try."""

    title: str
    book: str
    """The body of the rule book."""
    base: int
    """The version that it was made from."""
    goals: Sequence[Yardstick]
    """What it is for."""
    draft: str | None = None


# --- what people do ------------------------------------------------------------------


async def start(work: Work, world: World, wish: Wish, by: Doer) -> Experiment | Objection:
    """Let the first share of all orders try it; or say what stands in the way."""
    now, in_force = world.now(), await _in_force(work)
    running = await work.experiments.running()
    if running is not None and not await _was_superseded(work, world, running):
        return Objection.BUSY
    objection = await _objection(work, wish, in_force)
    if objection is not None:
        return objection
    experiment = Experiment(
        id=world.new_id(),
        title=wish.title,
        draft=wish.draft,
        goals=tuple(goal for goal in GOALS if goal in wish.goals),
        percent=SHARES[0],
        began=in_force.version + 1,
        edition=in_force.version + 1,
        started_by=by.actor,
        started_at=now,
    )
    await _publish(work, in_force.body, now, by, experiment, tried=wish.book, follows=in_force.version)
    await work.experiments.save(experiment)
    await _put_down(work, STARTED, experiment, by, now)
    return experiment


async def grow(work: Work, world: World, id_: str, percent: int, by: Doer) -> Experiment | Objection:
    """Let `percent` of all orders try it; from the last share on it is put in force."""
    experiment = await _under_way(work, world, id_)
    if isinstance(experiment, Objection):
        return experiment
    if percent != experiment.next_share:
        return Objection.OVER
    now, in_force = world.now(), await _in_force(work)
    tried = _tried(in_force)
    if percent == EVERYBODY:
        await _look_back(work, experiment, now)
    grown = replace(experiment, percent=percent, edition=in_force.version + 1)
    if percent == EVERYBODY:
        grown = replace(grown, ending=Ending.ADOPTED, ended_by=by.actor, ended_at=now)
        await _publish(work, tried, now, by, grown, follows=in_force.version)
        await _end_draft(work, grown, now)
    else:
        await _publish(work, in_force.body, now, by, grown, tried=tried, follows=in_force.version)
    await work.experiments.save(grown)
    await _put_down(work, GREW if grown.runs else ENDED, grown, by, now)
    return grown


async def stop(work: Work, world: World, id_: str, by: Doer) -> Experiment | Objection:
    """Let all orders go by what was in force again."""
    experiment = await _under_way(work, world, id_)
    if isinstance(experiment, Objection):
        return experiment
    await _look_back(work, experiment, world.now())
    return await _end(work, world, experiment, Ending.STOPPED, by)


async def undo(work: Work, world: World, id_: str, by: Doer) -> Experiment | Objection:
    """Take back what an experiment has put in force, as long as nothing else was put in force since."""
    experiment = await work.experiments.find(id_)
    if experiment is None:
        return Objection.UNKNOWN
    if experiment.ending is not Ending.ADOPTED or experiment.undone_at is not None:
        return Objection.OVER
    now, in_force = world.now(), await _in_force(work)
    before = await work.documents.find(RULES, experiment.began)
    if before is None or in_force.version != experiment.edition:
        return Objection.CHANGED
    undone = replace(experiment, undone_by=by.actor, undone_at=now)
    await _publish(work, before.body, now, by, undone, follows=in_force.version)
    await work.experiments.save(undone)
    await _put_down(work, UNDONE, undone, by, now)
    return undone


async def _objection(work: Work, wish: Wish, in_force: Document) -> Objection | None:
    """What stands in the way of an experiment that is to start."""
    if not any(goal in GOALS for goal in wish.goals):
        return Objection.NO_GOAL
    try:
        tried = RuleBookFile.model_validate_json(wish.book)
    except ValidationError:
        return Objection.FAULTY
    base, ours = await work.documents.find(RULES, wish.base), read_kept(in_force.body)
    if base is None or read_kept(base.body) != ours:
        return Objection.OTHER_BASE
    if not differ_for_orders(ours, tried):
        return Objection.SAME
    return None if ours.replies == tried.replies or await _is_approved(work, wish) else Objection.UNAPPROVED


async def _is_approved(work: Work, wish: Wish) -> bool:
    """Whether somebody else has agreed to the draft as it is."""
    draft = None if wish.draft is None else await work.drafts.find(wish.draft)
    return draft is not None and draft.is_approved


async def _under_way(work: Work, world: World, id_: str) -> Experiment | Objection:
    """The experiment, if it goes on."""
    experiment = await work.experiments.find(id_)
    if experiment is None:
        return Objection.UNKNOWN
    if experiment.runs and not await _was_superseded(work, world, experiment):
        return experiment
    return Objection.OVER


# --- what happens by itself ------------------------------------------------------------


async def judge(work: Work, world: World, limit: int) -> int:
    """See what became of up to `limit` orders whose time has come; how many there were."""
    experiment = await work.experiments.running()
    if experiment is None:
        return 0
    exposures = await work.experiments.to_judge(experiment.id, world.now(), limit)
    keys = [exposure.order for exposure in exposures]
    orders, cases = await work.orders.known(keys), await work.cases.of(keys)
    twice = Yardstick.RESOLVED in experiment.goals
    await work.experiments.judge(
        after_look(
            exposure,
            orders.get(exposure.order, Order(key=exposure.order)),
            cases[exposure.order],
            twice=twice,
        )
        for exposure in exposures
    )
    return len(exposures)


async def due(work: Work, world: World) -> Experiment | None:
    """The experiment that goes on, when an hour has passed since the last look."""
    experiment = await work.experiments.running()
    if experiment is None or await _was_superseded(work, world, experiment):
        return None
    return experiment if experiment.is_to_look(world.now()) else None


async def look(work: Work, world: World) -> Finding | None:
    """See what the experiment says whose time it is, and end what harms; None where it is nobody's time."""
    experiment, now = await due(work, world), world.now()
    if experiment is None:
        return None
    tallies = await work.experiments.tallies(experiment.id)
    seen = replace(experiment, looked_at=now, found=found(experiment, tallies))
    await work.experiments.note(_look(seen, tallies, now))
    ending = BY_ITSELF.get(seen.found)
    if ending is not None:
        seen = await _end(work, world, seen, ending, NOBODY)
    else:
        await work.experiments.save(seen)
    if ending is not None or seen.found is Finding.BETTER:
        await _tell(work, world, seen, tallies)
    return seen.found


async def _end_draft(work: Work, adopted: Experiment, now: datetime) -> None:
    """The draft is in force, unless it says something else by now."""
    draft = None if adopted.draft is None else await work.drafts.find(adopted.draft)
    if draft is not None and draft.ended_at is None and draft.changed_at <= adopted.started_at:
        published = {"ended_at": now, "changed_at": now, "published": adopted.edition}
        await work.drafts.update(replace(draft, **published, revision=draft.revision + 1))


async def _was_superseded(work: Work, world: World, experiment: Experiment) -> bool:
    """Whether other rules were put in force meanwhile; whoever started the experiment hears that it has ended so."""
    in_force = await _in_force(work)
    if in_force.version == experiment.edition:
        return False
    now = world.now()
    await _look_back(work, experiment, now)
    over = replace(experiment, ending=Ending.SUPERSEDED, ended_by=in_force.author, ended_at=now)
    await work.experiments.save(over)
    await _put_down(work, ENDED, over, NOBODY, now)
    scribe = Scribe(world, now)
    scribe.tell_member(
        UserId(over.started_by),
        f"experiment:{over.id}:{over.ending}",
        text=words.superseded(over, _way(world)),
    )
    await scribe.flush(work)
    return True


async def _look_back(work: Work, ending: Experiment, now: datetime) -> None:
    """Remember what it had come to at its end: all goes by other rules from then on, and orders are forgotten."""
    await work.experiments.note(_look(ending, await work.experiments.tallies(ending.id), now))


def _look(experiment: Experiment, tallies: Tallies, now: datetime) -> Look:
    both = {part: tallies.get(part, NOTHING) for part in (Part.TRIED, Part.CONTROL)}
    return Look(
        experiment=experiment.id,
        at=now,
        percent=experiment.percent,
        found=experiment.found,
        exposed={part: tally.exposed for part, tally in both.items()},
        arms={part: tally.arms for part, tally in both.items()},
    )


async def _tell(work: Work, world: World, experiment: Experiment, tallies: Tallies) -> None:
    """Those who edit the rules, and the managers, hear of what was found, once for each share."""
    scribe = Scribe(world, world.now())
    compared = measured(experiment.goals, tallies)
    text = words.told(experiment, compared, tallies, _way(world))
    for to in world.surfaces.addressed(_concerned(world, experiment, scribe.now)):
        key = f"experiment:{experiment.id}:{experiment.found}:{experiment.percent}:{to}"
        scribe.tell_member(UserId(to), key, text=text)
    await scribe.flush(work)


def _concerned(world: World, experiment: Experiment, now: datetime) -> list[UserId]:
    """Operations, managers and whoever started it; the last resort where there is none of them."""
    roster = world.directory.roster
    found = [
        member.userid
        for member in roster.members.values()
        if member.roles & {Role.OPERATIONS, Role.MANAGER} or member.userid == experiment.started_by
    ]
    last = roster.last_resort(now)
    return found or ([last] if last is not None else [])


def _way(world: World) -> str:
    return board(world.links.listing(Listing.EXPERIMENTS), own=False)


# --- versions of the rules ---------------------------------------------------------------


async def _in_force(work: Work) -> Document:
    """The version in force. Raises LookupError: a service keeps one as soon as it starts."""
    newest = await work.documents.newest(RULES)
    if newest is None:
        raise LookupError("no rule book was ever kept")
    return newest


def _tried(in_force: Document) -> str:
    """The body of what is tried beside a version of an experiment."""
    return Trying.read(in_force.trial or "").book


async def _end(work: Work, world: World, experiment: Experiment, ending: Ending, by: Doer) -> Experiment:
    """All orders go by what was in force; by a version of its own, which is the last one of the experiment."""
    now, in_force = world.now(), await _in_force(work)
    over = replace(
        experiment,
        edition=in_force.version + 1,
        ending=ending,
        ended_by=None if by == NOBODY else by.actor,
        ended_at=now,
    )
    await _publish(work, in_force.body, now, by, over, follows=in_force.version)
    await work.experiments.save(over)
    await _put_down(work, ENDED, over, by, now)
    return over


async def _publish(
    work: Work,
    body: str,
    now: datetime,
    by: Doer,
    experiment: Experiment,
    *,
    tried: str | None = None,
    follows: int,
) -> None:
    """Put a version in force; somebody else who does so at once makes this transaction be repeated."""
    trying = None
    if tried is not None:
        trying = Trying(experiment=experiment.id, percent=experiment.percent, book=tried).written()
    await work.documents.add(
        RULES,
        body,
        now,
        author=None if by == NOBODY else by.actor,
        reason=words.reason(experiment),
        origin=Origin.TRIAL,
        trial=trying,
        follows=follows,
    )


async def _put_down(work: Work, deed: str, experiment: Experiment, by: Doer, now: datetime) -> None:
    detail = {"percent": str(experiment.percent), "version": str(experiment.edition)}
    if experiment.ending is not None:
        detail["ending"] = experiment.ending.value
    await work.trail.note([by.did(deed, experiment.id, now, detail=detail)])
