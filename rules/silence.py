"""For how long has a source said nothing? Whether that is wrong depends on the source, and is not judged here."""

from datetime import timedelta
from enum import StrEnum

QUIET_AFTER = timedelta(hours=1)
SILENT_AFTER = timedelta(hours=6)


class Silence(StrEnum):
    """How long ago a source was heard."""

    HEARD = "heard"
    """Within the hour."""
    QUIET = "quiet"
    """Over an hour ago."""
    SILENT = "silent"
    """Over six hours ago."""


def silence(age: timedelta) -> Silence:
    """What so long without news is; strictly, so that a full hour is no silence yet."""
    for kind, after in ((Silence.SILENT, SILENT_AFTER), (Silence.QUIET, QUIET_AFTER)):
        if age > after:
            return kind
    return Silence.HEARD
