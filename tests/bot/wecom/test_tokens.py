"""One token for everybody, renewed once for all who find it stale; no call waits for ever."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from bot.clock import ManualClock
from bot.redis import EMBEDDED, open_redis
from bot.wecom import client as calls
from bot.wecom.answers import Answer, NoAnswerError, NoTokenError, NotSentError
from bot.wecom.client import SEND_MESSAGE, WecomClient
from tests.bot.wecom.api import OK, OtherSide, a_client, refusal

STALE = [40014, 41001, 42001]


@asynccontextmanager
async def speaking_to(side: OtherSide, clock: ManualClock | None = None) -> AsyncGenerator[WecomClient]:
    async with (
        side.listening() as address,
        open_redis(EMBEDDED) as cache,
        a_client(address, cache, clock or ManualClock()) as client,
    ):
        yield client


async def send(client: WecomClient) -> Answer:
    return await client.call(SEND_MESSAGE, b"{}")


@pytest.mark.parametrize("code", STALE)
async def test_a_stale_token_is_renewed_and_the_call_made_again_once(code: int) -> None:
    side = OtherSide()
    async with speaking_to(side) as client:
        assert (await send(client)).ok
        side.judge = lambda token: OK if token == "t2" else refusal(code)

        assert (await send(client)).ok

    assert side.tokens_used == ["t1", "t1", "t2"]


async def test_a_token_that_another_process_has_ended_since_is_renewed_once_more() -> None:
    """`dingdan doctor` beside a service of the same app, where the new token ends the old one."""
    side = OtherSide(judge=lambda token: OK if token == "t2" else refusal(40014))
    async with speaking_to(side) as client:
        await client.renew_token()

        assert (await send(client)).ok

    assert side.tokens_used == ["t1", "t2"]


@pytest.mark.parametrize("code", STALE)
async def test_a_server_that_always_calls_it_stale_sees_two_sends_and_one_fetch_per_attempt(
    code: int,
) -> None:
    side = OtherSide(judge=lambda _: refusal(code))
    async with speaking_to(side) as client:
        for attempt in range(1, 6):
            sends, fetches = len(side.tokens_used), side.fetches
            assert (await send(client)).code == code

            assert len(side.tokens_used) - sends <= 2
            assert side.fetches - fetches == 1, attempt


@pytest.mark.parametrize("repeats", [True, False], ids=["the same token again", "a new token"])
async def test_a_hundred_who_find_it_stale_share_one_refresh(repeats: bool) -> None:
    side = OtherSide()
    if repeats:
        side.gives = lambda _: OK | {"access_token": "t1"}
    async with speaking_to(side) as client:
        assert (await send(client)).ok
        side.judge, side.meeting = lambda _: refusal(42001), asyncio.Barrier(100)

        answers = await asyncio.gather(*(send(client) for _ in range(100)))

    assert {answer.code for answer in answers} == {42001}
    assert side.fetches == 2
    assert len(side.tokens_used) == 1 + 200


async def test_a_hundred_who_come_before_there_is_a_token_share_one_fetch() -> None:
    side = OtherSide()
    async with speaking_to(side) as client:
        await asyncio.gather(*(send(client) for _ in range(100)))

    assert side.fetches == 1


@pytest.mark.parametrize("repeats", [True, False], ids=["the same token again", "a new token"])
async def test_replicas_share_one_refresh(redis: str, repeats: bool) -> None:
    side, clock = OtherSide(), ManualClock()
    if repeats:
        side.gives = lambda _: OK | {"access_token": "t1"}
    async with (
        side.listening() as address,
        open_redis(redis) as one,
        open_redis(redis) as other,
        a_client(address, one, clock) as here,
        a_client(address, other, clock) as there,
    ):
        assert (await send(here)).ok
        assert (await send(there)).ok
        assert side.fetches == 1
        side.judge, side.meeting = lambda _: refusal(40014), asyncio.Barrier(100)

        await asyncio.gather(*(send(client) for _ in range(50) for client in (here, there)))

    assert side.fetches == 2


async def test_who_has_lost_redis_keeps_a_token_of_its_own(redis: str) -> None:
    side = OtherSide()
    nowhere = redis.replace("redis.sock", "nobody.sock")
    async with (
        side.listening() as address,
        open_redis(nowhere) as cache,
        a_client(address, cache, ManualClock()) as client,
    ):
        assert (await send(client)).ok
        assert (await send(client)).ok

    assert side.fetches == 1


# --- no token ---------------------------------------------------------------------------------------------


async def test_a_wrong_secret_is_tried_once_a_minute_whoever_wants_to_send() -> None:
    """WeCom locks out an address that asks too often (page 90313)."""
    side, clock = OtherSide(gives=lambda _: refusal(40001)), ManualClock()
    async with speaking_to(side, clock) as client:
        for _ in range(100):
            with pytest.raises(NoTokenError, match="40001"):
                await send(client)
        assert side.fetches == 1

        clock.advance(timedelta(seconds=61))
        side.gives = lambda _: OK | {"access_token": "t"}
        assert (await send(client)).ok

    assert side.tokens_used == ["t"]


async def test_who_is_busy_is_asked_again_at_the_next_attempt() -> None:
    side = OtherSide(gives=lambda _: refusal(-1))
    async with speaking_to(side) as client:
        for _ in range(2):
            with pytest.raises(NoTokenError):
                await send(client)

    assert side.fetches == 2


@pytest.mark.parametrize("body", [OK, OK | {"access_token": None}])
async def test_an_answer_without_a_token_is_none_and_nothing_was_sent(body: dict[str, Any]) -> None:
    side = OtherSide(gives=lambda _: body)
    async with speaking_to(side) as client:
        with pytest.raises(NotSentError):
            await send(client)

    assert side.tokens_used == []


async def test_no_text_of_an_error_holds_a_token_or_a_secret() -> None:
    side = OtherSide(gives=lambda _: {"errmsg": "?"})
    async with speaking_to(side) as client:
        with pytest.raises(NotSentError) as raised:
            await send(client)

    assert "s" not in str(raised.value).split("=")
    assert "corpsecret" not in json.dumps([str(raised.value), repr(raised.value)])


# --- in time ----------------------------------------------------------------------------------------------


async def test_a_server_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    soon = calls.aiohttp.ClientTimeout(total=0.1)
    patient: Any = vars(WecomClient)["_request"]  # whose patience was TIMEOUT when it was defined
    monkeypatch.setitem(patient.__kwdefaults__, "within", soon)
    monkeypatch.setattr(calls, "TOKEN_TIMEOUT", soon)
    for path, error in (("send", NoAnswerError), ("gettoken", NotSentError)):
        async with speaking_to(OtherSide(hangs_at=path)) as client:
            with pytest.raises(error):
                await asyncio.wait_for(send(client), 30)


async def test_who_waits_for_a_token_that_another_fetches_gives_up_and_has_sent_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(calls, "TOKEN_WAIT_SECONDS", 0.1)
    side = OtherSide(hangs_at="gettoken")
    async with speaking_to(side) as client:
        outcomes = await asyncio.gather(*(send(client) for _ in range(10)), return_exceptions=True)

    assert all(isinstance(outcome, NotSentError) for outcome in outcomes)
    assert side.tokens_used == []
