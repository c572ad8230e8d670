"""How does a row become events? Each column read as the map says; all faults of a row are found at once."""

import difflib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, TypeVar, cast

from bot.imports import cells
from bot.imports.cells import CellError, Moment
from bot.imports.mapfile import (
    AmountColumn,
    AttributesFile,
    EventFile,
    LongFile,
    MapFile,
    MeaningFile,
    ShopFile,
    TagsColumn,
    TextColumn,
)
from bot.imports.sheet import WHOLE_ROW, Record
from bot.imports.stated import Fault, Happening, Row, Stated, cloud_event, event_id
from rules.events import EventType
from rules.stages import Stage, Status

NUMBERS = frozenset({"payment_ref", "tracking_no", "customer_ref", "customer_external_userid"})
OF_PARCELS = ("carrier", "tracking_no", "parcel")
"""What is said of a parcel belongs to the events of parcels; without any, to the order."""

Value = TypeVar("Value")
Parse = Callable[[str], Any]


class RowError(Exception):
    """A row that cannot be used."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


@dataclass(slots=True)
class _Cells:
    """The cells of one row, and what was found wrong with them."""

    record: Record
    columns: Mapping[str, int]
    unknown: Collection[str]
    faults: list[Fault] = field(default_factory=list[Fault])

    def text(self, column: str) -> str | None:
        """What a cell says; None for unknown."""
        text = cells.plain(self.record.cells[self.columns[column]])
        return None if text in self.unknown else text

    def value(self, column: str | None, parse: Callable[[str], Value]) -> Value | None:
        """What a cell means; None for unknown, and for what was noted as a fault."""
        text = None if column is None else self.text(column)
        if column is None or text is None:
            return None
        try:
            return parse(text)
        except CellError as error:
            self.fault(column, str(error))
            return None

    def fault(self, column: str, message: str) -> None:
        self.faults.append(Fault(self.record.number, column, message))


@dataclass(frozen=True, slots=True)
class _Told:
    """An event as the row tells it, before it is known which attributes go with it."""

    entry: int
    happening: Happening
    at: datetime
    data: Mapping[str, Any]


@dataclass(slots=True)
class Seen:
    """What was noticed that is no fault."""

    twice: int = 0
    """Times that the clocks showed twice."""
    rounded: int = 0
    """Numbers that look as if a spreadsheet had rounded them."""


class RowReader:
    """Reads the rows of one file. No event may lie after `latest`."""

    def __init__(self, plan: MapFile, header: Sequence[str], latest: datetime) -> None:
        self._plan = plan
        self._columns = {name: number for number, name in enumerate(header)}
        self._unknown = frozenset({"", *plan.empty})
        self._latest = latest
        self._zone = plan.zone
        self._attributes = list(_attribute_columns(plan.attributes, self._moment_text))
        self._constants = plan.constants.model_dump(exclude_none=True, mode="json")
        self.seen = Seen()

    def read(self, record: Record) -> Row | None:
        """What a row states; None when the map says to ignore it. Raises RowError."""
        if record.fault is not None:
            raise RowError([Fault(record.number, WHOLE_ROW, record.fault)])
        row = _Cells(record, self._columns, self._unknown)
        order_no = self._order_no(row)
        shop = self._shop(row)
        denied: set[str] = set()
        told = self._told(row, denied)
        data, of_parcel = self._data(row)
        if told is None and not row.faults:
            return None
        if not told and not row.faults:
            row.fault(WHOLE_ROW, "没有一个时间；至少要有一个，才知道发生过什么")
        if row.faults or not told:
            raise RowError(row.faults)
        events = [
            self._stated(shop, order_no, one, {"shop": shop, **one.data, **attributes})
            for one, attributes in _with_attributes(told, data, of_parcel)
        ]
        return Row(record.number, shop, order_no, events, sorted(denied - {one.name for one in events}))

    # --- whose row ------------------------------------------------------------

    def _order_no(self, row: _Cells) -> str:
        column = self._plan.order_no
        text = row.text(column)
        try:
            order_no = cells.order_number(text or "")
        except CellError as error:
            row.fault(column, str(error))
            return ""
        self.seen.rounded += cells.looks_rounded(order_no)
        return order_no

    def _shop(self, row: _Cells) -> str:
        shop = self._plan.shop
        if not isinstance(shop, ShopFile):
            return shop
        named = row.value(shop.column, cells.number)
        if named is None:
            row.fault(shop.column, "没有店铺；补上，或在映射里写一个固定的 shop")
        return named or ""

    # --- what happened ----------------------------------------------------------

    def _told(self, row: _Cells, denied: set[str]) -> list[_Told] | None:
        """The events of the row; None when it is to be ignored."""
        if self._plan.event is not None:
            return self._told_by_row(row, self._plan.event)
        known = [
            (entry, event, self._at(row, event.column))
            for entry, event in enumerate(self._plan.events or [])
            if self._happened(row, event, denied)
        ]
        times = [at for _, _, at in known if at is not None]
        found: list[_Told] = []
        for entry, event, known_at in known:
            at = known_at or (max(times, default=None) if event.at else None)
            if at is not None:
                found.append(_Told(entry, _happening(event), at, _remarks(row, event)))
        return found

    def _happened(self, row: _Cells, event: EventFile, denied: set[str]) -> bool:
        """Whether the row does not say that this has not happened."""
        if event.when is None:
            return True
        state = row.text(event.when.column)
        if state is not None and state not in event.when.values:
            denied.add(_happening(event).name)
        return state in event.when.values

    def _told_by_row(self, row: _Cells, event: LongFile) -> list[_Told] | None:
        happening = self._meaning(row, event)
        if happening is None and not row.faults:
            return None
        at = self._at(row, event.time)
        if at is None and not row.faults:
            row.fault(event.time, "没有时间；补上，或删掉这一行")
        if at is None or happening is None:
            return []
        return [_Told(0, happening, at, _remarks(row, event))]

    def _meaning(self, row: _Cells, event: LongFile) -> Happening | None:
        """What a row is about; None for what is ignored, and for a fault."""
        if event.what is not None:
            return row.value(event.what, partial(_explained, values=event.values)) or _missing(
                row, event.what
            )
        kind = row.value(event.type, partial(_one_of, words=_TYPES)) if event.type else None
        if kind is not None and kind is not EventType.STAGE:
            return Happening(kind)
        stage = row.value(event.stage, partial(_one_of, words=_STAGES))
        status = row.value(event.status, partial(_one_of, words=_STATUSES))
        if stage is None or status is None:
            return _missing(row, event.stage if stage is None else event.status)
        return Happening(EventType.STAGE, stage, status)

    def _at(self, row: _Cells, column: str | None) -> datetime | None:
        moment = row.value(column, self._moment)
        if moment is None:
            return None
        self.seen.twice += moment.twice
        return moment.at

    def _moment(self, text: str) -> Moment:
        moment = cells.moment(text, self._zone)
        if moment.at > self._latest:
            raise CellError(f"“{text}”在未来；时区（{self._zone}）和年份对吗？")
        return moment

    def _moment_text(self, text: str) -> str:
        return cells.moment(text, self._zone).at.isoformat()

    # --- what else is known -------------------------------------------------------

    def _data(self, row: _Cells) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the row says of the order, and of the parcel."""
        data: dict[str, Any] = dict(self._constants)
        customer: dict[str, str] = {}
        for name, column, parse in self._attributes:
            value = row.value(column, parse)
            if value is None:
                continue
            if name.startswith("customer_"):
                customer[name.removeprefix("customer_")] = value
            else:
                data[name] = value
        if customer:
            data["customer"] = customer
        parcel = row.value(self._plan.parcel, cells.number)
        of_parcel = {name: data.pop(name) for name in OF_PARCELS if name in data}
        return data, of_parcel | ({"parcel": parcel} if parcel else {})

    def _stated(self, shop: str, order_no: str, told: _Told, data: Mapping[str, Any]) -> Stated:
        happening, wide = told.happening, self._plan.events is not None
        stage = happening.stage
        parcel = ""
        if stage is not None:
            data = {"stage": stage.value, "status": happening.status, **data}
            parcel = str(data.get("parcel") or data.get("tracking_no") or "") if stage.per_parcel else ""
        event = event_id(shop, order_no, happening, told.at, parcel)
        return Stated(
            id=event,
            name=happening.name,
            parcel=parcel,
            entry=told.entry,
            once=wide or happening.once,
            at=told.at,
            body=cloud_event(
                event=event,
                source=self._plan.source,
                kind=happening.type,
                order_no=order_no,
                at=told.at,
                data=data,
            ),
        )


