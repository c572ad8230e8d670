"""Who may send what, and which program may read what? The tokens of the intake, and of the reads."""

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web
from pydantic import SecretStr

from bot.faults import FileError
from bot.files import load_readers_file, load_tokens_file
from bot.readersfile import OF_THE_SETTINGS
from bot.settings import Settings, SettingsError
from bot.sources.cloudevents import EVERYTHING, Grant
from rules.rights import USUAL_SCOPES, Scope
from rules.roster import ANY


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Whoever has one token for reads."""

    name: str
    digest: bytes
    """Of its token: `_digest`."""
    scopes: frozenset[Scope] = USUAL_SCOPES
    shops: frozenset[str] = frozenset({ANY})


@dataclass(frozen=True, slots=True)
class Tokens:
    """The bearer tokens of one process."""

    grants: Mapping[str, Grant]
    """By token; for `POST /api/events`."""
    programs: Sequence[Program] = ()
    """For reads under /api."""
    behind_proxy: bool = False
    """Whether the outside reaches this service by another address: then a neighbour may be anybody."""

    def grant(self, request: web.Request) -> Grant | None:
        """What the sender of a request may send; None for nobody we know."""
        given = bearer(request)
        found = [grant for token, grant in self.grants.items() if same(given, token)]
        return found[0] if found else None

    def program(self, request: web.Request) -> Program | None:
        """The program whose token a request carries; all are compared, in the same time whichever it is."""
        token = bearer(request)
        given = _digest(token)
        found = [one for one in self.programs if hmac.compare_digest(given, one.digest) and token]
        return found[0] if found else None

    def may_look_inside(self, request: web.Request) -> bool:
        """Whether a request comes from this machine itself, or from a program that may see how things stand."""
        if not self.behind_proxy and not _was_passed_on(request) and _is_this_machine(request.remote):
            return True
        program = self.program(request)
        return program is not None and Scope.HEALTH in program.scopes


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
    url = settings.http.public_url
    try:
        return Tokens(
            grants=dict(_grants(settings)),
            programs=tuple(_programs(settings)),
            behind_proxy=url is not None and not _is_this_machine(urlsplit(url).hostname),
        )
    except FileError as error:
        raise SettingsError([str(fault) for fault in error.faults]) from None


def _grants(settings: Settings) -> Iterator[tuple[str, Grant]]:
    """What each token of the intake permits."""
    if settings.ingest.tokens_file is not None:
        yield from load_tokens_file(settings.ingest.tokens_file).grants().items()
    if settings.ingest.token is not None:
        yield _plain(settings.ingest.token), EVERYTHING


def _programs(settings: Settings) -> Iterator[Program]:
    """The programs that may read; a token that stands in the settings and in the file is what the settings say."""
    if settings.api.token is not None:
        yield Program(name=OF_THE_SETTINGS, digest=_digest(_plain(settings.api.token)))
    if settings.api.tokens_file is not None:
        for one in load_readers_file(settings.api.tokens_file).tokens:
            scopes, shops = frozenset(one.scopes), frozenset(one.shops)
            yield Program(name=one.name, digest=_digest(one.token), scopes=scopes, shops=shops)


def _digest(token: str) -> bytes:
    """What is compared in the stead of a token: of one length, and nothing to be guessed from its beginning."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def _plain(secret: SecretStr) -> str:
    return secret.get_secret_value()
