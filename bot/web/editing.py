"""What was the text that the page showed, and from which draft was it made? Signed, so that the form can carry it."""

import base64
import binascii

import msgspec

from bot.secrets import Signer
from replies.drafts import Draft
from rules.anomalies import AnomalyId


class Editing:
    """A text on its way through the preview: what is confirmed is what was shown."""

    def __init__(self, secret: bytes) -> None:
        self._signer = Signer(secret, "editing")

    def write(self, case: AnomalyId, text: str, draft: Draft) -> str:
        """The text and its draft, for a form."""
        body = base64.urlsafe_b64encode(msgspec.json.encode([case, text, draft])).decode()
        return f"{body}.{self._signer.sign(body)}"

    def read(self, shown: str, case: AnomalyId) -> tuple[str, Draft] | None:
        """What the form carried; None when it was not made by us for this case."""
        body, _, signature = shown.rpartition(".")
        if not self._signer.is_right(body, signature):
            return None
        try:
            of, text, draft = msgspec.json.decode(base64.urlsafe_b64decode(body), type=tuple[str, str, Draft])
        except (msgspec.DecodeError, binascii.Error):
            return None
        return (text, draft) if of == case else None
