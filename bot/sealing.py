"""How is what is personal kept so that only we can read it? Sealed with AES-SIV (RFC 5297), by a key for each shop.

The same words give the same seal: a repeat of an event is known as one. A seal names its version and its shop, and
is good for what it was made for alone: an address cannot pass for a phone number.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from handlers.world import BrokenSealError
from replies.personal import district_shown, phone_shown
from rules.events import Personal, Sealed, Shop

VERSION = "s1"
PURPOSE = "dingdan personal s1"
KEY_BYTES = 64
SHOPS = 1000
"""So many keys are held ready."""

_SHOWN: Mapping[Personal, Callable[[str], str]] = {
    Personal.PHONE: phone_shown,
    Personal.ADDRESS: district_shown,
}


class Seals:
    """Seals, and opens. See `handlers.world.Seals`."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._of = lru_cache(maxsize=SHOPS)(self._cipher)

    def seal(self, what: Personal, clear: str, shop: Shop) -> Sealed:
        """What is personal, sealed for one shop; with what may be shown of it."""
        closed = self._of(shop).encrypt(clear.encode(), [what.encode()])
        text = base64.urlsafe_b64encode(closed).decode()
        return Sealed(sealed=f"{VERSION}:{text}:{shop}", shown=_SHOWN[what](clear))

    def open(self, what: Personal, sealed: Sealed) -> str:
        version, _, rest = sealed.sealed.partition(":")
        text, _, shop = rest.partition(":")
        try:
            closed = base64.urlsafe_b64decode(text.encode())
            if version == VERSION:
                return self._of(Shop(shop)).decrypt(closed, [what.encode()]).decode()
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise BrokenSealError(BrokenSealError.__doc__) from error
        raise BrokenSealError(BrokenSealError.__doc__)

    def _cipher(self, shop: Shop) -> AESSIV:
        info = f"{PURPOSE}\x1f{shop}".encode()
        return AESSIV(HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(self._secret))
