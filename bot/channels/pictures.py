"""How does a picture get to people? First it is uploaded, for three days, and then a message names it (pages 90253, 101463).

A webhook takes it within the message itself (page 91770). What is frozen of such a letter is the picture; what it is
called after an upload differs with every attempt.
"""

import base64
import hashlib
import json
from typing import Any, cast

from bot.wecom.answers import Answer, NoAnswerError, NotSentError
from bot.wecom.client import SEND_MESSAGE, UPLOAD_MEDIA, WecomClient
from bot.wecom.payloads import Payload, canonical
from bot.wecom.socket import BotSocket
from handlers.outbox import Letter

NAME, IMAGE = "report.png", "image"
CHUNK_BYTES = 512 * 1024
"""Of a file on the bot's socket (page 101463)."""


def as_image(picture: bytes) -> Payload:
    """The image as a webhook takes it: the check sum is of the bytes, before they are written as text."""
    md5 = hashlib.md5(picture, usedforsecurity=False).hexdigest()
    return {"base64": base64.b64encode(picture).decode(), "md5": md5}


async def by_app(client: WecomClient, letter: Letter) -> Answer:
    """Upload it, and send it to members. Raises NoAnswerError or NotSentError."""
    message, picture = _read(letter)
    try:
        uploaded = await client.upload(UPLOAD_MEDIA, IMAGE, NAME, picture)
    except NoAnswerError as error:
        raise NotSentError(str(error)) from None  # the message is still here
    if not uploaded.ok:
        return uploaded
    return await client.call(SEND_MESSAGE, canonical(_naming(message, uploaded.body)))


async def by_bot(socket: BotSocket, letter: Letter) -> Answer:
    """The same on the bot's socket, in parts. Raises NoAnswerError or NotSentError."""
    message, picture = _read(letter)
    try:
        uploaded = await _upload(socket, picture)
    except NoAnswerError as error:
        raise NotSentError(str(error)) from None
    if not uploaded.ok:
        return uploaded
    return await socket.send("aibot_send_msg", canonical(_naming(message, _inside(uploaded))))


async def _upload(socket: BotSocket, picture: bytes) -> Answer:
    """The answer to its end, or the first that says no."""
    parts = [picture[start : start + CHUNK_BYTES] for start in range(0, len(picture), CHUNK_BYTES)]
    begun = await socket.send(
        "aibot_upload_media_init",
        canonical({
            "type": IMAGE,
            "filename": NAME,
            "total_size": len(picture),
            "total_chunks": len(parts),
            "md5": as_image(picture)["md5"],
        }),
    )  # fmt: skip
    if not begun.ok:
        return begun
    upload = {"upload_id": _inside(begun).get("upload_id", "")}
    for number, part in enumerate(parts):
        chunk = {**upload, "chunk_index": number, "base64_data": base64.b64encode(part).decode()}
        taken = await socket.send("aibot_upload_media_chunk", canonical(chunk))
        if not taken.ok:
            return taken
    return await socket.send("aibot_upload_media_finish", canonical(upload))


def _read(letter: Letter) -> tuple[Payload, bytes]:
    """The message as `wire` composed it, and the picture in it."""
    message: Payload = json.loads(letter.payload or b"{}")
    return message, base64.b64decode(message[IMAGE]["base64"])


def _naming(message: Payload, uploaded: Any) -> Payload:
    return {**message, IMAGE: {"media_id": str(uploaded.get("media_id", ""))}}


def _inside(answer: Answer) -> Any:
    """What a frame's answer holds."""
    inside: Any = answer.body.get("body")
    return cast(Any, inside) if isinstance(inside, dict) else {}
