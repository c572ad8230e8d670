"""How do new things get their ids? UUIDv7: unique everywhere, sorted by time."""

from datetime import datetime, timedelta

import uuid_utils

from rules.instants import MILLISECOND, to_ms

_TIME = 12
"""So many digits of an id are the milliseconds of the machine's clock (RFC 9562)."""


def new_id() -> str:
    """32 characters of hexadecimal, later ones greater."""
    return uuid_utils.uuid7().hex


def first_within(duration: timedelta) -> str:
    """What no id that was given out within the last `duration` is smaller than."""
    return f"{max(int(new_id()[:_TIME], 16) - duration // MILLISECOND, 0):0{_TIME}x}"


def id_at(at: datetime) -> str:
    """An id that is sorted by a time we are told, and among those of the same millisecond as `new_id` is."""
    return f"{begins_at(at)}{new_id()}"


def begins_at(at: datetime) -> str:
    """What no id of `at` or later, made by `id_at`, is smaller than, and every earlier one is."""
    return f"{max(to_ms(at), 0):0{_TIME}x}"
