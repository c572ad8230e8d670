"""Is this callback from WeCom, and what does it say? Signature, cipher and XML envelopes, both directions.

Pages 90238 and 90968 (callback configuration, encryption scheme); page 90241 (passive reply).
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from wechatpy.enterprise.crypto import PrpCrypto

from bot.settings import Wecom
from bot.wecom.markup import UnreadableXmlError, cdata, read_fields

BLOCK = 32
RANDOM = 16
LENGTH = 4


class NotAuthentic(Exception):  # noqa: N818 - the answer is 401, and the name says why
    """The callback is not authentic."""

    def __init__(self) -> None:
        super().__init__(NotAuthentic.__doc__)


class _Cipher(PrpCrypto):
    def get_random_string(self) -> str:
        # The IV is fixed (90968), so these 16 bytes stand in for it; wechatpy draws them from `random`.
        return secrets.token_hex(RANDOM // 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackCrypto:
    """The secrets of one callback URL. `receive_id` is the corp id, or "" for an in-house 智能机器人."""

    token: str = field(repr=False)
    aes_key: str = field(repr=False)
    receive_id: str
    _cipher: Any = field(init=False, repr=False, compare=False)
    _decryptor: CipherContext = field(init=False, repr=False, compare=False)
    """One for all: in CBC only the first block depends on what came before, and it holds 16 random bytes (90968)."""

    def __post_init__(self) -> None:
        if len(self.aes_key) != 43 or not self.aes_key.isalnum() or not self.aes_key.isascii():
            raise ValueError("EncodingAESKey has 43 letters and digits")
        key = base64.b64decode(self.aes_key + "=")
        object.__setattr__(self, "_cipher", _Cipher(key))
        object.__setattr__(self, "_decryptor", Cipher(AES(key), CBC(key[:RANDOM])).decryptor())

    def signature(self, timestamp: str, nonce: str, encrypted: str) -> str:
        """SHA-1 in hex over the four strings, sorted byte-wise and joined (90968)."""
        parts = sorted(map(_bytes, (self.token, timestamp, nonce, encrypted)))
        return hashlib.sha1(b"".join(parts)).hexdigest()  # noqa: S324 -- WeCom has no other

    def verify_and_decrypt(self, signature: str, timestamp: str, nonce: str, encrypted: str) -> bytes:
        """Return the message. Raises NotAuthentic, always with the same words, whatever is wrong."""
        expected = self.signature(timestamp, nonce, encrypted).encode()
        if not hmac.compare_digest(expected, _bytes(signature)):
            raise NotAuthentic
        try:
            return self._open(self._decipher(encrypted))
        except ValueError:
            raise NotAuthentic from None

    def encrypt(self, message: bytes) -> str:
        """Encrypt `message` for `receive_id`; base64 text."""
        encrypted: bytes = self._cipher.encrypt(message, self.receive_id)
        return encrypted.decode("ascii")

    def seal(self, message: bytes, *, timestamp: str, nonce: str) -> "Sealed":
        """Encrypt and sign `message`."""
        encrypted = self.encrypt(message)
        signature = self.signature(timestamp, nonce, encrypted)
        return Sealed(encrypted=encrypted, signature=signature, timestamp=timestamp, nonce=nonce)

    def _decipher(self, encrypted: str) -> bytes:
        # Not PrpCrypto.decrypt: it checks no padding and no length, and junk makes it raise eight kinds of error.
        ciphertext = base64.b64decode(encrypted, validate=True)
        if len(ciphertext) % BLOCK:
            raise ValueError("a block was cut")
        return self._decryptor.update(ciphertext)

    def _open(self, padded: bytes) -> bytes:
        """Undo random(16) + length(4, big-endian) + message + receive id + PKCS#7 to a 32-byte block (90968)."""
        content = _unpad(padded)[RANDOM:]
        length = int.from_bytes(content[:LENGTH], "big")
        message, receive_id = content[LENGTH : LENGTH + length], content[LENGTH + length :]
        if len(content) < LENGTH + length:
            raise ValueError("truncated")
        if self.receive_id and not hmac.compare_digest(receive_id, self.receive_id.encode()):
            raise ValueError("meant for somebody else")
        return message


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # a query string may hold what UTF-8 forbids


def _unpad(padded: bytes) -> bytes:
    count = padded[-1] if padded else 0
    if not 1 <= count <= BLOCK or padded[-count:] != bytes([count]) * count:
        raise ValueError("bad padding")
    if len(padded) - count < RANDOM + LENGTH:
        raise ValueError("too short")
    return padded[:-count]


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What WeCom posts to the callback (90238). `agent_id` is "" for events that belong to no app."""

    to_user_name: str
    agent_id: str
    encrypted: str

    def to_xml(self) -> bytes:
        return (
            f"<xml><ToUserName>{cdata(self.to_user_name)}</ToUserName>"
            f"<AgentID>{cdata(self.agent_id)}</AgentID><Encrypt>{cdata(self.encrypted)}</Encrypt></xml>"
        ).encode()

    @classmethod
    def from_xml(cls, body: bytes) -> "Envelope":
        """Read the posted body, which the caller has capped. Raises NotAuthentic."""
        fields = _authentic_fields(body)
        return cls(
            to_user_name=fields.get("ToUserName", ""),
            agent_id=fields.get("AgentID", ""),
            encrypted=_required(fields, "Encrypt"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """An encrypted and signed message; as XML it is the passive reply (90241)."""

    encrypted: str
    signature: str
    timestamp: str
    nonce: str

    def to_xml(self) -> bytes:
        return (
            f"<xml><Encrypt>{cdata(self.encrypted)}</Encrypt>"
            f"<MsgSignature>{cdata(self.signature)}</MsgSignature>"
            f"<TimeStamp>{int(self.timestamp)}</TimeStamp><Nonce>{cdata(self.nonce)}</Nonce></xml>"
        ).encode()

    @classmethod
    def from_xml(cls, body: bytes) -> "Sealed":
        """Read a passive reply. Raises NotAuthentic."""
        fields = _authentic_fields(body)
        return cls(
            encrypted=_required(fields, "Encrypt"),
            signature=_required(fields, "MsgSignature"),
            timestamp=_required(fields, "TimeStamp"),
            nonce=_required(fields, "Nonce"),
        )


def crypto_of(settings: Wecom) -> CallbackCrypto | None:
    """The cipher of the app's callbacks; None where they are not set up."""
    if not (settings.can_receive and settings.callback_token and settings.aes_key):
        return None
    return CallbackCrypto(
        token=settings.callback_token.get_secret_value(),
        aes_key=settings.aes_key.get_secret_value(),
        receive_id=settings.corp_id,
    )


def _authentic_fields(body: bytes) -> Mapping[str, str]:
    try:
        return read_fields(body)[0]
    except UnreadableXmlError:
        raise NotAuthentic from None


def _required(fields: Mapping[str, str], name: str) -> str:
    text = fields.get(name)
    if not text:
        raise NotAuthentic
    return text
