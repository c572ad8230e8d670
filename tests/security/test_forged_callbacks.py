"""Nobody but WeCom is heard, and whatever it says counts once: S-01, S-02, S-04 and S-07 of the promises."""

import asyncio
import random
import secrets
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.secrets import ButtonKeys
from bot.wecom.crypto import CallbackCrypto, NotAuthentic
from handlers.messages import LetterId
from replies.cards import Tap
from tests.deployment import Deployment
from tests.scenarios.callbacks import REFUSED, Request, call, click, command, enveloped, post, sealed
from tests.scenarios.shop import Shop, a_shop

NO = "DB20251222-883"
GUESSES = 10_000
OURS = CallbackCrypto(
    token="QDG6eK", aes_key="jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", receive_id="wwcorp"
)
HEX = "0123456789abcdef"


# --- S-01: forged --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("forgeries", [10_000, pytest.param(100_000, marks=pytest.mark.long)])
def test_of_so_many_forged_signatures_none_is_accepted(forgeries: int) -> None:
    dice = random.Random(1)
    sealed = OURS.seal(b"<xml></xml>", timestamp="1409659813", nonce="n")
    for number in range(forgeries):
        if number % 2:
            guess = "".join(dice.choices(HEX, k=40))
        else:
            place = dice.randrange(40)
            other = dice.choice(HEX.replace(sealed.signature[place], ""))
            guess = sealed.signature[:place] + other + sealed.signature[place + 1 :]
        with pytest.raises(NotAuthentic):
            OURS.verify_and_decrypt(guess, sealed.timestamp, sealed.nonce, sealed.encrypted)


# --- S-02: played again --------------------------------------------------------------------------------------


async def a_case(shop: Shop) -> None:
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=5, seconds=1)


def effects(shop: Shop) -> int:
    return len([line for line in shop.lines_to("zhangsan") if "支付通道维护" in line])


def split_anew(crypto: CallbackCrypto, request: Request) -> list[Request]:
    """The same request with timestamp and nonce cut elsewhere: the signature joins them without a separator."""
    query, encrypted = request.query, request.body.decode().split("<Encrypt><![CDATA[")[1].split("]]>")[0]
    joined = query["timestamp"] + query["nonce"]
    found: list[Request] = []
    for place in range(1, len(joined)):
        stamp, nonce = joined[:place], joined[place:]
        same = crypto.signature(stamp, nonce, encrypted) == query["msg_signature"]
        if same and stamp != query["timestamp"]:
            found.append(Request({**query, "timestamp": stamp, "nonce": nonce}, request.body))
    return found


async def test_a_request_that_is_played_again_has_no_second_effect(shop: Shop) -> None:
    await a_case(shop)
    crypto = shop.wecom.config.crypto()
    xml = command(shop, f"/原因 {NO} 支付通道维护")
    request = next(one for _ in range(10_000) if split_anew(crypto, one := _numbered(shop, crypto, xml)))

    assert await call(shop, request) == (200, b"")
    assert effects(shop) == 1

    assert await call(shop, request) == (200, b"")
    for other in split_anew(crypto, request):
        assert await call(shop, other) == (200, b"")
    assert await call(shop, sealed(shop, xml)) == (200, b"")
    shop.clock.advance(timedelta(minutes=10, seconds=1))
    assert await call(shop, request) == (200, b"")
    for other in split_anew(crypto, request):
        assert await call(shop, other) == (200, b"")
    assert effects(shop) == 1


def _numbered(shop: Shop, crypto: CallbackCrypto, xml: str) -> Request:
    """A request whose nonce is a number that begins much as the timestamp does: sorted, they stand side by side.

    Once it began with a 2, and a token that was drawn as 18… stood between them.
    """
    stamp = str(int(shop.clock.now().timestamp()))
    nonce = f"{int(stamp[:4]) + 1}{secrets.randbelow(10**6):06}"
    envelope = crypto.seal(xml.encode(), timestamp=stamp, nonce=nonce)
    query = {"msg_signature": envelope.signature, "timestamp": stamp, "nonce": nonce}
    return Request(query, enveloped(shop, envelope.encrypted))


# --- S-04: hostile XML ---------------------------------------------------------------------------------------


