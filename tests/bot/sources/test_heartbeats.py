"""`source.heartbeat`: a sign of life, and no news of any order."""

import json
from typing import Any

import pytest

from bot.sources.cloudevents import EventError, Grant
from bot.sources.heartbeats import heartbeat
from rules.events import EventType
from tests.builders import at

NOW = at("10:00")


def a_beat(**parts: Any) -> bytes:
    event = {
        "specversion": "1.0",
        "id": "hb-1",
        "source": "/wms/hz1",
        "type": "source.heartbeat",
        "time": "2026-03-02T10:00:00+08:00",
    }
    return json.dumps({**event, **parts}).encode()


def test_it_says_which_source_lives_and_whatever_else_it_says_is_passed_over() -> None:
    assert heartbeat(a_beat(), NOW, Grant()) == "/wms/hz1"
    assert heartbeat(a_beat(subject="", data={"queue": 3}), NOW, Grant()) == "/wms/hz1"


def test_a_token_for_few_types_may_send_it_and_only_for_its_own_sources() -> None:
    grant = Grant(source_prefix="/wms/", types=frozenset({EventType.STAGE}))
    assert heartbeat(a_beat(), NOW, grant) == "/wms/hz1"
    with pytest.raises(EventError, match="begin with /wms/") as refused:
        heartbeat(a_beat(source="/erp"), NOW, grant)
    assert refused.value.field == "source"


@pytest.mark.parametrize(
    "other",
    [
        a_beat(type="order.created"),
        a_beat(type="order.created", subject="source.heartbeat"),
        a_beat(type=7, note="source.heartbeat"),
        a_beat(type="source.heartbeats"),
    ],
)
def test_an_event_of_another_type_is_none(other: bytes) -> None:
    assert heartbeat(other, NOW, Grant()) is None


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({"specversion": "0.3"}, "specversion"),
        ({"source": ""}, "source"),
        ({"time": "2026-03-02T10:00:00"}, "time"),
        ({"time": "2026-03-02T10:06:00+08:00"}, "time"),
        ({"id": 7}, "id"),
    ],
)
def test_a_faulty_one_is_refused_by_the_name_of_the_field(parts: dict[str, Any], field: str) -> None:
    with pytest.raises(EventError) as refused:
        heartbeat(a_beat(**parts), NOW, Grant())
    assert refused.value.field == field
