"""What does a row of an order file tell? Events, each under an id that every import gives it again."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from bot.imports import cells
from bot.imports.cells import CellError
from bot.imports.mapfile import CellFile, EventFile, MapFile
from bot.imports.sheet import Record
from bot.sealing import Seals
from bot.sources.cloudevents import AHEAD, EventError, decode
from handlers.messages import Reported
from rules.events import EventType
from rules.stages import STAGES, Status

WHOLE_ROW = "整行"
OF_PARCELS = frozenset({"carrier", "tracking_no"})
"""What is said of a parcel goes with the news of parcels; without any, with the rest."""

_PLACES = {
    name: place
    for place, name in enumerate(
        (
            EventType.CREATED,
            EventType.CHANGED,
            *(f"{stage}.{status}" for stage in STAGES for status in Status),
            EventType.REFUND_REQUESTED,
            EventType.CANCELLED,
            EventType.RESUMED,
        )
    )
}
"""Events of one time are folded in the order of their ids, and ids begin with the place in here.

Ids are stored: a change of this order would import everything a second time.
"""

Value = TypeVar("Value")
Parse = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class RowFault:
    """Why a row cannot be used: its number, which of its columns, what is wrong and the mend."""

    row: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"第 {self.row} 行 {self.column}：{self.message}"


class RowError(Exception):
    """A row that cannot be used."""

    def __init__(self, faults: Sequence[RowFault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Told:
    """An event, and the number of the row that tells of it."""

    row: int
    report: Reported


@dataclass(frozen=True, slots=True)
class _Moment:
    """When something happened, as a row says."""

    event: EventFile
    at: datetime

    @property
    def is_of_parcel(self) -> bool:
        """Whether it happened to a parcel rather than to the order."""
        return self.event.stage is not None and self.event.stage.per_parcel


@dataclass(slots=True)
class _Row:
    """The cells of one row, and what was found wrong with them."""

    record: Record
    columns: Mapping[str, int]
    empty: frozenset[str]
    faults: list[RowFault] = field(default_factory=list[RowFault])

    def text(self, column: str) -> str:
        """What a cell says; empty for unknown."""
        text = cells.plain(self.record.cells[self.columns[column]])
        return "" if text in self.empty else text

    def read(self, column: str | None, parse: Callable[[str], Value]) -> Value | None:
        """What a cell means; None for unknown, and for what was noted as a fault."""
        return None if column is None else self._parsed(self.text(column), column, parse)

    def read_cell(self, cell: CellFile, parse: Callable[[str], Value]) -> Value | None:
        """What a cell means in our own words, or what holds for every row."""
        text = cell.value or (self.text(cell.column) if cell.column else "")
        return self._parsed(cell.values.get(text, text), cell.column or WHOLE_ROW, parse)

    def _parsed(self, text: str, column: str, parse: Callable[[str], Value]) -> Value | None:
        try:
            return parse(text) if text else None
        except CellError as error:
            self.fault(column, str(error))
            return None

    def needed(self, text: str | None, column: str | None) -> str:
        """A text that must be there."""
        if text is None and not any(fault.column == column for fault in self.faults):
            self.fault(column or WHOLE_ROW, "这一格不能空；补上，或删掉这一行")
        return text or ""

    def fault(self, column: str, message: str) -> None:
        """Note that the row cannot be used."""
        self.faults.append(RowFault(self.record.number, column, message))

    def check(self) -> None:
        """Raise RowError when something was wrong."""
        if self.faults:
            raise RowError(self.faults)


class RowReader:
    """Reads the rows of one file. What happened is observed `now`, or, as history, when it happened."""

    def __init__(
        self, plan: MapFile, header: Sequence[str], now: datetime, seals: Seals, *, history: bool
    ) -> None:
        self._plan, self._now, self._seals, self._history = plan, now, seals, history
        self._zone = plan.zone
        self._columns = {name: place for place, name in enumerate(header)}
        self._empty = frozenset(plan.empty)
        self._cells = [
            ("amount_fen" if name == "amount_yuan" else name, cell, self._parse(name))
            for name, cell in plan.attributes.cells()
        ]

    def whose(self, record: Record) -> tuple[str, str]:
        """The shop and the number of the order that a row is about, as they are written."""
        if record.fault:
            return "", ""
        row, shop = self._row(record), self._plan.shop.column
        return row.text(shop) if shop else "", row.text(self._plan.order_no)

    def read(self, record: Record) -> list[Told]:
        """The events of a row; none when it is about nothing that the map knows. Raises RowError."""
        if record.fault:
            raise RowError([RowFault(record.number, WHOLE_ROW, record.fault)])
        row = self._row(record)
        moments, facts = self._moments(row), self._facts(row)
        order_no = row.needed(row.read(self._plan.order_no, cells.word), self._plan.order_no)
        shop = row.needed(row.read_cell(self._plan.shop, cells.word), self._plan.shop.column)
        row.check()
        reports = [
            self._event(row, moment, order_no, {"shop": shop, **said})
            for moment, said in _with_facts(moments, facts)
        ]
        row.check()
        return [Told(record.number, report) for report in reports if report]

    def _row(self, record: Record) -> _Row:
        return _Row(record, self._columns, self._empty)

    # --- what happened --------------------------------------------------------

    def _moments(self, row: _Row) -> list[_Moment]:
        meant = [
            event
            for event in self._plan.events
            if event.when is None or row.text(event.when.column) in event.when.values
        ]
        known = [(event, row.read(event.column, self._past)) for event in meant]
        latest = max((at for _, at in known if at), default=None)
        if meant and latest is None and not row.faults:
            row.fault(WHOLE_ROW, "没有一个时间；至少要有一个，才知道发生过什么")
        moments = [(event, at if event.column else latest) for event, at in known]
        return [_Moment(event, at) for event, at in moments if at]

    def _past(self, text: str) -> datetime:
        at = cells.moment(text, self._zone)
        if at > self._now + AHEAD:
            raise CellError(f"“{text}”在未来；年份和映射里的时区（{self._zone}）对吗？")
        return at

    # --- what else is known -----------------------------------------------------

    def _facts(self, row: _Row) -> dict[str, Any]:
        facts: dict[str, Any] = {}
        for name, cell, parse in self._cells:
            value = row.read_cell(cell, parse)
            if value is None:
                continue
            group, _, part = name.rpartition(".")
            (facts.setdefault(group, {}) if group else facts)[part] = value
        return facts

    def _parse(self, name: str) -> Parse:
        parse: Mapping[str, Parse] = {
            "amount_yuan": cells.fen,
            "amount_fen": cells.whole,
            "parcels": cells.whole,
            "tags": cells.tags,
            "not_before": lambda text: cells.moment(text, self._zone),
        }
        return parse.get(name, cells.word)

    # --- the event ----------------------------------------------------------------

    def _event(self, row: _Row, moment: _Moment, order_no: str, said: Mapping[str, Any]) -> Reported | None:
        """The event as any source would report it, taken in by the same rules; None when these refuse it."""
        event = moment.event
        data = {
            **said,
            "operator": row.read(event.operator, cells.word),
            "note": row.read(event.note, str),
            "stage": event.stage,
            "status": event.status,
        }
        body = {
            "specversion": "1.0",
            "id": _event_id(order_no, moment, said),
            "source": self._plan.source,
            "type": event.type,
            "subject": order_no,
            "time": moment.at,
            "data": {name: value for name, value in data.items() if value is not None},
        }
        try:
            observed_at = moment.at if self._history else self._now
            return decode(msgspec.json.encode(body), observed_at, self._seals)
        except EventError as error:
            row.fault(self._column_of(error.field, event), f"收不了（{error}）")
            return None

    def _column_of(self, field: str, event: EventFile) -> str:
        """Where a faulty attribute of an event stands in the file."""
        named = {name: cell.column for name, cell, _ in self._cells}
        named |= {"subject": self._plan.order_no, "shop": self._plan.shop.column}
        named |= {"time": event.column, "operator": event.operator, "note": event.note}
        return named.get(field.removeprefix("data.")) or WHOLE_ROW


def _with_facts(
    moments: Sequence[_Moment], facts: Mapping[str, Any]
) -> Iterator[tuple[_Moment, Mapping[str, Any]]]:
    """Each event with what is said beside it: of its parcel; or of the order, which one event alone tells."""
    of_parcel = {name: value for name, value in facts.items() if name in OF_PARCELS}
    of_order = {name: value for name, value in facts.items() if name not in OF_PARCELS}
    in_parcels = any(moment.is_of_parcel for moment in moments)
    bearer = min(moments, key=_as_bearer, default=None)
    for moment in moments:
        said = of_order if moment is bearer else {}
        with_parcel = moment.is_of_parcel or (moment is bearer and not in_parcels)
        yield moment, {**said, **of_parcel} if with_parcel else said


def _as_bearer(moment: _Moment) -> tuple[int, datetime]:
    """Facts come with the change, when the row tells of one; else with the creation, or what it tells first."""
    kinds = EventType.CHANGED, EventType.CREATED, moment.event.type
    return kinds.index(moment.event.type), moment.at


def _event_id(order_no: str, moment: _Moment, said: Mapping[str, Any]) -> str:
    """From the order, what happened, when, and to which parcel."""
    happening = moment.event.happening
    parcel = said.get("tracking_no", "") if moment.is_of_parcel else ""
    identity = "\x1f".join((said["shop"], order_no, happening, moment.at.isoformat(), parcel))
    digest = hashlib.blake2b(identity.encode(), digest_size=12).hexdigest()
    return f"{_PLACES[happening]:02}-{happening}-{digest}"
