"""Does the callback crypto accept what WeCom sends, and nothing else? Vectors: wecom.md §1.4 (page 90968)."""

import base64
import contextlib
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.enterprise.crypto import PrpCrypto

from bot.wecom.crypto import (
    CallbackCrypto,
    Envelope,
    NotAuthentic,
    Sealed,
)
from tests.bot.wecom.test_markup import HOSTILE

OFFICIAL = CallbackCrypto(
    token="QDG6eK",
    aes_key="jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",
    receive_id="wx5823bf96d3bd56c7",
)
ECHO_SIGNATURE = "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3"
ECHO = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
MESSAGE_SIGNATURE = "477715d11cdb4164915debcba66cb864d751f3e6"
MESSAGE = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/s"
    "YYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJ"
    "YuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGU"
    "callcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDY"
    "A5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q=="
)
MESSAGE_TEXT = b"""<xml><ToUserName><![CDATA[wx5823bf96d3bd56c7]]></ToUserName>
<FromUserName><![CDATA[mycreate]]></FromUserName>
<CreateTime>1409659813</CreateTime>
<MsgType><![CDATA[text]]></MsgType>
<Content><![CDATA[hello]]></Content>
<MsgId>4561255354251345929</MsgId>
<AgentID>218</AgentID>
</xml>"""
STAMP = "1409659813"
NONCE = "1372623149"


def wechatpy() -> Any:
    """The library itself, without our checks."""
    return PrpCrypto(base64.b64decode(OFFICIAL.aes_key + "="))


def deciphered(encrypted: str) -> bytes:
    """The plaintext with its padding."""
    return wechatpy().cipher.decrypt(base64.b64decode(encrypted))


def enciphered(padded: bytes) -> str:
    return base64.b64encode(wechatpy().cipher.encrypt(padded)).decode()


def padded(content: bytes) -> bytes:
    count = 32 - len(content) % 32
    return content + bytes([count]) * count


def plaintext(message: bytes, *, length: int | None = None, receive_id: str = OFFICIAL.receive_id) -> bytes:
    stated = len(message) if length is None else length
    return b"r" * 16 + stated.to_bytes(4, "big") + message + receive_id.encode()


def opened(encrypted: str) -> bytes:
    """Decrypt something that is signed correctly, whatever it holds."""
    return OFFICIAL.verify_and_decrypt(OFFICIAL.signature(STAMP, NONCE, encrypted), STAMP, NONCE, encrypted)


def refused(encrypted: str) -> str:
    with pytest.raises(NotAuthentic) as refusal:
        opened(encrypted)
    return str(refusal.value)


def test_the_official_url_verification_vector_holds() -> None:
    assert OFFICIAL.signature("1409659589", "263014780", ECHO) == ECHO_SIGNATURE
    assert deciphered(ECHO)[:16] == b"c41b64491c2468d0"
    message = OFFICIAL.verify_and_decrypt(ECHO_SIGNATURE, "1409659589", "263014780", ECHO)
    assert message == b"1616140317555161061"


def test_the_official_message_vector_holds() -> None:
    assert OFFICIAL.signature(STAMP, NONCE, MESSAGE) == MESSAGE_SIGNATURE
    assert deciphered(MESSAGE)[:16] == b"0960688932c47ef1"
    message = OFFICIAL.verify_and_decrypt(MESSAGE_SIGNATURE, STAMP, NONCE, MESSAGE)
    assert len(message) == 284
    assert message == MESSAGE_TEXT


def test_ten_thousand_mutated_requests_are_all_refused_in_the_same_words() -> None:
    dice = seeded()
    words: set[str] = set()
    for _ in range(10_000):
        request = [MESSAGE_SIGNATURE, STAMP, NONCE, MESSAGE]
        part = dice.randrange(4)
        request[part] = mutated(request[part], dice)
        with pytest.raises(NotAuthentic) as refusal:
            OFFICIAL.verify_and_decrypt(*request)
        words.add(str(refusal.value))
    assert len(words) == 1


