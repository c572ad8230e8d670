"""What may stand in a rule book file, and what does it mean? Every key has a default."""

import itertools
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, Field, ValidationInfo, field_validator, model_validator
from pydantic import Strict as StrictNumber

from rules.baselinefile import BaselineFile
from rules.book import (
    AutomaticAction,
    Lane,
    Limit,
    PaymentClock,
    Plan,
    Recipient,
    RuleBook,
    StageRules,
)
from rules.calendar import Block, Calendar, NeverOpenError, Week
from rules.conditions import AllOf, Condition, check_size, compiled
from rules.durations import format_duration
from rules.events import UserId
from rules.feedsfile import FeedFiles, feed_rules
from rules.instants import instant
from rules.ladderfile import DEFAULT_LADDER, BudgetFile, StepFile, check_ladder
from rules.repliesfile import MAX_REPLIES, ReplyFile, check_replies
from rules.stages import Kind, Priority, Stage
from rules.standstillfile import StandstillFile
from rules.stormfile import StormFile
from rules.strict import KEPT, STRICT, Day, Moment, Positive, UserIdText, Zone, fault, is_kept
from rules.tasksfile import TasksFile
from rules.weektime import BlockText, DaysText, NightlyBlockText, parse_block, parse_days

MAX_LANES = 200
MAX_LIMITS = 20
MAX_BLOCKS = 12
MAX_NAMED = 50
A_YEAR_OF_WEEKS = 52


def _named_once(userids: list[str]) -> list[str]:
    for number, userid in enumerate(userids):
        if userid in userids[:number]:
            raise fault("this is named already; name each once", number)
    return userids


NamedPeople = Annotated[
    list[UserIdText], Field(min_length=1, max_length=MAX_NAMED), AfterValidator(_named_once)
]
"""Userids, in the order in which they are asked."""


class _Strict(BaseModel):
    model_config = STRICT


class LimitFile(_Strict):
    """`{when: not_completed, after: 5m}`; `repeat: 24h` speaks again after each further 24 h."""

    when: Literal["not_started", "not_completed", "no_update"]
    after: Positive
    repeat: Positive | None = None

    def limit(self) -> Limit:
        return Limit(when=Kind(self.when), after=self.after, repeat=self.repeat)


class StageFile(_Strict):
    """What is said of one stage; what is left out stays as it is."""

    normal: Positive | None = None
    limits: list[LimitFile] | None = Field(default=None, max_length=MAX_LIMITS)
    priority: Priority | None = None
    actions: list[AutomaticAction] | None = None
    group: str | None = Field(default=None, min_length=1)

    def over(self, known: StageRules) -> StageRules:
        return StageRules(
            normal=self.normal or known.normal,
            limits=known.limits if self.limits is None else tuple(limit.limit() for limit in self.limits),
            priority=self.priority or known.priority,
            actions=known.actions if self.actions is None else tuple(self.actions),
            group=self.group or known.group,
        )


class LaneFile(_Strict):
    """Orders that are treated differently, for a time."""

    name: str = Field(min_length=1, max_length=60)
    match: Condition = AllOf(all=[])
    start: Moment | None = Field(default=None, alias="from")
    end: Moment | None = Field(default=None, alias="to")
    skip: list[Stage] = []
    priority: Priority | None = None
    group: str | None = Field(default=None, min_length=1)
    payment_clock: PaymentClock | None = None
    recipients: dict[Recipient, NamedPeople] = {}
    stages: dict[Stage, StageFile] = {}

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.start and self.end and self.start >= self.end:
            raise fault("`to` must be later than `from`", "to")
        return self

    @field_validator("match")
    @classmethod
    def _is_of_a_size(cls, match: Condition) -> Condition:
        check_size(match)
        return match


