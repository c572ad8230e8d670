"""Is the trouble still what a draft says it is?"""

from replies.situation import Situation
from rules.anomalies import Ended
from rules.orders import WHOLE_ORDER, Run
from rules.stages import Kind, Stage
from rules.standing import is_standing, present_name, stands

STANDING = "standing"


def ending(situation: Situation) -> Ended | None:
    """How the trouble ended; None while what the case was raised for is still so."""
    anomaly, order = situation.anomaly, situation.order
    if anomaly.ended_at is not None:
        return anomaly.ended_how or Ended.MOVED
    if is_standing(anomaly, order, situation.book, situation.now):
        return None
    return Ended.MOVED if order.cancelled_at is None else Ended.CANCELLED


def run_of(situation: Situation, stage: Stage | None = None) -> Run:
    """The present run of a stage, by default the case's own, for the case's parcel."""
    wanted = stage or situation.anomaly.stage
    parcel = present_name(situation.anomaly.parcel, situation.order) if wanted.per_parcel else WHOLE_ORDER
    return situation.order.run(wanted, parcel)


def kind_of(situation: Situation) -> Kind:
    """What is wrong now: a case whose limit is met goes on while goods are short."""
    kind = situation.anomaly.kind
    return Kind.STOCK_SHORT if not _stands(kind, situation) and _stands(Kind.STOCK_SHORT, situation) else kind


def case_basis(situation: Situation) -> str:
    """What every draft rests on: the stage, its run, the kind of trouble, and whether it is over."""
    run = run_of(situation)
    return f"{run.stage}/{run.number}/{kind_of(situation)}/{ending(situation) or STANDING}"


def case_holds(claimed: str, situation: Situation) -> bool:
    """Whether what `case_basis` said then is still so; a further limit passed takes nothing back."""
    stage, number, kind, was = claimed.split("/")
    if was != STANDING:
        return ending(situation) == was
    run = run_of(situation)
    same_run = (run.stage, str(run.number)) == (stage, number)
    return same_run and situation.anomaly.ended_at is None and _stands(Kind(kind), situation)


def _stands(kind: Kind, situation: Situation) -> bool:
    return stands(kind, situation.anomaly, situation.order, situation.book, situation.now)
