"""A phone number and an address are sealed before anything is kept of an event."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.sealing import Seals
from bot.sources.cloudevents import EventError, Grant, decode, read_back
from handlers.bodies import forgotten, same_content
from rules.events import Customer, EventType, Personal, Shop

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
SEALS = Seals(b"secret")
PHONE, ADDRESS = "13800138000", "浙江省杭州市西湖区文三路90号"
BOTH = {"phone": PHONE, "address": ADDRESS}
NEEDED: dict[str, dict[str, Any]] = {
    "order.stage": {"stage": "picking", "status": "started"},
    "event.retracted": {"source": "/erp", "id": "x"},
}


def an_event(customer: object, kind: str = "order.created", **data: Any) -> bytes:
    event = {
        "specversion": "1.0",
        "id": "1",
        "source": "/erp",
        "type": kind,
        "subject": "DB1",
        "time": NOW.isoformat(),
        "data": {**NEEDED.get(kind, {}), "customer": customer, **data},
    }
    return json.dumps(event, ensure_ascii=False).encode()


@pytest.mark.parametrize("kind", list(EventType))
def test_both_are_sealed_in_every_event_that_names_a_customer(kind: str) -> None:
    reported = decode(an_event({"name": "王", **BOTH}, kind), NOW, SEALS)

    customer = reported.event.customer
    assert customer is not None
    assert customer.phone is not None
    assert customer.address is not None
    assert (customer.name, customer.phone.shown, customer.address.shown) == (
        "王",
        "138****8000",
        "浙江省杭州市西湖区",
    )
    assert SEALS.open(Personal.PHONE, customer.phone) == PHONE
    assert SEALS.open(Personal.ADDRESS, customer.address) == ADDRESS
    assert PHONE not in repr(reported)
    assert "文三路" not in repr(reported)


def test_the_body_that_is_kept_gives_the_same_event_again() -> None:
    reported = decode(an_event({"ref": "c1", **BOTH}, extra={"b": [1.50, None]}), NOW, SEALS)

    assert read_back(reported.body.encode(), NOW) == reported
    assert '{"b": [1.5, null]}' in reported.body


def test_a_repeat_is_kept_alike_and_another_number_otherwise() -> None:
    one, again = (decode(an_event(BOTH), NOW, SEALS).body for _ in range(2))
    other = decode(an_event({**BOTH, "phone": "13800138001"}), NOW, SEALS).body
    turned = decode(an_event(dict(reversed(BOTH.items()))), NOW, SEALS).body

    assert same_content(one, again)
    assert same_content(one, turned)
    assert not same_content(one, other)


def test_an_event_without_them_is_kept_as_it_came() -> None:
    for customer in (None, {"name": "王"}, {"phone": None, "address": ""}):
        body = an_event(customer)
        assert decode(body, NOW, SEALS).body == body.decode()
        assert forgotten(body.decode()) == body.decode()


@pytest.mark.parametrize(
    ("customer", "field"),
    [
        ({"phone": 13800138000}, "data.customer.phone"),
        ({"phone": "1" * 33}, "data.customer.phone"),
        ({"phone": {"sealed": "s1:AAAA:main", "shown": "王女士"}}, "data.customer.phone"),
        ({"address": ["浙江省"]}, "data.customer.address"),
        ({"address": "路" * 257}, "data.customer.address"),
    ],
)
def test_what_cannot_be_either_is_refused_by_name_and_not_repeated(customer: object, field: str) -> None:
    with pytest.raises(EventError) as refused:
        decode(an_event(customer), NOW, SEALS)

    assert refused.value.field == field
    assert PHONE not in str(refused.value)


def test_whoever_may_not_name_the_customer_may_not_say_where_they_live() -> None:
    with pytest.raises(EventError) as refused:
        decode(an_event({"phone": PHONE}), NOW, SEALS, Grant(customer=False))

    assert refused.value.field == "data.customer"


def test_what_is_sealed_is_sealed_for_the_shop_of_the_token() -> None:
    grant = Grant(shops=(Shop("north"),))
    reported = decode(an_event({"phone": PHONE}), NOW, SEALS, grant)

    assert reported.event.customer == Customer(phone=SEALS.seal(Personal.PHONE, PHONE, Shop("north")))


@pytest.mark.parametrize("phone", [PHONE, 13800138000, ["x"], {"forgotten": True}, {"sealed": 1}, "1" * 99])
def test_what_an_earlier_version_kept_unread_is_passed_over(phone: object) -> None:
    event = read_back(an_event({"name": "王", "phone": phone}), NOW).event

    assert event.customer == Customer(name="王")


def test_of_two_numbers_under_one_name_none_is_kept_in_clear() -> None:
    twice = an_event({"name": "王"}).replace(
        b'"name"', b'"phone": "13900139000", "phone": "13800138000", "name"'
    )

    reported = decode(twice, NOW, SEALS)

    assert read_back(reported.body.encode(), NOW) == reported
    assert "13900139000" not in reported.body


@pytest.mark.parametrize("customer", [BOTH, {"phone": PHONE}, {"name": "王", "address": ADDRESS}])
def test_a_repeat_of_what_was_forgotten_is_still_a_repeat(customer: dict[str, str]) -> None:
    body = decode(an_event(customer), NOW, SEALS).body
    left = forgotten(body)

    assert "s1:" not in left
    assert "西湖" not in left
    assert "138" not in left
    assert forgotten(left) == left
    assert same_content(left, body)
    assert same_content(left, decode(an_event({**customer, "phone": "x"}), NOW, SEALS).body) is (
        "phone" in customer
    )
    assert not same_content(left, decode(an_event({**customer, "ref": "c2"}), NOW, SEALS).body)
    assert not same_content(left, decode(an_event({}), NOW, SEALS).body)


def test_what_an_earlier_version_kept_in_clear_is_forgotten_too() -> None:
    assert PHONE not in forgotten(an_event({"phone": PHONE}).decode())
    assert "138" not in forgotten(an_event({"phone": 13800138000}).decode())


def test_bodies_that_nobody_can_read_differ() -> None:
    assert not same_content("{", "[")
