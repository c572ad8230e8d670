"""What may stand in the file of a drill, and what does it mean? Strict, like the rule book."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, StrictBool, StrictInt, model_validator

from rules.bookfile import DEFAULT_STAGES
from rules.durations import Duration, format_duration
from rules.stages import Stage
from rules.strict import STRICT, Positive, fault

MOST_ORDERS = 300
LONGEST = timedelta(hours=2)
LEAD = timedelta(seconds=30)
"""Orders are reported so long before the first of them is late."""
SourceName = Annotated[str, Field(pattern=r"^/", max_length=60)]
Name = Annotated[str, Field(min_length=1, max_length=40)]
Cause = Annotated[str, Field(min_length=1, max_length=40)]


class Manner(StrEnum):
    """What a scripted agent does."""

    REPLY = "reply"
    """Answers customers, and says why the order was late."""
    CLAIM = "claim"
    """Claims cases, and forgets them."""


class BurstFile(BaseModel):
    """`{after: 6m, count: 10}`: so many orders begin to be late then."""

    model_config = STRICT

    after: Duration = timedelta()
    count: StrictInt = Field(ge=1, le=MOST_ORDERS)


class GroupFile(BaseModel):
    """Orders that have the same trouble."""

    model_config = STRICT

    name: Name
    stage: Stage
    bursts: list[BurstFile] = Field(min_length=1, max_length=10)
    spread: Duration = timedelta(seconds=10)
    limit: Positive | None = None
    source: SourceName = "/erp"
    in_trouble: StrictBool = True
    apart: StrictBool = False
    payment_channel: Cause | None = None
    warehouse: Cause | None = None
    carrier: Cause | None = None
    region: Cause | None = None
    amount_fen: StrictInt = Field(default=19_900, ge=0)
    customers_write: StrictBool = False
    refunds: StrictInt = Field(default=0, ge=0)
    refunds_after: Positive = timedelta(minutes=4)
    moves_at: Positive | None = None
    moves_after_contact: Positive | None = None

    @model_validator(mode="after")
    def _is_of_one_piece(self) -> Self:
        if self.refunds > self.count:
            raise fault(f"there are only {self.count} orders in this group", "refunds")
        if self.moves_at is not None and self.moves_after_contact is not None:
            raise fault(
                "an order moves at a time, or after the contact: leave one out", "moves_after_contact"
            )
        if not self.in_trouble and self.moves_at is None:
            raise fault(
                "orders that are in no trouble move by themselves: say when, with `moves_at`", "in_trouble"
            )
        return self

    @property
    def count(self) -> int:
        """How many orders there are in it."""
        return sum(burst.count for burst in self.bursts)

    @property
    def waits(self) -> timedelta:
        """How long it takes until one of them is late."""
        return self.limit or DEFAULT_STAGES[self.stage].limits[0].after


class SilenceFile(BaseModel):
    """`{from: 2m, until: 12m}`: what a source would report then comes in afterwards."""

    model_config = STRICT

    start: Duration = Field(alias="from")
    end: Positive = Field(alias="until")

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.start >= self.end:
            raise fault("`until` must be later than `from`", "until")
        return self


class SourceFile(BaseModel):
    """A system that reports, and for a time does not."""

    model_config = STRICT

    source: SourceName
    heartbeat: Positive | None = None
    silent: SilenceFile | None = None


class AgentFile(BaseModel):
    """Somebody of the scripted team."""

    model_config = STRICT

    userid: Literal["zhangsan", "zhaoliu", "lisi", "wangwu"]
    does: Manner = Manner.REPLY
    sees_after: Positive = timedelta(seconds=40)
    each: Positive = timedelta(seconds=20)


class DrillFile(BaseModel):
    """The file that `dingdan drill` plays."""

    model_config = STRICT

    version: Literal[1] = 1
    name: Name
    about: str = Field(default="", max_length=400)
    lasts: Positive = timedelta(minutes=15)
    groups: list[GroupFile] = Field(min_length=1, max_length=20)
    sources: list[SourceFile] = Field(default=[], max_length=10)
    team: list[AgentFile] = Field(default=[], max_length=4)

    @model_validator(mode="after")
    def _fits_into_its_time(self) -> Self:
        if self.lasts > LONGEST:
            raise fault(f"a drill lasts {format_duration(LONGEST)} at most", "lasts")
        if sum(group.count for group in self.groups) > MOST_ORDERS:
            raise fault(f"a drill has {MOST_ORDERS} orders at most, all groups together", "groups")
        for number, group in enumerate(self.groups):
            for place, burst in enumerate(group.bursts):
                if burst.after + LEAD + group.spread >= self.lasts:
                    lasts = format_duration(self.lasts)
                    at = ("groups", number, "bursts", place, "after")
                    raise fault(f"the drill is over after {lasts}: come sooner, or let it last longer", *at)
        return self
