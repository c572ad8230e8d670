"""What a rule book file may say of the sources."""

from datetime import timedelta

import pytest

from rules.bookfile import parse_rule_book
from rules.signs import Expect, FeedRule
from tests.builders import MINUTE, a_book
from tests.rules.faults import faults


def test_sources_are_named_by_what_they_begin_with() -> None:
    rules = a_book(
        feeds={"/wms": {"heartbeat": "5m"}, "/import": {"expect": "nothing"}, "/kd": {"grace": "2h"}}
    ).feeds
    assert rules.of("/wms/hz1") == FeedRule(heartbeat=5 * MINUTE)
    assert rules.of("/import").expect is Expect.NOTHING
    assert rules.of("/kd100").grace == timedelta(hours=2)
    assert rules.of("/erp") == FeedRule(heartbeat=None, expect=Expect.LEARNED, grace=30 * MINUTE)


@pytest.mark.parametrize(
    ("said", "place", "mend"),
    [
        ({"heartbeat": "1s"}, "heartbeat", "every 10s to 1d"),
        ({"heartbeat": "2d"}, "heartbeat", "every 10s to 1d"),
        ({"grace": "1s"}, "grace", "from 10s to 1d"),
        ({"expect": "much"}, "expect", "nothing"),
        ({"heart": "5m"}, "heart", ""),
    ],
)
def test_what_cannot_be_is_refused_with_its_place_and_the_mend(
    said: dict[str, str], place: str, mend: str
) -> None:
    ((where, message),) = faults(parse_rule_book, {"feeds": {"/wms": said}}).items()
    assert where == f"feeds./wms.{place}"
    assert mend in message