def _with_attributes(
    told: Sequence[_Told], data: Mapping[str, Any], of_parcel: Mapping[str, Any]
) -> Iterator[tuple[_Told, Mapping[str, Any]]]:
    """Each event with what is said beside it: of a parcel, or of the order, which its creation tells."""
    created = (one for one in told if one.happening.type is EventType.CREATED)
    bearer = next(created, min(told, key=lambda one: one.at))
    in_parcels = any(_is_of_parcel(one) for one in told)
    for one in told:
        said: Mapping[str, Any] = data if one is bearer else {}
        with_parcel = _is_of_parcel(one) or (one is bearer and not in_parcels)
        yield one, {**said, **of_parcel} if with_parcel else said


def _is_of_parcel(told: _Told) -> bool:
    return told.happening.stage is not None and told.happening.stage.per_parcel


def _happening(meaning: MeaningFile) -> Happening:
    return Happening(meaning.type or EventType.STAGE, meaning.stage, meaning.status)


def _remarks(row: _Cells, event: EventFile | LongFile) -> dict[str, str]:
    said = {"operator": row.value(event.operator, cells.word), "note": row.value(event.note, cells.note)}
    return {name: text for name, text in said.items() if text is not None}


def _explained(text: str, values: Mapping[str, MeaningFile | str]) -> Happening | None:
    meaning = values.get(text)
    if meaning is None:
        raise CellError(f"“{text}”映射里没有解释；{_known(text, values)}")
    return _happening(meaning) if isinstance(meaning, MeaningFile) else None


