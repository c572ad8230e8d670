"""Which orders does a lane take? Conditions as typed data, compiled to closures; no text is evaluated."""

import operator
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Self, cast

from pydantic import BaseModel, Discriminator, Field, Tag, field_validator, model_validator

from rules.events import Attribute, FactValue
from rules.orders import Order
from rules.strict import STRICT, fault

MAX_DEPTH = 5
MAX_CONDITIONS = 50
MAX_VALUES = 200
MAX_LENGTH = 200

Matcher = Callable[[Order], bool]


class OrderField(StrEnum):
    """What can be asked of an order."""

    SHOP = "shop"
    CHANNEL = "channel"
    AMOUNT_FEN = "amount_fen"
    CURRENCY = "currency"
    TAGS = "tags"
    WAREHOUSE = "warehouse"
    REGION = "region"
    DISTRICT = "district"
    PAYMENT_CHANNEL = "payment_channel"
    CARRIER = "carrier"
    SKU = "sku"
    ITEM_CLASS = "item_class"


class Op(StrEnum):
    """How a field is compared. A field that is not known satisfies none of them."""

    EQUAL = "=="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    IN = "in"
    CONTAINS = "contains"


_LISTS = frozenset({OrderField.TAGS, OrderField.SKU, OrderField.ITEM_CLASS})
_NUMBERS = frozenset({OrderField.AMOUNT_FEN})
_TEXT_OPS = frozenset({Op.EQUAL, Op.UNEQUAL, Op.IN, Op.CONTAINS})
_NUMBER_OPS = frozenset(Op) - {Op.CONTAINS}
_LIST_OPS = frozenset({Op.CONTAINS})


class _Strict(BaseModel):
    model_config = STRICT


class Comparison(_Strict):
    """`{field: tags, op: contains, value: "618"}`."""

    field: OrderField
    op: Op
    value: str | int | list[str] | list[int]

    @field_validator("value", mode="before")
    @classmethod
    def _is_a_value(cls, value: object) -> object:
        values: list[object] = [*cast(list[object], value)] if isinstance(value, list) else [value]
        if not 1 <= len(values) <= MAX_VALUES:
            raise fault(f"give from 1 to {MAX_VALUES} values")
        if {type(one) for one in values} not in ({str}, {int}):
            raise fault("write a text, a whole number, or a list of either")
        if any(isinstance(one, str) and len(one) > MAX_LENGTH for one in values):
            raise fault(f"a text may have at most {MAX_LENGTH} characters")
        return cast(object, value)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        fit = permitted(self.field)
        if self.op not in fit:
            known = " ".join(op for op in Op if op in fit)
            raise fault(f"{self.field} can be compared with {known}, not with {self.op}", "op")
        if isinstance(self.value, list) != (self.op is Op.IN):
            raise fault("`in` takes a list of values, every other operator a single one", "value")
        values: Sequence[str | int] = self.value if isinstance(self.value, list) else [self.value]
        wanted = int if self.field in _NUMBERS else str
        if any(type(value) is not wanted for value in values):
            kind = "whole numbers, in fen" if wanted is int else 'text; put it in quotes, such as "618"'
            raise fault(f"{self.field} is compared with {kind}", "value")
        return self


class AllOf(_Strict):
    """Every one holds; an empty list takes every order."""

    all: "list[Condition]"


class AnyOf(_Strict):
    """At least one holds."""

    any: "list[Condition]" = Field(min_length=1)


class Not(_Strict):
    """It does not hold."""

    none: "Condition" = Field(alias="not")


def _shape(value: object) -> str:
    """Which of the four a condition is meant to be, from its keys or its class."""
    keys: Container[object] = cast(Mapping[object, object], value) if isinstance(value, Mapping) else ()
    meant = (name for name, model in _SHAPES.items() if name in keys or isinstance(value, model))
    return next(meant, "comparison")


_SHAPES = {"all": AllOf, "any": AnyOf, "not": Not}


