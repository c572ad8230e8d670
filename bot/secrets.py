"""What is signed with our own secret? Button keys and personal links. Nothing here can be guessed or made up."""

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.settings import Settings
from handlers.messages import LetterId
from handlers.world import Listing
from replies.cards import Tap
from rules.anomalies import AnomalyId, State
from rules.events import UserId
from rules.instants import from_ms, to_ms
from rules.storms import IncidentId

LINK_LIFE = timedelta(hours=24)
"""A personal link stands in a chat that only its owner reads."""
ONCE_LIFE = timedelta(minutes=10)
"""A link that the terminal shows is good once, and for so long."""
SESSION_LIFE = timedelta(hours=12)
KEY_FILE = "secret_key"


def load_secret(settings: Settings, folder: Path) -> bytes:
    """The secret of the settings, or the one in `folder`, made there when there is none."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value().encode()
    path = folder / KEY_FILE
    if not path.exists():
        _make_secret(path)
    return path.read_bytes()


def _make_secret(path: Path) -> None:
    """Make the file all at once: a process that dies on the way, or another one, never leaves half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(32), "ascii")
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs texts for one purpose, so that a signature made for one is worth nothing for another."""

    secret: bytes
    purpose: str

    def sign(self, text: str) -> str:
        """A signature of 26 characters, good in an address."""
        digest = hmac.digest(self.secret, f"{self.purpose}\x1f{text}".encode(), hashlib.sha256)
        return base64.b32encode(digest[:16]).decode().rstrip("=").lower()

    def is_right(self, text: str, signature: str) -> bool:
        """Compare in constant time."""
        return hmac.compare_digest(self.sign(text).encode(), _bytes(signature))


OLDER_VERSIONS = 50
"""A card that has changed more often since than this is too old to be answered for what it showed."""


class ButtonKeys:
    """See `handlers.ports.Keys`. A key is a signature over card, version and meaning; it says none of them."""

    def __init__(self, secret: bytes) -> None:
        self._signer = Signer(secret, "button")

    def key(self, card: LetterId, version: int, tap: Tap) -> str:
        return self._signer.sign(f"{card}\x1f{version}\x1f{tap}")

    def read(self, card: LetterId, newest: int, key: str) -> tuple[Tap, int] | None:
        versions = range(newest, max(newest - OLDER_VERSIONS, 0), -1)
        candidates = ((tap, version) for version in versions for tap in Tap)
        return next(
            (known for known in candidates if hmac.compare_digest(self._of(card, *known), _bytes(key))), None
        )

    def _of(self, card: LetterId, tap: Tap, version: int) -> bytes:
        return self.key(card, version, tap).encode()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """Who somebody is, until when; `case` is what a link was given for."""

    userid: UserId
    until: datetime
    case: AnomalyId | None = None
    nonce: str = ""
    """Tells two sessions apart that are otherwise the same, and makes a link good once; letters and digits."""


class Passes:
    """Passes as text: in personal links, and in the session cookie."""

    def __init__(self, secret: bytes, purpose: str) -> None:
        self._signer = Signer(secret, purpose)

    def write(self, given: Pass) -> str:
        userid = base64.urlsafe_b64encode(given.userid.encode()).decode().rstrip("=")
        text = f"{userid}.{to_ms(given.until)}.{given.case or ''}.{given.nonce}"
        return f"{text}.{self._signer.sign(text)}"

    def read(self, text: str, now: datetime) -> Pass | None:
        """The pass, or None for one that is made up or over."""
        body, _, signature = text.rpartition(".")
        parts = body.split(".")
        if len(parts) != 4 or not self._signer.is_right(body, signature):
            return None
        userid = base64.urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4)).decode()
        until = from_ms(int(parts[1]))
        return (
            None
            if until < now
            else Pass(userid=UserId(userid), until=until, case=AnomalyId(parts[2]) or None, nonce=parts[3])
        )


_NOT_CLOSED = f"state={','.join(state for state in State if state is not State.CLOSED)}"
LISTS: Mapping[Listing, str] = {
    Listing.OPEN: f"/anomalies?{_NOT_CLOSED}",
    Listing.URGENT: f"/anomalies?priority=P1&{_NOT_CLOSED}",
    Listing.SOURCES: "/sources",
    Listing.DUTY: "/duty",
    Listing.EXPERIMENTS: "/experiments",
}
"""Where the lists are."""


class PageLinks:
    """See `handlers.ports.Links`."""

    def __init__(self, base: str, passes: Passes) -> None:
        self._base = base
        self._passes = passes

    def case_page(self, case: AnomalyId) -> str:
        return f"{self._base}/a/{case}"

    def incident_page(self, incident: IncidentId) -> str:
        return f"{self._base}/i/{incident}"

    def personal_incident(self, incident: IncidentId, userid: UserId, now: datetime) -> str:
        return f"{self.personal(None, userid, now)}?to=i/{incident}"

    def report_page(self, week: str) -> str:
        return f"{self._base}/reports/{week}"

    def listing(self, listing: Listing) -> str:
        return f"{self._base}{LISTS[listing]}"

    def personal(
        self, case: AnomalyId | None, userid: UserId, now: datetime, listing: Listing | None = None
    ) -> str:
        given = Pass(userid=userid, until=now + LINK_LIFE, case=case)
        return f"{self._base}/l/{self._passes.write(given)}{f'?to={listing}' if listing else ''}"

    def once(self, userid: UserId, now: datetime, life: timedelta = ONCE_LIFE) -> str:
        """A link to the board that lets its holder in once, as `userid`."""
        given = Pass(userid=userid, until=now + life, nonce=secrets.token_hex(8))
        return f"{self._base}/l/{self._passes.write(given)}"