def seeded() -> random.Random:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - pytest shows it with a failure
    return random.Random(seed)


def mutated(text: str, dice: random.Random) -> str:
    """Replace, drop or add one character; never the same text again."""
    place = dice.randrange(len(text))
    other = chr(dice.choice([dice.randrange(32, 127), dice.randrange(0x4E00, 0x9FFF)]))
    other = other if other != text[place] else "é"
    return text[:place] + dice.choice([other, "", text[place] + other]) + text[place + 1 :]


def test_ten_thousand_signed_but_mutated_ciphertexts_never_leak_another_error() -> None:
    dice, decrypted = seeded(), 0
    for _ in range(10_000):
        with contextlib.suppress(NotAuthentic):
            opened(mutated(MESSAGE, dice))
            decrypted += 1
    # CBC has no tag: a flip inside the random bytes or the text decrypts, and only the signature guards it.
    assert 0 < decrypted < 10_000


@given(st.binary(max_size=600))
def test_signed_junk_is_not_authentic(junk: bytes) -> None:
    refused(base64.b64encode(junk).decode())
    refused(junk.decode("latin-1"))


@given(st.text(max_size=80), st.text(max_size=20), st.text(max_size=20), st.text(max_size=80))
def test_junk_in_every_parameter_is_not_authentic(
    signature: str, timestamp: str, nonce: str, encrypted: str
) -> None:
    with pytest.raises(NotAuthentic):
        OFFICIAL.verify_and_decrypt(signature, timestamp, nonce, encrypted)


def test_lone_surrogates_from_a_query_string_are_not_authentic() -> None:
    with pytest.raises(NotAuthentic):
        OFFICIAL.verify_and_decrypt("\udcff", "\udcff", "\udcff", "\udcff")
    refused("\udcff")


@given(st.binary(max_size=4096))
def test_what_is_sealed_opens_again(message: bytes) -> None:
    sealed = OFFICIAL.seal(message, timestamp="1", nonce="n")
    again = Sealed.from_xml(sealed.to_xml())
    assert again == sealed
    assert OFFICIAL.verify_and_decrypt(again.signature, "1", "n", again.encrypted) == message


@given(st.integers(min_value=0, max_value=96))
def test_the_padding_reaches_a_multiple_of_32_and_never_0(size: int) -> None:
    plain = deciphered(OFFICIAL.encrypt(b"x" * size))
    assert len(plain) % 32 == 0
    assert 1 <= plain[-1] <= 32


def test_the_sixteen_random_bytes_differ_each_time() -> None:
    assert len({deciphered(OFFICIAL.encrypt(b"same"))[:16] for _ in range(100)}) == 100


def test_our_cipher_text_opens_with_wechatpy() -> None:
    assert wechatpy().decrypt(OFFICIAL.encrypt("你好".encode()), OFFICIAL.receive_id) == "你好"


@given(st.lists(st.one_of(st.binary(max_size=200), st.text(max_size=80)), max_size=10))
def test_whatever_was_opened_before_a_message_opens(before: list[bytes | str]) -> None:
    for message in before:
        if isinstance(message, bytes):
            assert opened(OFFICIAL.encrypt(message)) == message
        else:
            refused(message)
    assert opened(MESSAGE) == MESSAGE_TEXT


def test_a_message_for_another_receiver_is_refused() -> None:
    assert opened(enciphered(padded(plaintext(b"hi")))) == b"hi"
    refused(enciphered(padded(plaintext(b"hi", receive_id="ww0000000000000000"))))
    refused(enciphered(padded(plaintext(b"hi", receive_id=""))))
    refused(enciphered(padded(plaintext(b"hi", receive_id=OFFICIAL.receive_id + "x"))))


def test_an_in_house_bot_expects_no_receiver() -> None:
    bot = CallbackCrypto(token=OFFICIAL.token, aes_key=OFFICIAL.aes_key, receive_id="")
    sealed = bot.seal(b"hi", timestamp="1", nonce="n")
    assert bot.verify_and_decrypt(sealed.signature, "1", "n", sealed.encrypted) == b"hi"


