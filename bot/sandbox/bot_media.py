"""How does the 智能机器人 upload a file over its socket? In chunks of half a megabyte (wecom.md §8.6, 101463)."""

import base64
import binascii
import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.fields import Node
from bot.sandbox.media import LIMITS, Media, Upload
from bot.sandbox.windows import Quota
from bot.sandbox.world import World

SESSION_LIFE = timedelta(minutes=30)
MOST_CHUNKS = 100
CHUNK_BYTES = 512 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class _Session:
    at: datetime
    kind: str
    name: str
    size: int
    chunks: int
    md5: str
    parts: dict[int, bytes] = field(default_factory=dict[int, bytes])


class BotMedia:
    """Each method raises Refused."""

    def __init__(self, world: World, media: Media) -> None:
        self._world = world
        self._media = media
        self._sessions: dict[str, _Session] = {}
        self._quota = Quota(lambda: (world.knobs.bot_uploads_per_minute, world.knobs.bot_uploads_per_hour))

    def begin(self, body: Node) -> dict[str, object]:
        kind = body.text("type")
        if kind not in LIMITS:
            body.refuse("type", Errcode.BAD_PARAMETER, f"must be one of {', '.join(LIMITS)}")
        size = body.integer("total_size")
        if not 0 < size <= LIMITS[kind]:
            body.refuse("total_size", Errcode.BAD_PARAMETER, f"must be 1 to {LIMITS[kind]}")
        session = _Session(
            at=self._world.now(),
            kind=kind,
            name=body.text("filename"),
            size=size,
            chunks=body.choice("total_chunks", range(1, MOST_CHUNKS + 1), default=None),
            md5=body.optional_text("md5").lower(),
        )
        if not self._quota.admit("bot", self._world.now()):
            raise Refused(Errcode.BOT_TOO_OFTEN, "aibot upload frequency limit exceeded")
        upload_id = secrets.token_urlsafe(24)
        self._sessions[upload_id] = session
        return {"upload_id": upload_id}

    def chunk(self, body: Node) -> None:
        """Take one part in, in any order and as often as it comes; indices begin at 0 or at 1 (§13.8)."""
        session = self._session(body)
        index = body.choice("chunk_index", range(session.chunks + 1), default=None)
        try:
            data = base64.b64decode(body.text("base64_data"), validate=True)
        except (binascii.Error, ValueError):
            body.refuse("base64_data", Errcode.BAD_PARAMETER, "is no base64")
        if not 0 < len(data) <= CHUNK_BYTES:
            body.refuse("base64_data", Errcode.BAD_PARAMETER, f"must be 1 to {CHUNK_BYTES} bytes")
        session.parts[index] = data

    def finish(self, body: Node) -> dict[str, object]:
        session = self._session(body)
        first = min(session.parts, default=0)
        if sorted(session.parts) != list(range(first, first + session.chunks)):
            raise Refused(Errcode.BAD_PARAMETER, "chunks are missing")
        data = b"".join(session.parts[index] for index in sorted(session.parts))
        if len(data) != session.size:
            raise Refused(Errcode.BAD_PARAMETER, "the chunks are not total_size bytes together")
        if session.md5 and hashlib.md5(data).hexdigest() != session.md5:  # noqa: S324 - the protocol's check sum
            raise Refused(Errcode.BAD_PARAMETER, "md5 is not that of the file")
        stored = self._media.store(session.kind, Upload(name=session.name, data=data), self.owner)
        del self._sessions[body.text("upload_id")]
        return stored

    def name(self, media_id: str, kind: str) -> str:
        """The file's name. Raises Refused."""
        return self._media.name(media_id, kind, self.owner)

    @property
    def owner(self) -> str:
        return self._world.config.bot_id

    def _session(self, body: Node) -> _Session:
        session = self._sessions.get(body.text("upload_id"))
        if session is None or session.at + SESSION_LIFE <= self._world.now():
            raise Refused(Errcode.BAD_PARAMETER, "upload_id is unknown or older than 30 minutes")
        return session
