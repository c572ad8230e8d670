"""What may a rule book say of the golden ten minutes, and does its ladder lead to somebody who always exists?"""

import itertools
from collections.abc import Sequence
from datetime import timedelta
from typing import Self

from pydantic import BaseModel, ValidationInfo, model_validator

from rules.book import Budget, LadderAction, LadderStep, Recipient
from rules.durations import format_duration
from rules.ladder import places
from rules.strict import STRICT, Positive, fault, is_kept

SHORTEST_GAP = timedelta(seconds=1)
"""Two steps that come closer together tell two people the same at one moment."""
SHARES = ("claim", "act", "send")


class BudgetFile(BaseModel):
    """How long we give ourselves."""

    model_config = STRICT

    contact: Positive = timedelta(minutes=10)
    complaint: Positive = timedelta(minutes=7)
    claim: Positive | None = None
    act: Positive = timedelta(minutes=4)
    send: Positive = timedelta(minutes=3)

    @model_validator(mode="after")
    def _has_room_for_its_shares(self, info: ValidationInfo) -> Self:
        """What was left out is no promise: it is shortened with the time that is left."""
        said = {name: getattr(self, name) for name in SHARES if name in self.model_fields_set}
        given = {name: share for name, share in said.items() if share is not None}
        if given and sum(given.values(), timedelta()) > self.contact and not is_kept(info):
            names = " and ".join(f"`{name}`" for name in given)
            take = "take" if len(given) > 1 else "alone takes"
            raise fault(
                f"{names} {take} longer than `contact`, {format_duration(self.contact)}", next(iter(given))
            )
        return self

    def budget(self, ladder: "Sequence[StepFile]") -> Budget:
        """The budget; unless it says so itself, a case is to be claimed by the first step of the ladder."""
        first = ladder[0].after if ladder else self.contact
        return Budget(
            contact=self.contact,
            complaint=self.complaint,
            claim=self.claim or first,
            act=self.act,
            send=self.send,
        )


class StepFile(BaseModel):
    """`{after: 6m, do: hand_over, to: lead}`."""

    model_config = STRICT

    after: Positive
    do: LadderAction
    to: Recipient | None = None

    @model_validator(mode="after")
    def _names_whom(self) -> Self:
        if self.do is LadderAction.REMIND_OWNER and self.to is not None:
            raise fault("`remind_owner` goes to the owner and takes no `to`", "to")
        if self.do is not LadderAction.REMIND_OWNER and self.to is None:
            raise fault(f"`{self.do}` needs a `to`: {' or '.join(Recipient)}", "do")
        return self

    def step(self) -> LadderStep:
        return LadderStep(after=self.after, do=self.do, to=self.to)


DEFAULT_LADDER = (
    StepFile(after=timedelta(minutes=3), do=LadderAction.REMIND_OWNER),
    StepFile(after=timedelta(minutes=6), do=LadderAction.HAND_OVER, to=Recipient.LEAD),
    StepFile(after=timedelta(minutes=9), do=LadderAction.PUSH, to=Recipient.DUTY_MANAGER),
)


def check_ladder(ladder: Sequence[StepFile], budget: BudgetFile, max_age: timedelta) -> None:
    """Raise the fault of the first step that is never taken, or takes nobody anywhere. No step at all is a choice."""
    if ladder:
        _climbs(ladder)
        _is_in_time(ladder, max_age)
        _moves(ladder)
        _ends_at_somebody(ladder)
        _keeps_apart(ladder, budget)


def _climbs(ladder: Sequence[StepFile]) -> None:
    for number, (lower, upper) in enumerate(itertools.pairwise(ladder), start=1):
        if upper.after <= lower.after:
            raise fault("each step must come later than the one before", "ladder", number, "after")


def _is_in_time(ladder: Sequence[StepFile], max_age: timedelta) -> None:
    for number, step in enumerate(ladder):
        if step.after >= max_age:
            age = format_duration(max_age)
            raise fault(
                f"nobody is told of a case any more that is {age} old (`max_age`): come sooner",
                "ladder",
                number,
                "after",
            )


def _moves(ladder: Sequence[StepFile]) -> None:
    holder: Recipient | None = None
    for number, step in enumerate(ladder):
        if step.do is not LadderAction.HAND_OVER:
            continue
        if step.to is holder:
            raise fault(
                f"the {holder} has it already by an earlier step; lead to somebody else, or `push`",
                "ladder",
                number,
                "to",
            )
        holder = step.to


def _ends_at_somebody(ladder: Sequence[StepFile]) -> None:
    """A manager on shift or, when there is none, the fallback that every roster names."""
    if ladder[-1].to is not Recipient.DUTY_MANAGER:
        raise fault(
            "the last step must lead to somebody who always exists:"
            " end with `do: push` or `do: hand_over`, `to: duty_manager`",
            "ladder",
            len(ladder) - 1,
            "to" if ladder[-1].to else "do",
        )


def _keeps_apart(ladder: Sequence[StepFile], budget: BudgetFile) -> None:
    """A ladder is shortened to its budget; too many steps in too little time fall on each other."""
    laid = places(tuple(step.step() for step in ladder), budget.budget(ladder))
    for number, (lower, upper) in enumerate(itertools.pairwise(laid), start=1):
        if upper - lower < SHORTEST_GAP:
            raise fault(
                "shortened to the `budget`, this step would come together with the one before;"
                " leave one out, or allow more time",
                "ladder",
                number,
                "after",
            )
