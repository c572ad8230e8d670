"""How is an event shown as it came? As JSON, line by line, with every text fit to be shown."""

from typing import Any, cast

import msgspec

from replies.masking import free, plain

IDENTIFIERS = frozenset(
    {"id", "subject", "source", "tracking_no", "parcel", "payment_ref", "sku", "refs", "time"}
)
"""Keys whose digits are no phone number, whatever they look like."""
PERSONAL = frozenset(
    {"name", "phone", "mobile", "tel", "telephone", "address", "receiver", "external_userid"}
)
"""Keys that say who somebody is, wherever a source puts them."""
HIDDEN = "***"
DEEPEST = 20
"""Of an event that is nested deeper no more is shown."""


def shown(body: str) -> str:
    """The body with its keys as they are; what is no JSON is one line of text."""
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return free(body)
    return msgspec.json.format(msgspec.json.encode(_shown("", decoded, DEEPEST)), indent=2).decode()


def _shown(key: str, value: Any, deeper: int) -> Any:
    if key in PERSONAL and value is not None:
        return HIDDEN
    match value:
        case str():
            return plain(value) if key in IDENTIFIERS else free(value)
        case list() if deeper:
            return [_shown(key, one, deeper - 1) for one in cast(list[Any], value)]
        case dict() if deeper:
            parts = cast(dict[str, Any], value)
            return {free(name): _shown(name, one, deeper - 1) for name, one in parts.items()}
        case dict() | list():
            return "…"
        case int() | float() if key not in IDENTIFIERS and not isinstance(value, bool):
            text = free(str(value))
            return value if text == str(value) else text
        case _:
            return value