Condition = Annotated[
    Annotated[AllOf, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[Not, Tag("not")]
    | Annotated[Comparison, Tag("comparison")],
    Discriminator(_shape),
]

for _model in (AllOf, AnyOf, Not):
    _model.model_rebuild()


def check_size(condition: "Condition") -> None:
    """Raise a fault when a condition is nested too deep or too long to be read by anybody."""
    depths = list(_leaves(condition, 1))
    if max(depths) > MAX_DEPTH:
        raise fault(f"conditions may be nested {MAX_DEPTH} deep")
    if len(depths) > MAX_CONDITIONS:
        raise fault(f"a lane may have {MAX_CONDITIONS} conditions")


def compiled(condition: "Condition") -> Matcher:
    """The condition as a function of the order."""
    match condition:
        case AllOf():
            parts = [compiled(part) for part in condition.all]
            return lambda order: all(part(order) for part in parts)
        case AnyOf():
            parts = [compiled(part) for part in condition.any]
            return lambda order: any(part(order) for part in parts)
        case Not():
            part = compiled(condition.none)
            return lambda order: not part(order)
        case _:
            return _comparison(condition)


def compares(comparison: Comparison, known: FactValue) -> bool:
    """Whether a comparison is true of what is known of its field."""
    return _TEST[comparison.op](known, comparison.value)


def permitted(field: OrderField) -> frozenset[Op]:
    """How a field can be compared."""
    if field in _LISTS:
        return _LIST_OPS
    return _NUMBER_OPS if field in _NUMBERS else _TEXT_OPS


def _leaves(condition: "Condition", depth: int) -> Iterator[int]:
    """How deep each condition without parts lies."""
    parts = _parts(condition)
    if not parts:
        yield depth
    for part in parts:
        yield from _leaves(part, depth + 1)


def _parts(condition: "Condition") -> "list[Condition]":
    match condition:
        case AllOf():
            return condition.all
        case AnyOf():
            return condition.any
        case Not():
            return [condition.none]
        case _:
            return []


def _comparison(comparison: Comparison) -> Matcher:
    read, test, value = _READ[comparison.field], _TEST[comparison.op], comparison.value
    wanted = frozenset(value) if isinstance(value, list) else value

    def matches(order: Order) -> bool:
        known = read(order)
        return known is not None and test(known, wanted)

    return matches


def _text(attribute: Attribute) -> Callable[[Order], FactValue | None]:
    return lambda order: order.text(attribute)


def _amount(order: Order) -> int | None:
    amount = order.value(Attribute.AMOUNT_FEN)
    return amount if isinstance(amount, int) else None


def _tags(order: Order) -> tuple[str, ...]:
    tags = order.value(Attribute.TAGS)
    return tags if isinstance(tags, tuple) else ()


_READ: Mapping[OrderField, Callable[[Order], FactValue | None]] = {
    OrderField.SHOP: lambda order: order.key.shop,
    OrderField.CHANNEL: _text(Attribute.CHANNEL),
    OrderField.AMOUNT_FEN: _amount,
    OrderField.CURRENCY: _text(Attribute.CURRENCY),
    OrderField.TAGS: _tags,
    OrderField.WAREHOUSE: _text(Attribute.WAREHOUSE),
    OrderField.REGION: _text(Attribute.REGION),
    OrderField.DISTRICT: _text(Attribute.DISTRICT),
    OrderField.PAYMENT_CHANNEL: _text(Attribute.PAYMENT_CHANNEL),
    OrderField.CARRIER: _text(Attribute.CARRIER),
    OrderField.SKU: lambda order: tuple(item.sku for item in order.items),
    OrderField.ITEM_CLASS: lambda order: tuple(item.klass for item in order.items if item.klass),
}


def _within(known: object, values: Container[object]) -> bool:
    return known in values


_TEST: Mapping[Op, Callable[..., bool]] = {
    Op.EQUAL: operator.eq,
    Op.UNEQUAL: operator.ne,
    Op.LESS: operator.lt,
    Op.AT_MOST: operator.le,
    Op.MORE: operator.gt,
    Op.AT_LEAST: operator.ge,
    Op.IN: _within,
    Op.CONTAINS: operator.contains,
}
