"""How do new things get their ids? UUIDv7: unique everywhere, sorted by time."""

import uuid_utils


def new_id() -> str:
    """32 characters of hexadecimal, later ones greater."""
    return uuid_utils.uuid7().hex
