"""What came of an import? Counts by stage, what was out of order, and what has to be mended."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from bot.imports.loading import Portion
from bot.imports.rows import WHOLE_ROW, RowFault
from handlers.messages import Intake
from replies.names import STAGES, operation
from rules.book import RuleBook
from rules.events import OrderEvent, StageReport
from rules.lateness import disorder, lateness
from rules.stages import Stage

SHOWN = 20
"""Faults and rows out of order that a person is shown; machines and the error file get them all."""


@dataclass(slots=True, kw_only=True)
class StageCount:
    """What the file tells of one stage: events, and orders."""

    new: int = 0
    known: int = 0
    late: int = 0
    """Orders that passed a limit of the stage."""
    late_still: int = 0
    """Those among them for which the file knows no end of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfOrder:
    """A row that tells of something earlier than what it should follow."""

    row: int
    order_no: str
    message: str

    def __str__(self) -> str:
        return f"第 {self.row} 行 {self.order_no}：{self.message}"


@dataclass(slots=True, kw_only=True)
class Report:
    """The counts of one import, under one rule book; limits that are not met count until `now`."""

    book: RuleBook
    now: datetime
    live: bool
    dry_run: bool
    rows: int = 0
    orders: int = 0
    answers: Counter[Intake] = field(default_factory=Counter[Intake])
    stages: dict[Stage, StageCount] = field(default_factory=lambda: {stage: StageCount() for stage in Stage})
    out_of_order: list[OutOfOrder] = field(default_factory=list[OutOfOrder])
    faults: list[RowFault] = field(default_factory=list[RowFault])

    def add(self, portion: Portion, answers: Sequence[Intake]) -> None:
        """Count what the file tells of one order, and what became of each event."""
        self.rows += portion.rows
        self.faults += portion.faults
        if not portion.told:
            return
        self.orders += 1
        self.answers.update(answers)
        for told, answer in zip(portion.told, answers, strict=True):
            event = told.report.event
            if answer is Intake.CONFLICT:
                self.faults.append(RowFault(told.row, WHOLE_ROW, _conflict(event)))
            elif isinstance(event.report, StageReport):
                count = self.stages[event.report.stage]
                count.new += answer is Intake.ACCEPTED
                count.known += answer is Intake.DUPLICATE
        self._look_back(portion)

    def _look_back(self, portion: Portion) -> None:
        rows = {told.report.event.key: told.row for told in portion.told}
        events = [told.report.event for told in portion.told]
        late = lateness(events[0].order, events, self.book, self.now)
        for stage in {one.stage for one in late}:
            self.stages[stage].late += 1
            self.stages[stage].late_still += any(one.stage is stage and one.ended_at is None for one in late)
        pair = disorder(events)
        if pair is not None:
            early, event = pair
            self.out_of_order.append(
                OutOfOrder(row=rows[early.key], order_no=early.order.order_no, message=_order(early, event))
            )

    def faults_by_row(self) -> dict[int, tuple[str, str]]:
        """Of each faulty row the columns and the messages."""
        by_row: dict[int, list[RowFault]] = {}
        for fault in self.faults:
            by_row.setdefault(fault.row, []).append(fault)
        return {
            row: ("；".join(fault.column for fault in faults), "；".join(fault.message for fault in faults))
            for row, faults in by_row.items()
        }

    def as_json(self) -> str:
        """For machines."""
        stages = {stage.value: asdict(count) for stage, count in self.stages.items()}
        return json.dumps(
            {
                "ok": not self.faults,
                "live": self.live,
                "dry_run": self.dry_run,
                "rows": self.rows,
                "orders": self.orders,
                "events": {
                    "new": self.answers[Intake.ACCEPTED],
                    "known": self.answers[Intake.DUPLICATE],
                    "conflicts": self.answers[Intake.CONFLICT],
                },
                "stages": stages,
                "out_of_order": [asdict(one) for one in self.out_of_order],
                "faulty_rows": len(self.faults_by_row()),
                "faults": [asdict(fault) for fault in self._sorted_faults()],
            },
            ensure_ascii=False,
            indent=2,
        )

    def as_text(self) -> str:
        """For people: what has to be mended, what was out of order, then the counts."""
        lines = _some(self._sorted_faults(), "处错误")
        if self.out_of_order:
            lines.append(f"{len(self.out_of_order)} 单的时间前后颠倒，按时间先后计入：")
            lines += _some(sorted(self.out_of_order, key=lambda one: one.row), "单")
        lines += [_counted(stage, count) for stage, count in self.stages.items() if count != StageCount()]
        new, known = self.answers[Intake.ACCEPTED], self.answers[Intake.DUPLICATE]
        lines.append(
            f"共 {self.rows} 行，{self.orders} 单；事件新 {new}，已有 {known}；"
            f"有错 {len(self.faults_by_row())} 行"
        )
        return "\n".join([*lines, self._what_was_done()])

    def _what_was_done(self) -> str:
        if self.dry_run:
            return "这是预演，什么都没有写入"
        return "从现在起盯着这些订单" if self.live else "作为历史导入：不计时，不提醒任何人"

    def _sorted_faults(self) -> list[RowFault]:
        return sorted(self.faults, key=lambda fault: fault.row)


def _some(things: Iterable[RowFault | OutOfOrder], name: str) -> list[str]:
    lines = [str(thing) for thing in things]
    rest = len(lines) - SHOWN
    return [*lines[:SHOWN], f"……还有 {rest} {name}"] if rest > 0 else lines


def _counted(stage: Stage, count: StageCount) -> str:
    late = f"超时 {count.late} 单，其中 {count.late_still} 单没有下文" if count.late else "没有超时"
    return f"{STAGES[stage]}：新 {count.new}，已有 {count.known}；{late}"


def _conflict(event: OrderEvent) -> str:
    return (
        f"“{operation(_name(event))}”以前导入时的内容和现在不同，库里的没有改；"
        "资料会变的话，在映射里给“修改时间”那样的一列写上 type: order.changed"
    )


def _order(early: OrderEvent, event: OrderEvent) -> str:
    return f"{operation(_name(early))}早于{operation(_name(event))}"


def _name(event: OrderEvent) -> str:
    report = event.report
    return f"{report.stage}.{report.status}" if isinstance(report, StageReport) else event.type.value
