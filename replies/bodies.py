"""How is an event shown as it came? Every word of it, with phone numbers masked and without what is sealed."""

from collections.abc import Mapping, Sequence
from typing import cast

from replies.masking import coded, masked

IDENTIFIERS = frozenset({
    "id", "source", "subject", "time", "type", "specversion", "refs", "order_no",
    "tracking_no", "parcel", "payment_ref", "not_before", "amount_fen", "refund_fen",
})  # fmt: skip
"""What these hold is no phone number, whatever its digits look like."""
CODES = frozenset({"sku"})
SEALED = frozenset({"sealed", "shown"})


def body_shown(body: object, name: str = "") -> object:
    """The body of an event, decoded from JSON; `name` is the key that it stands under."""
    if isinstance(body, Mapping):
        return _object(cast(Mapping[str, object], body))
    if isinstance(body, Sequence) and not isinstance(body, str):
        return [body_shown(part, name) for part in cast(Sequence[object], body)]
    if name in IDENTIFIERS or body is None or isinstance(body, bool):
        return body
    return _text(body, name) if isinstance(body, str) else _number(body)


def _object(body: Mapping[str, object]) -> object:
    """What is sealed is shown as everywhere else."""
    if frozenset(body) == SEALED:
        return body_shown(body["shown"])
    return {masked(name): body_shown(part, name) for name, part in body.items()}


def _text(text: str, name: str) -> str:
    return coded(text) if name in CODES else masked(text)


def _number(number: object) -> object:
    """A number in whose digits a phone number hides, becomes a text."""
    digits = str(number)
    return number if masked(digits) == digits else masked(digits)
