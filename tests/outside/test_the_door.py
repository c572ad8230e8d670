"""What comes in from outside is answered as the contract says, whatever it is, and however much of it."""

import asyncio
import json
import time
from datetime import timedelta

import pytest

from tests.outside.shop import BATCH, LIMIT, ONE, Shop, event, found

pytestmark = [pytest.mark.processes, pytest.mark.asyncio(loop_scope="module")]

MEBIBYTE, CALLBACK_BYTES = 1 << 20, 64 * 1024


async def test_the_service_says_that_it_is_alive_and_ready_and_what_it_speaks(shop: Shop) -> None:
    assert (await shop.get("/healthz")).status == 200
    assert (await shop.get("/readyz")).body["status"] == "ready"
    assert (await shop.get("/openapi.json")).body["openapi"].startswith("3.1")
    assert "dingdan_events_total" in (await shop.get("/metrics")).body


# --- events ---------------------------------------------------------------------------


async def test_of_a_batch_every_event_is_accounted_for(shop: Shop) -> None:
    good = event("order.changed", "DOOR-1")
    batch = [good, good, {**good, "subject": "DOOR-2"}, {**good, "id": "x", "type": "order.lost"}, 7]

    answer = await shop.post(batch, BATCH)

    assert answer.status == 202
    assert (answer.body["accepted"], answer.body["duplicates"]) == (1, 1)
    assert [(fault["index"], fault["field"]) for fault in answer.body["rejected"]] == [
        (2, "conflict"),
        (3, "type"),
        (4, "data"),
    ]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"type": "order.lost"}, "type"),
        ({"subject": "  "}, "subject"),
        ({"time": "2026-03-02T10:00:00"}, "time"),
        ({"data": {"stage": "lost", "status": "started"}}, "data.stage"),
        ({"data": {"stage": "payment", "status": "lost"}}, "data.status"),
    ],
)
async def test_a_faulty_event_names_its_fault(shop: Shop, changed: dict[str, object], field: str) -> None:
    answer = await shop.post({**event("order.stage", "DOOR-3", stage="payment", status="started"), **changed})

    assert (answer.status, answer.body["field"]) == (400, field)


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", ONE, 400),
        (b"[" * 100_000, BATCH, 400),
        (b'{"id": "\xff"}', ONE, 400),
        (b"{}", "application/json", 415),
        (b" " * (MEBIBYTE + 1), ONE, 413),
        (json.dumps([{}] * 501).encode(), BATCH, 413),
    ],
    ids=["half", "deep", "no-utf8", "other-type", "too-large", "too-many"],
)
async def test_what_cannot_be_read_is_refused(shop: Shop, content: bytes, kind: str, status: int) -> None:
    assert (await shop.post(content, kind)).status == status


async def test_each_token_opens_its_own_door_only(shop: Shop) -> None:
    assert (await shop.post(event("order.changed", "DOOR-4"), token=shop.read)).status == 401
    assert (await shop.get("/api/orders/DOOR-4")).status == 404
    shop.read, kept = shop.ingest, shop.read
    assert (await shop.get("/api/orders/DOOR-4")).status == 401
    shop.read = kept


async def test_five_thousand_events_at_once_delay_no_card(shop: Shop) -> None:
    batches = [[event("order.changed", f"DOOR-{batch}-{n}") for n in range(100)] for batch in range(50)]
    limit = time.time() + 3
    await shop.late_payment("DOOR-LATE", since=LIMIT - timedelta(seconds=3))

    await asyncio.gather(*(shop.report(*batch) for batch in batches))

    assert (await shop.group_card("DOOR-LATE")).at - limit < 1


# --- callbacks ------------------------------------------------------------------------


async def test_the_address_proves_itself(shop: Shop) -> None:
    echo = shop.wecom.envelope.encrypt("1616140317555161061")
    query = {**shop.wecom.envelope.query(echo), "echostr": echo}

    answer = await shop.verify(query)

    assert (answer.status, answer.body) == (200, "1616140317555161061")
    assert answer.seconds < 1
    assert (await shop.verify({**query, "msg_signature": "0" * 40})).status == 401


async def test_what_is_repeated_in_other_envelopes_has_one_effect(shop: Shop) -> None:
    asked = shop.wecom.text("lisi", "/值班")

    answers = await asyncio.gather(*(shop.push(asked) for _ in range(3)))
    await shop.push(shop.wecom.text("lisi", "/帮助"))

    assert [answer.status for answer in answers] == [200] * 3
    lines = await found(lambda: shop.wecom.ledger.lines("lisi")[1:] and shop.wecom.ledger.lines("lisi"))
    assert ["值班经理：王五" in line for line in lines] == [True, False]


async def test_whatever_is_not_from_wecom_gets_one_and_the_same_answer(shop: Shop) -> None:
    envelope = shop.wecom.envelope
    good, foreign = envelope.seal(shop.wecom.text("lisi", "/P1")), envelope.seal("<xml/>", receiver="wwOther")

    answers = [
        await shop.callback(good, msg_signature="0" * 40),
        await shop.callback(good, nonce="another"),
        await shop.callback(foreign),
        await shop.push("<xml><not closed"),
        await shop.push('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml>&e;</xml>'),
    ]

    assert {(answer.status, answer.body) for answer in answers} == {(401, "not authentic")}


async def test_what_is_too_large_is_not_read(shop: Shop) -> None:
    assert (await shop.push("x" * CALLBACK_BYTES)).status == 413


async def test_what_nobody_waits_for_is_received_and_forgotten(shop: Shop) -> None:
    unknown = shop.wecom.text("lisi", "x").replace("<MsgType>text", "<MsgType>smoke_signal")

    assert (await shop.push(unknown)).status == 200
