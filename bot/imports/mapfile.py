"""What may stand in the map of an import, and what does it mean? Which column is what; strict, like the rule book."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, Field, field_validator, model_validator

from rules.events import DEFAULT_SHOP, EventType
from rules.stages import Stage, Status
from rules.strict import STRICT, Zone, fault

Column = Annotated[str, Field(min_length=1, max_length=200)]
REPORTABLE = (
    EventType.CREATED,
    EventType.CHANGED,
    EventType.CANCELLED,
    EventType.RESUMED,
    EventType.REFUND_REQUESTED,
)
"""The events beside `order.stage` that a row can tell of with a time alone."""


class _Strict(BaseModel):
    model_config = STRICT


class CellFile(_Strict):
    """`{column: 快递公司, values: {圆通速递: yuantong}}`, or `{value: taobao}` for every row."""

    column: Column | None = None
    value: Annotated[str, Field(min_length=1)] | None = None
    values: dict[str, str] = {}

    @model_validator(mode="after")
    def _has_one_origin(self) -> Self:
        if (self.column is None) == (self.value is None):
            raise fault("name either the `column`, or the `value` that holds for every row")
        return self


def _long_form(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


Cell = Annotated[CellFile, BeforeValidator(_long_form, json_schema_input_type=Column | CellFile)]
"""A column's name alone stands for `{column: name}`."""


class CustomerFile(_Strict):
    """Which columns say who the customer is."""

    ref: Cell | None = None
    name: Cell | None = None
    open_kfid: Cell | None = None
    external_userid: Cell | None = None
    owner_userid: Cell | None = None
    phone: Cell | None = None
    address: Cell | None = None


class AttributesFile(_Strict):
    """Which columns hold what is known of an order beside its times."""

    channel: Cell | None = None
    amount_yuan: Cell | None = None
    amount_fen: Cell | None = None
    currency: Cell | None = None
    tags: Cell | None = None
    warehouse: Cell | None = None
    region: Cell | None = None
    district: Cell | None = None
    payment_channel: Cell | None = None
    payment_ref: Cell | None = None
    carrier: Cell | None = None
    tracking_no: Cell | None = None
    parcels: Cell | None = None
    not_before: Cell | None = None
    customer: CustomerFile = CustomerFile()

    @model_validator(mode="after")
    def _has_one_amount(self) -> Self:
        if self.amount_yuan and self.amount_fen:
            raise fault("there is an `amount_yuan` already", "amount_fen")
        return self

    def cells(self) -> Iterator[tuple[str, CellFile]]:
        """Each attribute that is mapped: `channel`, `customer.name`."""
        yield from ((name, cell) for name, cell in self if isinstance(cell, CellFile))
        yield from ((f"customer.{name}", cell) for name, cell in self.customer if cell is not None)


class WhenFile(_Strict):
    """`{column: 订单状态, is: 已取消}`; of several values any one will do."""

    column: Column
    values: list[str] = Field(alias="is", min_length=1)

    @field_validator("values", mode="before")
    @classmethod
    def _in_a_list(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value


class EventFile(_Strict):
    """One thing that a row can tell of: `{column: 付款时间, stage: payment, status: completed}`.

    Without a `column` it happened at the latest time of the row: the file says that, but not when.
    """

    column: Column | None = None
    type: EventType = EventType.STAGE
    stage: Stage | None = None
    status: Status | None = None
    when: WhenFile | None = None
    operator: Column | None = None
    note: Column | None = None

    @model_validator(mode="after")
    def _says_what_happened(self) -> Self:
        if self.type is EventType.STAGE and (self.stage is None or self.status is None):
            raise fault("say what happened: `stage` and `status`, or another `type`")
        if self.type is not EventType.STAGE and (self.stage or self.status):
            raise fault("`stage` and `status` go with no other `type`", "type")
        if self.type not in (EventType.STAGE, *REPORTABLE):
            raise fault(f"a row can tell of stages, and of {', '.join(REPORTABLE)}", "type")
        return self

    @model_validator(mode="after")
    def _is_conditional(self) -> Self:
        if self.column is None and self.when is None:
            raise fault("name the `column` that holds its time, or `when` a row tells of it")
        return self

    @property
    def happening(self) -> str:
        """`order.created`, `payment.completed`."""
        return f"{self.stage}.{self.status}" if self.stage else self.type.value

    def columns(self) -> Iterator[str | None]:
        """Every column that is named."""
        yield from (self.column, self.operator, self.note, self.when and self.when.column)


class MapFile(_Strict):
    """The file that `--map` names."""

    version: Literal[1] = 1
    timezone: Zone
    delimiter: Literal[",", ";", "\t", "|"] = ","
    source: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")] = "/import"
    shop: Cell = CellFile(value=DEFAULT_SHOP)
    order_no: Column
    attributes: AttributesFile = AttributesFile()
    events: list[EventFile] = Field(min_length=1, max_length=60)
    empty: list[str] = []

    @property
    def zone(self) -> ZoneInfo:
        """The zone of times without an offset."""
        return ZoneInfo(self.timezone)

    def columns(self) -> list[str]:
        """Every column that is named, each once."""
        named = [self.order_no, self.shop.column]
        named += [cell.column for _, cell in self.attributes.cells()]
        named += [column for event in self.events for column in event.columns()]
        return list(dict.fromkeys(column for column in named if column is not None))
