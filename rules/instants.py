"""What is an instant here? An aware UTC datetime, cut to whole milliseconds."""

from datetime import UTC, datetime, timedelta

MILLISECOND = timedelta(milliseconds=1)


class NaiveTimeError(ValueError):
    """A time without an offset was given; say which zone it is in."""


def instant(value: datetime) -> datetime:
    """Return `value` in UTC, cut to whole milliseconds. Raises NaiveTimeError when it has no offset."""
    if value.tzinfo is None:
        raise NaiveTimeError(NaiveTimeError.__doc__)
    utc = value.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def to_ms(value: datetime) -> int:
    """Milliseconds since 1970, exact."""
    return round(value.timestamp() * 1000)


def from_ms(value: int) -> datetime:
    """The instant `value` milliseconds after 1970, exact."""
    seconds, milliseconds = divmod(value, 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=milliseconds * 1000)