@pytest.mark.parametrize(
    "tail",
    [
        pytest.param(b"\x00", id="zero"),
        pytest.param(b"\x21", id="thirty-three"),
        pytest.param(b"\xff", id="two hundred and fifty-five"),
        pytest.param(b"\x02", id="two, but the byte before differs"),
    ],
)
def test_bad_padding_is_refused(tail: bytes) -> None:
    content = plaintext(b"hi")
    refused(enciphered(content + b"\x07" * (64 - len(content) - 1) + tail))


def test_padding_to_a_16_byte_block_is_refused() -> None:
    content = plaintext(b"h" * 10)
    assert len(content) == 48
    refused(enciphered(content + bytes([16]) * 16 + bytes([16]) * 16))
    refused(enciphered((content + bytes([16]) * 16)[:48]))


@pytest.mark.parametrize("length", [3, 10**6, 2**32 - 1, 0])
def test_a_wrong_message_length_is_refused(length: int) -> None:
    refused(enciphered(padded(plaintext(b"hi", length=length))))


@pytest.mark.parametrize("keep", [0, 1, 15, 16, 19])
def test_a_truncated_plaintext_is_refused(keep: int) -> None:
    refused(enciphered(padded(plaintext(b"hi")[:keep])))


@pytest.mark.parametrize("encrypted", ["", "A", "AAAA", "====", "not base64!", "AAAA\nAAAA", ECHO[:-4]])
def test_broken_base64_and_partial_blocks_are_refused(encrypted: str) -> None:
    refused(encrypted)


def test_every_refusal_has_the_same_words() -> None:
    kinds = {
        refused("junk"),
        refused(enciphered(padded(plaintext(b"hi", receive_id="else")))),
        refused(enciphered(padded(plaintext(b"hi", length=9999)))),
        refused(enciphered(b"\x00" * 32)),
    }
    with pytest.raises(NotAuthentic) as forged:
        OFFICIAL.verify_and_decrypt("0" * 40, STAMP, NONCE, MESSAGE)
    with pytest.raises(NotAuthentic) as malformed:
        Envelope.from_xml(b"<xml>")
    assert kinds == {str(forged.value)} == {str(malformed.value)}


def test_secrets_do_not_show_in_the_representation() -> None:
    assert OFFICIAL.token not in repr(OFFICIAL)
    assert OFFICIAL.aes_key not in repr(OFFICIAL)


@pytest.mark.parametrize("key", ["", "a" * 42, "a" * 44, "a" * 42 + "=", "密" * 43])
def test_an_aes_key_has_43_letters_and_digits(key: str) -> None:
    with pytest.raises(ValueError, match="43"):
        CallbackCrypto(token="t", aes_key=key, receive_id="c")


def test_the_envelope_makes_the_round_trip() -> None:
    envelope = Envelope(to_user_name="ww1", agent_id="1000002", encrypted="a]]>b")
    assert Envelope.from_xml(envelope.to_xml()) == envelope


def test_an_envelope_may_lack_the_agent_but_not_the_cipher_text() -> None:
    assert Envelope.from_xml(b"<xml><Encrypt>x</Encrypt></xml>").agent_id == ""
    with pytest.raises(NotAuthentic):
        Envelope.from_xml(b"<xml><ToUserName>ww1</ToUserName></xml>")


@pytest.mark.parametrize("missing", ["Encrypt", "MsgSignature", "TimeStamp", "Nonce"])
def test_a_passive_reply_needs_all_four_parts(missing: str) -> None:
    whole = OFFICIAL.seal(b"x", timestamp="1", nonce="n").to_xml()
    with pytest.raises(NotAuthentic):
        Sealed.from_xml(whole.replace(missing.encode(), b"Other"))


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_envelopes_are_not_authentic(body: bytes) -> None:
    with pytest.raises(NotAuthentic):
        Envelope.from_xml(body)
    with pytest.raises(NotAuthentic):
        Sealed.from_xml(body)
