"""Which orders does a lane take? A field is compared with a value of its own type, and only as it can be."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.bookfile import LaneFile
from rules.conditions import MAX_CONDITIONS, MAX_LENGTH, MAX_VALUES, Op, OrderField, compiled
from rules.events import Attribute, FactValue, Item
from rules.orders import Order
from tests.builders import an_event, an_order
from tests.rules.faults import faults

Condition = dict[str, Any]

ATTRIBUTES: dict[Attribute, FactValue] = {
    Attribute.CHANNEL: "官网旗舰店",
    Attribute.AMOUNT_FEN: 50000,
    Attribute.CURRENCY: "CNY",
    Attribute.TAGS: ("618", "新客"),
    Attribute.WAREHOUSE: "hz1",
    Attribute.REGION: "华东",
    Attribute.DISTRICT: "余杭区",
    Attribute.PAYMENT_CHANNEL: "alipay",
    Attribute.CARRIER: "yuantong",
}
ITEMS = (Item(sku="A-1", klass="生鲜"), Item(sku="B-2"))
KNOWN = an_order(an_event(attributes=ATTRIBUTES, items=ITEMS))
"""An order of which everything is known that can be asked for."""
UNKNOWN = an_order()
"""An order of which only the shop is known."""

TEXT_OPS, NUMBER_OPS, LIST_OPS = (
    {"==", "!=", "in", "contains"},
    {"==", "!=", "<", "<=", ">", ">=", "in"},
    {"contains"},
)
OPS = {
    OrderField.SHOP: TEXT_OPS,
    OrderField.CHANNEL: TEXT_OPS,
    OrderField.AMOUNT_FEN: NUMBER_OPS,
    OrderField.CURRENCY: TEXT_OPS,
    OrderField.TAGS: LIST_OPS,
    OrderField.WAREHOUSE: TEXT_OPS,
    OrderField.REGION: TEXT_OPS,
    OrderField.DISTRICT: TEXT_OPS,
    OrderField.PAYMENT_CHANNEL: TEXT_OPS,
    OrderField.CARRIER: TEXT_OPS,
    OrderField.SKU: LIST_OPS,
    OrderField.ITEM_CLASS: LIST_OPS,
}
"""What can be compared how."""


def compare(field: str, op: str, value: object) -> Condition:
    return {"field": field, "op": op, "value": value}


def check(match: object) -> object:
    return LaneFile.model_validate({"name": "x", "match": match})


def refused(match: object) -> dict[str, str]:
    return faults(check, match)


def takes(match: Condition, order: Order = KNOWN) -> bool:
    lane = LaneFile.model_validate({"name": "x", "match": match})
    return compiled(lane.match)(order)


def a_value(field: OrderField, op: str) -> object:
    one = 1 if field is OrderField.AMOUNT_FEN else "x"
    return [one] if op == "in" else one


# --- a single comparison ---------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "op", "value", "holds"),
    [
        ("shop", "==", "main", True),
        ("shop", "==", "Main", False),
        ("shop", "!=", "main", False),
        ("shop", "!=", "other", True),
        ("shop", "in", ["other", "main"], True),
        ("shop", "in", ["other"], False),
        ("shop", "contains", "ai", True),
        ("channel", "contains", "旗舰", True),
        ("channel", "==", "旗舰", False),
        ("currency", "==", "CNY", True),
        ("warehouse", "in", ["hz1", "hz2"], True),
        ("region", "!=", "华东", False),
        ("district", "contains", "区", True),
        ("payment_channel", "==", "alipay", True),
        ("carrier", "in", ["yuantong"], True),
        ("amount_fen", "==", 50000, True),
        ("amount_fen", "!=", 50000, False),
        ("amount_fen", "<", 50000, False),
        ("amount_fen", "<", 50001, True),
        ("amount_fen", "<=", 50000, True),
        ("amount_fen", "<=", 49999, False),
        ("amount_fen", ">", 50000, False),
        ("amount_fen", ">", 49999, True),
        ("amount_fen", ">=", 50000, True),
        ("amount_fen", ">=", 50001, False),
        ("amount_fen", "in", [1, 50000], True),
        ("amount_fen", "in", [1], False),
        ("tags", "contains", "618", True),
        ("tags", "contains", "61", False),
        ("sku", "contains", "B-2", True),
        ("sku", "contains", "B", False),
        ("item_class", "contains", "生鲜", True),
        ("item_class", "contains", "冷冻", False),
    ],
)
def test_a_field_is_compared_with_what_is_known_of_the_order(
    field: str, op: str, value: object, holds: bool
) -> None:
    assert takes(compare(field, op, value)) is holds


@pytest.mark.parametrize("op", Op)
@pytest.mark.parametrize("field", sorted(set(OrderField) - {OrderField.SHOP}))
def test_what_is_not_known_satisfies_no_comparison(field: OrderField, op: str) -> None:
    if op in OPS[field]:
        assert not takes(compare(field, op, a_value(field, op)), UNKNOWN)


def test_not_takes_what_is_not_known() -> None:
    assert takes({"not": compare("region", "==", "华东")}, UNKNOWN)
    assert not takes(compare("region", "!=", "华东"), UNKNOWN)


@pytest.mark.parametrize("op", [*Op, "=", "matches", "not in"])
@pytest.mark.parametrize("field", OrderField)
def test_a_field_is_compared_only_as_it_can_be(field: OrderField, op: str) -> None:
    found = refused(compare(field, op, a_value(field, op)))
    assert set(found) == (set() if op in OPS[field] else {"match.op"})


def test_whoever_compares_otherwise_learns_how_it_can_be_done() -> None:
    found = refused(compare("region", ">", "x"))
    assert found == {"match.op": "region can be compared with == != in contains, not with >"}


# --- types are strict ------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "op", "value", "words"),
    [
        ("amount_fen", ">=", "50000", "whole numbers, in fen"),
        ("amount_fen", "in", ["1"], "whole numbers, in fen"),
        ("tags", "contains", 618, 'such as "618"'),
        ("shop", "in", [1, 2], 'such as "618"'),
        ("amount_fen", ">=", 500.0, "a text, a whole number, or a list"),
        ("amount_fen", "==", True, "a text, a whole number, or a list"),
        ("shop", "==", None, "a text, a whole number, or a list"),
        ("shop", "==", {"a": "b"}, "a text, a whole number, or a list"),
        ("shop", "in", ["a", 1], "a text, a whole number, or a list"),
        ("shop", "in", [["a"]], "a text, a whole number, or a list"),
        ("shop", "in", "main", "`in` takes a list"),
        ("shop", "==", ["main"], "`in` takes a list"),
        ("shop", "in", [], "from 1 to 200 values"),
        ("shop", "in", ["x"] * (MAX_VALUES + 1), "from 1 to 200 values"),
        ("shop", "==", "x" * (MAX_LENGTH + 1), "at most 200 characters"),
    ],
)
def test_a_value_of_another_type_or_size_is_refused(field: str, op: str, value: object, words: str) -> None:
    assert words in refused(compare(field, op, value))["match.value"]


def test_the_largest_values_are_taken() -> None:
    assert refused(compare("shop", "in", ["x" * MAX_LENGTH] * MAX_VALUES)) == {}


@pytest.mark.parametrize(
    ("match", "place"),
    [
        (compare("price", "==", "x"), "match.field"),
        ({"field": "shop", "op": "=="}, "match.value"),
        (compare("shop", "==", "x") | {"case": "any"}, "match.case"),
        ({"all": [], "any": []}, "match.all.any"),
        ({"any": []}, "match.any.any"),
        ({"not": [compare("shop", "==", "x")]}, "match.not.not"),
        ({"all": [compare("shop", "==", 1)]}, "match.all.all.0.value"),
        ([], "match"),
        ("shop == main", "match"),
    ],
)
def test_a_condition_of_another_shape_is_refused_where_it_differs(match: object, place: str) -> None:
    assert place in refused(match)


# --- all, any, not ---------------------------------------------------------------

TRUE, FALSE = compare("shop", "==", "main"), compare("shop", "!=", "main")


@pytest.mark.parametrize(
    ("match", "holds"),
    [
        ({"all": []}, True),
        ({"all": [TRUE, TRUE]}, True),
        ({"all": [TRUE, FALSE]}, False),
        ({"any": [FALSE, TRUE]}, True),
        ({"any": [FALSE, FALSE]}, False),
        ({"not": FALSE}, True),
        ({"not": {"any": [FALSE, {"all": [TRUE, {"not": TRUE}]}]}}, True),
    ],
)
def test_conditions_are_put_together(match: Condition, holds: bool) -> None:
    assert takes(match) is holds


def test_a_lane_that_says_nothing_takes_every_order() -> None:
    assert compiled(LaneFile(name="x").match)(UNKNOWN)


conditions = st.recursive(
    st.booleans().map(lambda holds: TRUE if holds else FALSE),
    lambda parts: st.one_of(
        st.lists(parts, max_size=3).map(lambda all_: {"all": all_}),
        st.lists(parts, min_size=1, max_size=3).map(lambda any_: {"any": any_}),
        parts.map(lambda part: {"not": part}),
    ),
    max_leaves=8,
)


def truth(match: Condition) -> bool:
    """What is to be said of a condition, without any of our code."""
    match match:
        case {"all": parts}:
            return all(truth(part) for part in parts)
        case {"any": parts}:
            return any(truth(part) for part in parts)
        case {"not": part}:
            return not truth(part)
        case _:
            return match is TRUE


def depth(match: Condition) -> int:
    parts = match.get("all") or match.get("any") or [match[key] for key in ("not",) if key in match]
    return 1 + max((depth(part) for part in parts), default=0)


@given(conditions)
def test_a_condition_up_to_five_deep_says_what_logic_says(match: Condition) -> None:
    if depth(match) > 5:
        assert refused(match) == {"match": "conditions may be nested 5 deep"}
    else:
        assert takes(match) is truth(match)


# --- sizes -----------------------------------------------------------------------


def negated(times: int) -> Condition:
    return TRUE if times == 0 else {"not": negated(times - 1)}


def test_conditions_are_five_deep_at_most() -> None:
    assert refused(negated(4)) == {}
    assert refused(negated(5)) == {"match": "conditions may be nested 5 deep"}
    assert list(refused(negated(600)).values()) == ["Recursion error - maximum validation depth exceeded"]


def test_a_lane_has_fifty_conditions_at_most() -> None:
    many = [{"any": [TRUE, FALSE]}] * (MAX_CONDITIONS // 2)
    assert refused({"all": many}) == {}
    assert refused({"all": [*many, TRUE]}) == {"match": "a lane may have 50 conditions"}
