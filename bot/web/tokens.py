"""Who may send what? The tokens of the intake, and of the reads."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from pydantic import SecretStr

from bot.faults import FileError
from bot.files import load_tokens_file
from bot.settings import Settings, SettingsError
from bot.sources.cloudevents import EVERYTHING, Grant


@dataclass(frozen=True, slots=True)
class Tokens:
    """The bearer tokens of one process."""

    grants: Mapping[str, Grant]
    """By token; for `POST /api/events`."""
    read: str | None
    """For reads under /api."""
    behind_proxy: bool = False
    """Whether the outside reaches this service by another address: then a neighbour may be anybody."""

    def grant(self, request: web.Request) -> Grant | None:
        """What the sender of a request may send; None for nobody we know."""
        given = bearer(request)
        found = [grant for token, grant in self.grants.items() if same(given, token)]
        return found[0] if found else None

    def may_read(self, request: web.Request) -> bool:
        """Whether a request carries the token for reads."""
        return self.read is not None and same(bearer(request), self.read)

    def may_look_inside(self, request: web.Request) -> bool:
        """Whether a request comes from this machine itself, or carries the token for reads."""
        from_here = not self.behind_proxy and not _was_passed_on(request) and _is_this_machine(request.remote)
        return from_here or self.may_read(request)


def bearer(request: web.Request) -> str:
    """The token of the Authorization header; empty without one."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def same(given: str, expected: str) -> bool:
    """Compare secrets in constant time; an empty one is never right."""
    return bool(expected) and hmac.compare_digest(given.encode("utf-8", "surrogateescape"), expected.encode())


def _was_passed_on(request: web.Request) -> bool:
    """Whether a proxy says that it stands between."""
    names = {name.lower() for name in request.headers}
    return not names.isdisjoint(_OF_PROXIES) or any(name.startswith("x-forwarded-") for name in names)


_OF_PROXIES = {"forwarded", "via", "x-real-ip"}


def _is_this_machine(host: str | None) -> bool:
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


def load_tokens(settings: Settings) -> Tokens:
    """The tokens of the settings. Raises SettingsError for a faulty file."""
    grants = dict(_from_file(settings.ingest.tokens_file)) if settings.ingest.tokens_file else {}
    if settings.ingest.token is not None:
        grants[_plain(settings.ingest.token)] = EVERYTHING
    url = settings.http.public_url
    return Tokens(
        grants=grants,
        read=_plain(settings.api.token) if settings.api.token else None,
        behind_proxy=url is not None and not _is_this_machine(urlsplit(url).hostname),
    )


def _plain(secret: SecretStr) -> str:
    return secret.get_secret_value()


def _from_file(path: Path) -> Mapping[str, Grant]:
    try:
        return load_tokens_file(path).grants()
    except FileError as error:
        raise SettingsError([str(fault) for fault in error.faults]) from None