class RuleBookFile(_Strict):
    """The file `DINGDAN_RULES_FILE` names."""

    version: Literal[1] = Field(default=1, description="of this format")
    timezone: Zone = "Asia/Shanghai"
    holiday_factor: Annotated[float, StrictNumber()] = Field(default=1.5, ge=1, le=10)
    days_off: list[Day] = Field(default=[], description="days off that the built-in calendar does not know")
    workdays: list[Day] = Field(
        default=[], description="workdays that the built-in calendar takes for days off"
    )
    hours: dict[DaysText, Annotated[list[BlockText], Field(max_length=MAX_BLOCKS)]] = Field(
        default={"mon-sun": ["00:00-24:00"]}, description="what is said of a day last counts"
    )
    quiet_hours: list[NightlyBlockText] = Field(default=[], max_length=MAX_BLOCKS)
    budget: BudgetFile = BudgetFile()
    max_age: Positive = timedelta(hours=24)
    payment_clock: PaymentClock = PaymentClock.STARTED
    stages: dict[Stage, StageFile] = {}
    ladder: list[StepFile] = list(DEFAULT_LADDER)
    storm: StormFile = StormFile()
    tasks: TasksFile = TasksFile()
    standstill: StandstillFile = StandstillFile()
    baseline: BaselineFile = BaselineFile()
    feeds: FeedFiles = {}
    lanes: list[LaneFile] = Field(default=[], max_length=MAX_LANES)
    replies: list[ReplyFile] = Field(default=[], max_length=MAX_REPLIES)

    @field_validator("hours")
    @classmethod
    def _open_some_time(cls, hours: dict[str, list[str]]) -> dict[str, list[str]]:
        if not any(_week(hours)):
            raise fault("the shop would never be open; give at least one block of one day")
        return hours

    @field_validator("quiet_hours")
    @classmethod
    def _are_apart(cls, blocks: list[str]) -> list[str]:
        _quiet(blocks)
        return blocks

    @field_validator("lanes")
    @classmethod
    def _have_names_of_their_own(cls, lanes: list[LaneFile]) -> list[LaneFile]:
        names: set[str] = set()
        for number, lane in enumerate(lanes):
            if lane.name in names:
                raise fault("another lane has this name already", number, "name")
            names.add(lane.name)
        return lanes

    @model_validator(mode="after")
    def _has_replies_for_what_there_is(self) -> Self:
        check_replies(self.replies, [lane.name for lane in self.lanes])
        return self

    @model_validator(mode="after")
    def _is_a_ladder(self, info: ValidationInfo) -> Self:
        """What was accepted once stays in force, whatever is asked of a ladder since; ours is cut to what it meets."""
        if "ladder" in self.model_fields_set and not is_kept(info):
            check_ladder(self.ladder, self.budget, self.max_age)
        return self

    @model_validator(mode="after")
    def _ends_within_a_year(self) -> Self:
        """Without enough opening hours a limit would never be up, and to find out when would take long."""
        try:
            calendar = self._calendar(())
        except NeverOpenError:
            raise fault("these leave no opening hour awake", "quiet_hours") from None
        book = self.compile(0)
        plans = [book.default, *(lane.plan for lane in book.lanes)]
        longest = max(
            duration for plan in plans for rules in plan.stages.values() for duration in rules.durations
        )
        if longest * self.holiday_factor > _a_year_of(calendar.hours):
            raise fault(
                f"in these hours the limit of {format_duration(longest)} would take over a year", "hours"
            )
        if self.ladder and self.ladder[-1].after > _a_year_of(calendar.awake):
            raise fault("in these hours the last step of the ladder would come after over a year", "hours")
        return self

    def compile(self, version: int, holidays: Iterable[date] = ()) -> RuleBook:
        """The rule book in the form that is used, under the number `version`."""
        stages = {stage: self.stages.get(stage, StageFile()).over(DEFAULT_STAGES[stage]) for stage in Stage}
        default = Plan(lane=None, stages=stages, skip=frozenset(), payment_clock=self.payment_clock)
        return RuleBook(
            version=version,
            calendar=self._calendar(holidays),
            budget=self.budget.budget(self.ladder),
            max_age=self.max_age,
            ladder=tuple(step.step() for step in self.ladder),
            default=default,
            lanes=tuple(_lane(lane, default) for lane in self.lanes),
            storm=self.storm.rules(),
            tasks=self.tasks.rules(),
            standstill=self.standstill.rules(),
            baseline=self.baseline.rules(),
            feeds=feed_rules(self.feeds),
            replies=tuple(reply.reply() for reply in self.replies),
        )

    def _calendar(self, holidays: Iterable[date]) -> Calendar:
        return Calendar(
            zone=ZoneInfo(self.timezone),
            holiday_factor=Fraction(str(self.holiday_factor)),
            days_off=frozenset(holidays).union(self.days_off) - frozenset(self.workdays),
            hours=_week(self.hours),
            quiet=_quiet(self.quiet_hours),
        )


