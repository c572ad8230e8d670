"""What is an instant here? An aware UTC datetime, cut to whole milliseconds."""

from datetime import UTC, datetime, timedelta

MILLISECOND = timedelta(milliseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NaiveTimeError(ValueError):
    """A time without an offset was given; say which zone it is in."""


def instant(value: datetime) -> datetime:
    """Return `value` in UTC, cut to whole milliseconds. Raises NaiveTimeError when it has no offset."""
    if value.tzinfo is None:
        raise NaiveTimeError(NaiveTimeError.__doc__)
    utc = value if value.tzinfo is UTC else value.astimezone(UTC)
    too_fine = utc.microsecond % 1000
    return utc.replace(microsecond=utc.microsecond - too_fine) if too_fine else utc


def to_ms(value: datetime) -> int:
    """Whole milliseconds since 1970; what is finer is cut off, as `instant` does."""
    return (value - EPOCH) // MILLISECOND


def known_ms(value: datetime | None) -> int | None:
    """The same; None stands for itself."""
    return None if value is None else to_ms(value)


def from_ms(value: int) -> datetime:
    """The instant `value` milliseconds after 1970, exact."""
    return EPOCH + value * MILLISECOND


def known_instant(value: int | None) -> datetime | None:
    """The same; None stands for itself."""
    return None if value is None else from_ms(value)


def whole_ms(duration: timedelta) -> timedelta:
    """A stretch of time cut to whole milliseconds."""
    return duration // MILLISECOND * MILLISECOND if duration.microseconds % 1000 else duration
