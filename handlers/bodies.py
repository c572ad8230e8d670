"""What does the body of a stored event hold that is personal, and when do two bodies say the same?"""

from collections.abc import Mapping

import msgspec

from rules.events import Personal, Sealed

Part = dict[str, msgspec.Raw]

FORGOTTEN = msgspec.Raw(b'{"forgotten":true}')
"""Stands for what was removed: that something was there is known, and a repeat of the event is still one."""

_PART = msgspec.json.Decoder(Part | None)


def sealed_in(body: str | bytes | msgspec.Raw, personal: Mapping[Personal, Sealed]) -> str:
    """A body that names a customer, with what is personal sealed. Nothing else in it changes."""
    return _with(body, {what: msgspec.Raw(msgspec.json.encode(sealed)) for what, sealed in personal.items()})


def forgotten(body: str) -> str:
    """The body without anything personal; the very same one when there is nothing."""
    there = _personal_in(body)
    return _with(body, dict.fromkeys(there, FORGOTTEN)) if set(there.values()) - {bytes(FORGOTTEN)} else body


def same_content(stored: str, said: str) -> bool:
    """Whether two bodies say the same, however their keys are ordered and their white space is set.

    What was forgotten of the stored one counts as the same.
    """
    try:
        return stored == said or _canonical(stored) == _canonical(_as_forgetful(said, stored))
    except (msgspec.DecodeError, RecursionError):  # in a part that nobody reads
        return False


def _as_forgetful(said: str, stored: str) -> str:
    if bytes(FORGOTTEN).decode() not in stored:
        return said
    gone = {what for what, value in _personal_in(stored).items() if value == bytes(FORGOTTEN)}
    return _with(said, dict.fromkeys(gone & _personal_in(said).keys(), FORGOTTEN))


def _canonical(body: str) -> bytes:
    return msgspec.json.encode(msgspec.json.decode(body), order="sorted")


def _personal_in(body: str) -> dict[Personal, bytes]:
    """What is said of the customer that is personal, as it is written."""
    customer = _part(_part(_part(body), "data"), "customer")
    said = {what: bytes(customer[what]) for what in Personal if what in customer}
    return {what: value for what, value in said.items() if value not in (b"null", b'""')}


def _with(body: str | bytes | msgspec.Raw, personal: Mapping[Personal, msgspec.Raw]) -> str:
    if not personal:
        return body if isinstance(body, str) else bytes(body).decode()
    envelope = _part(body)
    data = _part(envelope, "data")
    customer = {**_part(data, "customer"), **personal}
    return msgspec.json.encode({**envelope, "data": {**data, "customer": customer}}).decode()


def _part(of: str | bytes | msgspec.Raw | Part, name: str | None = None) -> Part:
    """An object, or the part of one; empty where there is none."""
    if isinstance(of, dict):
        of = of.get(name or "", b"null")
    return _PART.decode(of) or {}