def _lane(file: LaneFile, default: Plan) -> Lane:
    everywhere = StageFile(priority=file.priority, group=file.group)
    stages = {stage: everywhere.over(rules) for stage, rules in default.stages.items()}
    for stage, changes in file.stages.items():
        stages[stage] = changes.over(stages[stage])
    plan = Plan(
        lane=file.name,
        stages=stages,
        skip=frozenset(file.skip),
        payment_clock=file.payment_clock or default.payment_clock,
        people={part: tuple(map(UserId, userids)) for part, userids in file.recipients.items()},
    )
    return Lane(matches=compiled(file.match), start=_instant(file.start), end=_instant(file.end), plan=plan)


def _instant(value: datetime | None) -> datetime | None:
    return None if value is None else instant(value)


def _week(hours: Mapping[str, list[str]]) -> Week:
    week: list[tuple[Block, ...]] = [()] * 7
    for days, blocks in hours.items():
        for day in parse_days(days):
            week[day] = _in_order(
                block for text in blocks for block in parse_block(text, over_midnight=False)
            )
    return tuple(week)


def _quiet(blocks: Iterable[str]) -> tuple[Block, ...]:
    return _in_order(block for text in blocks for block in parse_block(text, over_midnight=True))


def _in_order(blocks: Iterable[Block]) -> tuple[Block, ...]:
    ordered = sorted(blocks)
    for first, second in itertools.pairwise(ordered):
        if second.start < first.end:
            raise fault("two blocks of a day overlap; join them into one")
    return tuple(ordered)


def _a_year_of(week: Week) -> timedelta:
    return A_YEAR_OF_WEEKS * sum((end - start for day in week for start, end in day), timedelta())


def _stage(
    normal: timedelta, *limits: Limit, priority: Priority = Priority.P2, also: AutomaticAction | None = None
) -> StageRules:
    actions = (AutomaticAction.POST_CARD,) if also is None else (AutomaticAction.POST_CARD, also)
    return StageRules(normal=normal, limits=limits, priority=priority, actions=actions, group="default")


def _limit(when: Kind, *, repeat: timedelta | None = None, **after: int) -> Limit:
    return Limit(when=when, after=timedelta(**after), repeat=repeat)


DEFAULT_STAGES: Mapping[Stage, StageRules] = {
    Stage.PAYMENT: _stage(
        timedelta(minutes=2),
        _limit(Kind.NOT_COMPLETED, minutes=5),
        priority=Priority.P1,
        also=AutomaticAction.PUSH_DUTY_MANAGER,
    ),
    Stage.CONFIRM: _stage(timedelta(minutes=10), _limit(Kind.NOT_COMPLETED, minutes=20)),
    Stage.PICKING: _stage(
        timedelta(minutes=30),
        _limit(Kind.NOT_STARTED, minutes=45),
        _limit(Kind.NOT_COMPLETED, hours=2),
        also=AutomaticAction.RECHECK_STOCK,
    ),
    Stage.PACKING: _stage(timedelta(minutes=60), _limit(Kind.NOT_COMPLETED, minutes=90)),
    Stage.PICKUP: _stage(
        timedelta(hours=2), _limit(Kind.NO_UPDATE, hours=3), also=AutomaticAction.REMIND_CARRIER
    ),
    Stage.TRANSIT: _stage(timedelta(hours=12), _limit(Kind.NO_UPDATE, hours=24, repeat=timedelta(hours=24))),
}
"""Payment, picking and pickup are the customer's figures; the others are sensible defaults."""


def parse_rule_book(data: Mapping[str, Any]) -> RuleBookFile:
    """The file's content, checked. Raises pydantic.ValidationError with every fault."""
    return RuleBookFile.model_validate(data)


def read_kept(body: str) -> RuleBookFile:
    """A version that was accepted once, as it was written down. Raises pydantic.ValidationError."""
    return RuleBookFile.model_validate_json(body, context=KEPT)
