"""What may stand in the map of an import, and what does it mean? Which column is what; strict, like the rule book."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal, Self, cast
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, Field, field_validator, model_validator

from rules.events import EventType
from rules.stages import Stage, Status
from rules.strict import STRICT, fault

Column = Annotated[str, Field(min_length=1, max_length=200)]
Word = Annotated[str, Field(min_length=1, max_length=200)]
EVERY_OTHER = "*"
REPORTABLE = (
    EventType.CREATED,
    EventType.CHANGED,
    EventType.CANCELLED,
    EventType.RESUMED,
    EventType.REFUND_REQUESTED,
)
"""The events beside `order.stage` that a row can tell of with a time alone."""


class Unit(StrEnum):
    """What an amount counts."""

    YUAN = "yuan"
    """With at most two decimals."""
    FEN = "fen"
    """Whole numbers."""


class _Strict(BaseModel):
    model_config = STRICT


def _long_form(value: object) -> object:
    """A column's name alone stands for `{column: name}`."""
    return {"column": value} if isinstance(value, str) else value


class TextColumn(_Strict):
    """`{column: 快递公司, values: {圆通速递: yuantong}}`; a value that is not listed stays as it is."""

    column: Column
    values: dict[str, Word] = {}


class PlainColumn(_Strict):
    column: Column


class AmountColumn(_Strict):
    """`{column: 实付金额, unit: yuan}`."""

    column: Column
    unit: Unit


class TagsColumn(_Strict):
    """`{column: 标签, separator: "|"}`."""

    column: Column
    separator: str = Field(default=",", min_length=1, max_length=5)


Text = Annotated[TextColumn, BeforeValidator(_long_form)]
Plain = Annotated[PlainColumn, BeforeValidator(_long_form)]
Tags = Annotated[TagsColumn, BeforeValidator(_long_form)]


class AttributesFile(_Strict):
    """Which columns hold what is known of an order beside its times."""

    channel: Text | None = None
    amount: AmountColumn | None = None
    currency: Text | None = None
    tags: Tags | None = None
    warehouse: Text | None = None
    region: Text | None = None
    district: Text | None = None
    payment_channel: Text | None = None
    payment_ref: Text | None = None
    carrier: Text | None = None
    tracking_no: Text | None = None
    parcels: Plain | None = None
    not_before: Plain | None = None
    customer_ref: Text | None = Field(default=None, alias="customer.ref")
    customer_name: Text | None = Field(default=None, alias="customer.name")
    customer_open_kfid: Text | None = Field(default=None, alias="customer.open_kfid")
    customer_external_userid: Text | None = Field(default=None, alias="customer.external_userid")
    customer_owner_userid: Text | None = Field(default=None, alias="customer.owner_userid")


class ConstantsFile(_Strict):
    """What is true of every order of the file."""

    channel: Word | None = None
    currency: Word | None = None
    tags: list[Word] | None = Field(default=None, max_length=100)
    warehouse: Word | None = None
    region: Word | None = None
    district: Word | None = None
    payment_channel: Word | None = None
    carrier: Word | None = None
    skip: list[Stage] | None = None


class MeaningFile(_Strict):
    """What happened: `{type: order.created}`, or `{stage: payment, status: completed}`."""

    type: EventType | None = None
    stage: Stage | None = None
    status: Status | None = None

    @field_validator("type")
    @classmethod
    def _is_reportable(cls, value: EventType | None) -> EventType | None:
        if value is not None and value not in REPORTABLE:
            raise fault(f"a row can tell of {', '.join(REPORTABLE)}; of stages by `stage` and `status`")
        return value

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if (self.stage is None) != (self.status is None):
            raise fault("`stage` and `status` go together, such as stage: payment, status: completed")
        if (self.type is None) == (self.stage is None):
            raise fault("say what happened: either `type`, or `stage` and `status`")
        return self