def bombs(address: str) -> dict[str, str]:
    """Classic payloads; the last ones are within 64 KiB and deep."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(10))
    attributes = " ".join(f'a{n}="1"' for n in range(5_000))
    return {
        "a file": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml>&e;</xml>',
        "an address": f'<!DOCTYPE x [<!ENTITY e SYSTEM "{address}">]><xml>&e;</xml>',
        "a public id": f'<!DOCTYPE x PUBLIC "p" "{address}"><xml></xml>',
        "an external DTD": f'<!DOCTYPE x SYSTEM "{address}"><xml></xml>',
        "a parameter entity": f'<!DOCTYPE x [<!ENTITY % p SYSTEM "{address}"> %p;]><xml></xml>',
        "a billion laughs": f"<!DOCTYPE x [{laughs}]><xml>&l9;</xml>",
        "a quadratic blow-up": f'<!DOCTYPE x [<!ENTITY a "{"a" * 30_000}">]><xml>{"&a;" * 5000}</xml>',
        "an inclusion": f'<xml xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{address}"/></xml>',
        "a stylesheet": f'<?xml-stylesheet href="{address}"?><xml></xml>',
        "another encoding": '<?xml version="1.0" encoding="UTF-16"?><xml><Encrypt>x</Encrypt></xml>',
        "a depth": "<a>" * 9_000 + "</a>" * 9_000,
        "a depth of 100000": "<a>" * 100_000 + "</a>" * 100_000,
        "many attributes": f"<xml {attributes}></xml>",
        "a long name": f"<{'a' * 60_000}/>",
    }


async def test_no_xml_reads_a_file_an_address_or_much_time(shop: Shop) -> None:
    asked: list[str] = []

    async def anything(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(text="secret")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", anything)
    async with TestServer(app) as server:
        for what, bomb in bombs(str(server.make_url("/stolen"))).items():
            too_large = len(bomb) > 64 * 1024
            as_envelope = await post(shop, Request({}, bomb.encode()))
            assert as_envelope == ((413, b"too large") if too_large else REFUSED), what
            inside = sealed(shop, bomb)
            refused = (413, b"too large") if len(inside.body) > 64 * 1024 else REFUSED
            assert await post(shop, inside) in {refused, (200, b"")}, what
    assert asked == []
    assert shop.lines_to("zhangsan") == []


# --- S-07: guessed -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("guesses", [1_000, pytest.param(GUESSES, marks=pytest.mark.long)])
def test_of_so_many_guessed_keys_none_is_a_button(guesses: int) -> None:
    keys, card, dice = ButtonKeys(b"secret"), LetterId("l1"), random.Random(2)
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    real = keys.key(card, 1, Tap.SEND)
    for number in range(guesses):
        place = number % len(real)
        near = real[:place] + dice.choice(letters.replace(real[place], "")) + real[place + 1 :]
        guess = near if number % 2 else "".join(dice.choices(letters, k=len(real)))
        assert keys.read(card, 1, guess) is None
    assert keys.read(LetterId("l2"), 1, real) is None
    assert keys.read(card, 1, real) == (Tap.SEND, 1)


@pytest.mark.parametrize("guesses", [100, pytest.param(GUESSES, marks=pytest.mark.long)])
async def test_guessed_cards_and_keys_do_nothing_and_are_answered(tmp_path: Path, guesses: int) -> None:
    async with a_shop(Deployment.embedded(tmp_path), rules={"ladder": []}) as shop:
        await guess(shop, guesses)


async def guess(shop: Shop, guesses: int) -> None:
    await a_case(shop)
    (push,) = shop.cards_of("wangwu")
    key = push.face("wangwu").buttons[0].key
    for number in range(0, guesses, 50):
        requests = [
            sealed(shop, click(shop, secrets.token_hex(16), key))
            if one % 2
            else sealed(shop, click(shop, push.task_id, secrets.token_hex(13)))
            for one in range(number, min(number + 50, guesses))
        ]
        assert set(await asyncio.gather(*(post(shop, request) for request in requests))) == {(200, b"")}
        await shop.settled()
        await shop.passes(minutes=3)

    (case,) = await shop.anomalies()
    assert (case["state"], case["owner"]) == ("open", None)
    assert any("卡片已失效" in line for line in shop.lines_to("zhangsan"))
