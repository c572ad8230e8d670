"""Can a condition hold, and can two at once? Answered as if every order were tried."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from rules.conditions import Condition, compiled
from rules.events import Attribute, EventType
from rules.matching import always_holds, can_hold, opposite
from rules.orders import Order
from tests.builders import an_event, an_order

CONDITION: TypeAdapter[Condition] = TypeAdapter(Condition)


def condition(plain: Any) -> Condition:
    return CONDITION.validate_python(plain)


def where(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


IS_618 = where("tags", "contains", "618")
RICH, POOR = where("amount_fen", ">=", 50000), where("amount_fen", "<", 50000)
HZ, GZ = where("warehouse", "==", "hz1"), where("warehouse", "==", "gz2")


@pytest.mark.parametrize(
    "plain",
    [
        {"all": []},
        {"all": [IS_618, RICH]},
        {"all": [IS_618, where("tags", "contains", "vip")]},
        {"all": [where("warehouse", "contains", "hz"), where("warehouse", "!=", "hz1")]},
        {"all": [where("warehouse", "in", ["hz1", "gz2"]), {"not": HZ}]},
        {"not": {"any": [HZ, GZ]}},
        {"all": [{"not": where("warehouse", "!=", "hz1")}, {"not": GZ}]},
        {"all": [where("amount_fen", ">", 1), where("amount_fen", "<", 3)]},
    ],
)
def test_what_some_order_satisfies_can_hold(plain: Any) -> None:
    assert can_hold(condition(plain))


@pytest.mark.parametrize(
    "plain",
    [
        {"all": [HZ, GZ]},
        {"all": [RICH, POOR]},
        {"all": [IS_618, {"not": IS_618}]},
        {"all": [where("warehouse", "in", ["hz1", "gz2"]), {"not": HZ}, {"not": GZ}]},
        {"all": [where("warehouse", "contains", "hz1"), {"not": where("warehouse", "contains", "hz")}]},
        {"all": [HZ, where("warehouse", "contains", "gz")]},
        {"all": [where("amount_fen", ">", 1), where("amount_fen", "<", 2)]},
        where("amount_fen", "<", 0),
        {"not": {"all": []}},
        {"all": [HZ, {"not": where("warehouse", "!=", "gz2")}]},
    ],
)
def test_what_no_order_can_satisfy_is_told(plain: Any) -> None:
    assert not can_hold(condition(plain))


def test_what_is_true_of_every_order_is_told() -> None:
    assert always_holds(condition({"all": []}))
    assert always_holds(condition({"any": [IS_618, {"not": IS_618}]}))
    assert not always_holds(condition({"any": [RICH, POOR]})), "an order without an amount is neither"
    assert not always_holds(condition(IS_618))


def test_whether_two_can_hold_at_once() -> None:
    assert can_hold(condition(IS_618), condition(RICH))
    assert not can_hold(condition(HZ), condition(GZ))
    assert not can_hold(condition(HZ), opposite(condition(where("warehouse", "in", ["hz1", "gz2"]))))


def test_of_what_has_too_many_cases_anything_is_said_to_be_possible() -> None:
    pairs = [
        {"any": [where("sku", "contains", f"a{n}"), where("sku", "contains", f"b{n}")]} for n in range(15)
    ]
    assert can_hold(condition({"all": [{"all": [HZ, GZ]}, *pairs]}))
    assert can_hold(condition({"any": [{"all": [{"all": [HZ, GZ]}, *pairs]}]}))


# --- held against every order of a small world -----------------------------------------

AMOUNTS, WAREHOUSES, TAGS = (None, 0, 1, 2, 3), (None, "a", "b", "ab", "c"), ((), ("x",), ("y",), ("x", "y"))


def orders() -> list[Order]:
    """Every order that differs in what the conditions below can ask."""
    found: list[Order] = []
    for amount, warehouse, tags in product(AMOUNTS, WAREHOUSES, TAGS):
        facts = {Attribute.AMOUNT_FEN: amount, Attribute.WAREHOUSE: warehouse, Attribute.TAGS: tags}
        known = {name: value for name, value in facts.items() if value is not None}
        found.append(an_order(an_event(EventType.CREATED, "09:00", attributes=known)))
    return found


ORDERS = orders()
Plain = dict[str, Any]
NUMBERS, PLACES = st.integers(0, 2), st.sampled_from(["a", "b"])
ABOUT_NUMBERS, ABOUT_PLACES = ["==", "!=", "<", "<=", ">", ">="], ["==", "!=", "contains"]
COMPARISONS: st.SearchStrategy[Plain] = st.one_of(
    st.builds(where, st.just("amount_fen"), st.sampled_from(ABOUT_NUMBERS), NUMBERS),
    st.builds(where, st.just("warehouse"), st.sampled_from(ABOUT_PLACES), PLACES),
    st.builds(where, st.just("tags"), st.just("contains"), st.sampled_from(["x", "y"])),
)


def joined(inner: st.SearchStrategy[Plain]) -> st.SearchStrategy[Plain]:
    """Conditions made of others."""
    one = st.tuples(st.just("not"), inner)
    every, some = (
        st.tuples(st.just(word), st.lists(inner, min_size=least, max_size=3))
        for word, least in (("all", 0), ("any", 1))
    )
    return st.one_of(one, every, some).map(lambda pair: {pair[0]: pair[1]})


CONDITIONS = st.recursive(COMPARISONS, joined, max_leaves=6)


@settings(max_examples=150, deadline=None)
@given(plain=CONDITIONS)
def test_it_is_as_if_every_order_were_tried(plain: Plain) -> None:
    asked = condition(plain)
    found = [compiled(asked)(order) for order in ORDERS]
    assert can_hold(asked) == any(found)
    assert always_holds(asked) == all(found)