class WhenFile(_Strict):
    """`{column: 订单状态, is: 已取消}`; of several values any one will do."""

    column: Column
    values: list[str] = Field(alias="is", min_length=1)

    @field_validator("values", mode="before")
    @classmethod
    def _in_a_list(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value


class EventFile(MeaningFile):
    """One event of a row: the column that holds its time, and what happened then.

    `at: latest` stands for the latest other time of the row, where the file says that something happened but
    not when.
    """

    column: Column | None = None
    at: Literal["latest"] | None = None
    when: WhenFile | None = None
    operator: Column | None = None
    note: Column | None = None

    @model_validator(mode="after")
    def _has_a_time(self) -> Self:
        if self.column is None and self.at is None:
            raise fault("name the `column` that holds the time, or write `at: latest` beside a `when`")
        if self.at is not None and self.when is None:
            raise fault("`at: latest` is for what a column tells without a time; add that as `when`", "at")
        return self

    def columns(self) -> Iterator[tuple[tuple[str, ...], str]]:
        yield from _named(self, "column", "operator", "note")
        if self.when is not None:
            yield ("when", "column"), self.when.column


Meaning = MeaningFile | Literal["ignore"]


class LongFile(_Strict):
    """One event for each row: which columns hold its time and what happened.

    Either `what`, a column of words that `values` explains, or `stage`, `status` and `type`, columns that hold
    our own words.
    """

    time: Column
    what: Column | None = None
    values: dict[str, Meaning] = {}
    type: Column | None = None
    stage: Column | None = None
    status: Column | None = None
    operator: Column | None = None
    note: Column | None = None

    @model_validator(mode="after")
    def _says_what_happened(self) -> Self:
        if (self.what is None) == (self.stage is None and self.type is None):
            raise fault("say which column tells what happened: `what` with `values`, or `stage` and `status`")
        if (self.what is None) != (not self.values):
            raise fault("`what` and `values` go together: the column, and what its words mean")
        if self.what is not None and self.status is not None:
            raise fault("`status` goes with `stage`; the words under `values` name theirs", "status")
        if (self.stage is None) != (self.status is None):
            raise fault("`stage` and `status` go together, each a column")
        return self

    def columns(self) -> Iterator[tuple[tuple[str, ...], str]]:
        yield from _named(self, "time", "what", "type", "stage", "status", "operator", "note")


class ShopFile(_Strict):
    """`{column: 店铺}`."""

    column: Column


class MapFile(_Strict):
    """The file that `--map` names."""

    version: Literal[1] = 1
    timezone: str = Field(default="", validate_default=True)
    encoding: Literal["auto", "utf-8", "gb18030"] = "auto"
    delimiter: Literal[",", ";", "\t", "|"] = ","
    source: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")] = "/import"
    shop: Annotated[str, Field(min_length=1, max_length=80)] | ShopFile = "main"
    order_no: Column
    parcel: Column | None = None
    attributes: AttributesFile = AttributesFile()
    constants: ConstantsFile = ConstantsFile()
    events: list[EventFile] | None = Field(default=None, min_length=1, max_length=60)
    event: LongFile | None = None
    empty: list[str] = Field(default=[], description="further texts that mean: unknown")
    ignore: list[Column] | Literal["*"] = []
    complete: bool = Field(
        default=False,
        description="the file tells all of each order in it; what it no longer tells is taken back",
    )

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        if not name:
            raise fault("say where the clocks of this file hang, such as timezone: Asia/Shanghai")
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise fault("that is no time zone; write one such as Asia/Shanghai") from error
        return name

    @model_validator(mode="after")
    def _is_wide_or_long(self) -> Self:
        if (self.events is None) == (self.event is None):
            raise fault(
                "say where the times stand: `events` when a row is a whole order, `event` when it is one event"
            )
        return self

    @model_validator(mode="after")
    def _says_nothing_twice(self) -> Self:
        for name in ConstantsFile.model_fields:
            if getattr(self.constants, name) is not None and getattr(self.attributes, name, None) is not None:
                raise fault("this has a column under `attributes` already", "constants", name)
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The zone of times without an offset."""
        return ZoneInfo(self.timezone)

    def columns(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Every column that is named, and where in the map."""
        yield ("order_no",), self.order_no
        if isinstance(self.shop, ShopFile):
            yield ("shop", "column"), self.shop.column
        yield from _named(self, "parcel")
        for name, field in AttributesFile.model_fields.items():
            column = cast("PlainColumn | None", getattr(self.attributes, name))
            if column is not None:
                yield ("attributes", field.alias or name), column.column
        for number, event in enumerate(self.events or []):
            yield from ((("events", number, *path), column) for path, column in event.columns())
        if self.event is not None:
            yield from ((("event", *path), column) for path, column in self.event.columns())


def _named(part: BaseModel, *names: str) -> Iterator[tuple[tuple[str, ...], str]]:
    for name in names:
        column = getattr(part, name)
        if column is not None:
            yield (name,), column


def parse_map(data: Mapping[str, Any]) -> MapFile:
    """The file's content, checked. Raises pydantic.ValidationError with every fault."""
    return MapFile.model_validate(data)
