"""For how long has a source said nothing?"""

from datetime import timedelta

import pytest

from rules.feeds import Silence, silence
from tests.builders import HOUR, TICK, at


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        (-HOUR, Silence.HEARD),
        (timedelta(), Silence.HEARD),
        (HOUR, Silence.HEARD),
        (HOUR + TICK, Silence.QUIET),
        (6 * HOUR, Silence.QUIET),
        (6 * HOUR + TICK, Silence.SILENT),
    ],
)
def test_a_source_is_silent_strictly_after_its_time(ago: timedelta, expected: Silence) -> None:
    assert silence(at("12:00") - ago, at("12:00")) is expected
