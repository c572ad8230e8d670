"""For how long has a source said nothing?"""

from datetime import timedelta

import pytest

from rules.silence import Silence, silence
from tests.builders import HOUR, TICK


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(), Silence.HEARD),
        (HOUR, Silence.HEARD),
        (HOUR + TICK, Silence.QUIET),
        (6 * HOUR, Silence.QUIET),
        (6 * HOUR + TICK, Silence.SILENT),
    ],
)
def test_a_source_is_silent_strictly_after_its_time(age: timedelta, expected: Silence) -> None:
    assert silence(age) is expected
