"""How does WeCom seal what it pushes to an app? Written from pages 90238 and 91144 alone, without our own code."""

import base64
import hashlib
import os
import secrets
import struct
import time
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """One push: the query of its address, and its body."""

    query: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What an app shares with WeCom."""

    token: str
    aes_key: str
    corp_id: str
    agent_id: int

    def seal(self, text: str, *, receiver: str | None = None) -> Sealed:
        """A push of this plain XML; each one has a nonce and a salt of its own."""
        encrypted = self.encrypt(text, receiver=receiver)
        body = (
            f"<xml><ToUserName><![CDATA[{self.corp_id}]]></ToUserName>"
            f"<AgentID><![CDATA[{self.agent_id}]]></AgentID>"
            f"<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
        )
        return Sealed(query=self.query(encrypted), body=body.encode())

    def query(self, encrypted: str) -> dict[str, str]:
        """The signed query of an address; it verifies the address too, with `echostr` added."""
        stamp, nonce = str(int(time.time())), secrets.token_hex(5)
        signed = "".join(sorted([self.token, stamp, nonce, encrypted]))
        signature = hashlib.sha1(signed.encode()).hexdigest()
        return {"msg_signature": signature, "timestamp": stamp, "nonce": nonce}

    def encrypt(self, text: str, *, receiver: str | None = None) -> str:
        """Random(16), length(4, big-endian), text, receiver; padded to blocks of 32 (page 91144)."""
        message, to = text.encode(), self.corp_id if receiver is None else receiver
        plain = os.urandom(16) + struct.pack(">I", len(message)) + message + to.encode()
        pad = BLOCK - len(plain) % BLOCK
        key = base64.b64decode(self.aes_key + "=")
        sealer = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
        return base64.b64encode(sealer.update(plain + bytes([pad]) * pad) + sealer.finalize()).decode()


def new_aes_key() -> str:
    """43 letters and digits that stand for 32 bytes."""
    while not (key := base64.b64encode(os.urandom(32)).decode().rstrip("=")).isalnum():
        pass
    return key
