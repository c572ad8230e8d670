"""Which orders does a lane take? Conditions as typed data, compiled to closures; no text is evaluated."""

import operator
from collections.abc import Callable, Collection, Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StrictInt, StrictStr, Tag, model_validator

from rules.events import Attribute, FactValue
from rules.orders import Order

MAX_DEPTH = 5
MAX_COMPARISONS = 50

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
    model_config = ConfigDict(extra="forbid", frozen=True)


class Comparison(_Strict):
    """`{field: tags, op: contains, value: "618"}`."""

    field: OrderField
    op: Op
    value: StrictStr | StrictInt | list[StrictStr] | list[StrictInt]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        permitted = _permitted(self.field)
        if self.op not in permitted:
            raise ValueError(
                f"{self.field} can be compared with {' '.join(sorted(permitted))}, not with {self.op}"
            )
        values: list[str | int] = [*self.value] if isinstance(self.value, list) else [self.value]
        if isinstance(self.value, list) != (self.op is Op.IN):
            raise ValueError("`in` takes a list of values, every other operator a single one")
        wanted = int if self.field in _NUMBERS else str
        if any(type(value) is not wanted for value in values):
            kind = "whole numbers, in fen" if wanted is int else 'text; put it in quotes, such as "618"'
            raise ValueError(f"{self.field} is compared with {kind}")
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
    if not isinstance(value, Mapping):
        return "comparison"
    return next((name for name in ("all", "any", "not") if name in value), "comparison")


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
    """Raise ValueError when a condition is nested too deep or too long to be read by anybody."""
    depths = list(_depths(condition, 1))
    if max(depths, default=1) > MAX_DEPTH:
        raise ValueError(f"conditions may be nested {MAX_DEPTH} deep")
    if len(depths) > MAX_COMPARISONS:
        raise ValueError(f"a lane may have {MAX_COMPARISONS} comparisons")


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
        case Comparison():
            return _comparison(condition)


def _permitted(field: OrderField) -> frozenset[Op]:
    if field in _LISTS:
        return _LIST_OPS
    return _NUMBER_OPS if field in _NUMBERS else _TEXT_OPS


def _depths(condition: "Condition", depth: int) -> Iterator[int]:
    match condition:
        case Comparison():
            yield depth
        case Not():
            yield from _depths(condition.none, depth + 1)
        case AllOf() | AnyOf():
            for part in condition.all if isinstance(condition, AllOf) else condition.any:
                yield from _depths(part, depth + 1)


def _comparison(comparison: Comparison) -> Matcher:
    read, test, value = _READ[comparison.field], _TEST[comparison.op], comparison.value

    def matches(order: Order) -> bool:
        known = read(order)
        return known is not None and test(known, value)

    return matches


def _attribute(attribute: Attribute) -> Callable[[Order], FactValue | None]:
    return lambda order: order.value(attribute)


_READ: Mapping[OrderField, Callable[[Order], FactValue | None]] = {
    OrderField.SHOP: lambda order: order.key.shop,
    OrderField.SKU: lambda order: tuple(item.sku for item in order.items),
    OrderField.ITEM_CLASS: lambda order: tuple(item.klass for item in order.items if item.klass),
    **{field: _attribute(Attribute(field.value)) for field in OrderField if field.value in set(Attribute)},
}


def _within(known: object, values: Collection[object]) -> bool:
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
