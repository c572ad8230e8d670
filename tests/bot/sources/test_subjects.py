"""An event names what it is about; what could mean nothing, or everything, is refused."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.sealing import Seals
from bot.sources.cloudevents import EventError, decode

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
SEALS = Seals(b"secret")


def an_event(kind: str, subject: str | None, **data: Any) -> bytes:
    named = {} if subject is None else {"subject": subject}
    event = {
        "specversion": "1.0",
        "id": "1",
        "source": "/wms",
        "type": kind,
        "time": NOW.isoformat(),
        **named,
    }
    return json.dumps({**event, "data": data}).encode()


@pytest.mark.parametrize(
    "subject", ["DB1", "4705288465508532862", "订单-1", "A/1 b", "M😀", "x" * 80, "tracking:YT1"]
)
def test_an_order_goes_by_any_number_that_can_be_read(subject: str) -> None:
    reported = decode(an_event("order.changed", subject), NOW, SEALS)

    assert reported.event.order.order_no == subject


@pytest.mark.parametrize(
    "subject", [None, "", "   ", "tracking:", "tracking: ", "x" * 81, "a\nb", "a\0b", "x\u202ey", "a\u00a0b"]
)
def test_a_number_that_nobody_could_read_is_refused(subject: str | None) -> None:
    with pytest.raises(EventError) as refused:
        decode(an_event("order.changed", subject), NOW, SEALS)

    assert refused.value.field == "subject"


def test_a_shortage_is_about_an_order_or_about_a_sku() -> None:
    assert decode(an_event("stock.short", "DB1", qty_short=3), NOW, SEALS)
    assert decode(an_event("stock.short", None, sku="CAT-01"), NOW, SEALS)


def test_a_shortage_of_nothing_in_particular_is_not_one_of_every_order() -> None:
    with pytest.raises(EventError) as refused:
        decode(an_event("stock.short", None, warehouse="hz1", qty_short=3), NOW, SEALS)

    assert refused.value.field == "data.sku"
