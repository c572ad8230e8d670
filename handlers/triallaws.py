"""Is what is stored of trials right? Each against the version in force, and each order concerned against its trial. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from handlers.documents import Document
from handlers.experimentbook import Trying
from handlers.laws import Law, Violation, Why
from rules.exposures import Exposure
from rules.trials import SHARES, Experiment, split_of

HEARD_WITHIN = timedelta(minutes=1)
"""So often it is seen whether other rules have ended a trial."""


def broken_trials(
    running: Sequence[Experiment], in_force: Document | None, now: datetime, grace: timedelta
) -> Iterator[Violation]:
    """What is wrong with the trials that go on, and with the version in force; None when no rules were ever kept."""
    for one in running[1:]:
        yield _violation(Why.TWO_TRIALS, one.id, running[0].id)
    if in_force is None:
        yield from (_violation(Why.TRIAL_ASTRAY, one.id, "") for one in running)
        return
    tried = None if in_force.trial is None else Trying.read(in_force.trial)
    just_now = in_force.created_at >= now - HEARD_WITHIN - grace
    for one in running:
        superseded = tried is None and in_force.version > one.edition and just_now
        if not superseded and not _is_tried(one, in_force.version, tried):
            yield _violation(Why.TRIAL_ASTRAY, one.id, f"{one.edition} != {in_force.version}")
    if tried is not None and tried.experiment not in {one.id for one in running}:
        yield _violation(Why.TRIAL_ASTRAY, tried.experiment, f"{in_force.version}")


def _is_tried(one: Experiment, version: int, tried: Trying | None) -> bool:
    """Whether it is what the version has orders try, and as many of them."""
    now = None if tried is None else (version, tried.experiment, tried.percent)
    return now == (one.edition, one.id, one.percent)


def broken_exposure(exposure: Exposure, trial: Experiment | None, grace: timedelta) -> Iterator[Violation]:
    """What is wrong with an order that a trial concerns. Replicas hear of its end a little later."""
    about = f"{exposure.order.shop}/{exposure.order.order_no}"
    if trial is None:
        yield _violation(Why.TRIAL_UNKNOWN, about, exposure.experiment)
        return
    split = split_of(trial.id, min(trial.percent, SHARES[-1]))
    if split.part_of(exposure.order) is not exposure.part:
        yield _violation(Why.OTHER_PART, about, f"{trial.id} {exposure.part}")
    over = trial.ended_at is not None and exposure.at > trial.ended_at + grace
    if over or exposure.at < trial.started_at - grace:
        yield _violation(Why.OUTSIDE_TRIAL, about, f"{trial.id} {exposure.at.isoformat()}")


def _violation(why: Why, about: str, detail: str) -> Violation:
    return Violation(law=Law.TRIALS, why=why, about=about, detail=detail)