def _missing(row: _Cells, column: str | None) -> None:
    """Note that a row does not say what happened, unless it says so in words that are ignored or faulty."""
    if column is not None and row.text(column) is None:
        row.fault(column, "是空的，不知道发生了什么；补上，或删掉这一行")


def _one_of(text: str, words: Mapping[str, Value]) -> Value:
    if text not in words:
        raise CellError(f"“{text}”不认识；{_known(text, words)}")
    return words[text]


def _known(text: str, words: Collection[str]) -> str:
    near = difflib.get_close_matches(text, words, n=1)
    return f"是不是“{near[0]}”？" if near else f"可以写：{'、'.join(words)}"


_TYPES = {kind.value: kind for kind in EventType}
_STAGES = {stage.value: stage for stage in Stage}
_STATUSES = {status.value: status for status in Status}


def _attribute_columns(file: AttributesFile, moment: Parse) -> Iterator[tuple[str, str, Parse]]:
    """The attributes that have a column: the name in an event, the column, and how to read it."""
    for name in AttributesFile.model_fields:
        match getattr(file, name):
            case None:
                continue
            case AmountColumn() as amount:
                yield "amount_fen", amount.column, partial(cells.fen, unit=amount.unit)
            case TagsColumn() as tags:
                yield name, tags.column, partial(cells.tags, separator=tags.separator)
            case TextColumn() as text:
                parse = cells.number if name in NUMBERS else cells.word
                yield name, text.column, partial(_translated, parse=parse, values=text.values)
            case plain:
                yield name, cast(str, plain.column), moment if name == "not_before" else cells.whole


def _translated(text: str, parse: Callable[[str], str], values: Mapping[str, str]) -> str:
    return values.get(text) or parse(text)
