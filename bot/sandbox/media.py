"""Which files were uploaded, for whom and for how long? Temporary media live three days (wecom.md §4.3, §7, §8.6)."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import Message

from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.watch import wire_time
from bot.sandbox.world import World

LIFE = timedelta(days=3)
MEGABYTE = 1024 * 1024
LIMITS = {"image": 10 * MEGABYTE, "voice": 2 * MEGABYTE, "video": 10 * MEGABYTE, "file": 20 * MEGABYTE}
IMAGE_HEADS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
"""JPG and PNG (90253)."""
CORP = "corp"
"""The owner of what an app of the corp has uploaded."""
LEAST_BYTES = 6
"""More than 5 bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    name: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    kind: str
    owner: str
    name: str
    at: datetime


class Media:
    """Everything that was uploaded; a media_id is good for its owner alone."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._stored: dict[str, _Stored] = {}

    def store(self, kind: str, upload: Upload, owner: str) -> dict[str, object]:
        """Take a file in; the three fields of every answer to an upload. Raises Refused."""
        if not LEAST_BYTES <= len(upload.data) <= LIMITS[kind]:
            raise Refused(Errcode.BAD_PARAMETER, f"a {kind} has {LEAST_BYTES} to {LIMITS[kind]} bytes")
        if kind == "image" and not upload.data.startswith(IMAGE_HEADS):
            raise Refused(Errcode.BAD_PARAMETER, "an image must be JPG or PNG")
        if kind == "voice" and not upload.data.startswith(b"#!AMR"):
            raise Refused(Errcode.BAD_PARAMETER, "a voice must be AMR")
        media_id = secrets.token_urlsafe(32)
        self._stored[media_id] = _Stored(kind=kind, owner=owner, name=upload.name, at=self._world.now())
        return {"type": kind, "media_id": media_id, "created_at": str(wire_time(self._world.watch))}

    def name(self, media_id: str, kind: str, owner: str) -> str:
        """The file's name. Raises Refused for what is unknown, of another kind or owner, or too old."""
        stored = self._stored.get(media_id)
        if stored is None or (stored.kind, stored.owner) != (kind, owner):
            raise Refused(Errcode.BAD_MEDIA_ID, f"media_id is no {kind} of this owner")
        if stored.at + LIFE <= self._world.now():
            raise Refused(Errcode.BAD_MEDIA_ID, "media_id has expired after 3 days")
        return stored.name


def read_upload(content_type: str, body: bytes) -> Upload:
    """The part `media` of a multipart/form-data body. Raises Refused."""
    form = message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    for part in form.get_payload() if form.is_multipart() else ():
        if isinstance(part, Message) and part.get_param("name", header="content-disposition") == "media":
            data = part.get_payload(decode=True)
            if (name := part.get_filename()) and isinstance(data, bytes):
                return Upload(name=name, data=data)
    raise Refused(Errcode.NO_MEDIA, "the multipart field media with a filename is missing")
