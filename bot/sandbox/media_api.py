"""How does an app upload a file? media/upload (90253): temporary material, three days."""

from bot.sandbox.endpoints import Answer, Asked, Endpoint, Endpoints, ok
from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.media import CORP, LIMITS, Media, read_upload


class MediaApi:
    def __init__(self, media: Media) -> None:
        self._media = media

    @property
    def endpoints(self) -> Endpoints:
        return {"media/upload": Endpoint(answer=self._upload)}

    def _upload(self, asked: Asked) -> Answer:
        kind = asked.query.get("type", "")
        if kind not in LIMITS:
            raise Refused(Errcode.BAD_PARAMETER, f"type must be one of {', '.join(LIMITS)}")
        return ok(**self._media.store(kind, read_upload(asked.content_type, asked.body), CORP))
