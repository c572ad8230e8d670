"""What does a source get to hear for what it sends? Exact answers, and for every fault the field that is to be mended."""

import gzip
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.web import intake
from handlers.ports import StoreUnavailableError
from tests.deployment import Deployment
from tests.scenarios.shop import INGEST, READ, Shop, a_shop

NO = "DB20251222-883"
ONE, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: Any


async def send(
    shop: Shop,
    content: object,
    *,
    content_type: str | None = ONE,
    token: str | None = INGEST,
    **headers: str,
) -> Answer:
    """Send anything at all to the intake."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    given = {"Authorization": f"Bearer {token}"} if token else {}
    given |= {"Content-Type": content_type} if content_type else {}
    async with shop.http.post(
        f"{shop.address}/api/events",
        data=io.BytesIO(body),
        headers={**given, **headers},
        skip_auto_headers=() if content_type else ("Content-Type",),
    ) as response:
        answer = Answer(response.status, dict(response.headers), await response.json(content_type=None))
    await shop.settled()
    return answer


def paid(shop: Shop, number: str = NO, **changed: Any) -> Event:
    event = shop.event("order.stage", number, stage="payment", status="completed")
    data = {**event["data"], **changed.pop("data", {})}
    return {**event, "data": data, **changed}


def accepted(number: int, duplicates: int = 0, rejected: Sequence[object] = ()) -> dict[str, object]:
    return {"accepted": number, "duplicates": duplicates, "rejected": list(rejected)}


# --- what is taken in -----------------------------------------------------------------------------------


async def test_one_event_is_accepted_and_a_repeat_of_it_is_a_duplicate(shop: Shop) -> None:
    event = paid(shop)

    first, second = await send(shop, event), await send(shop, event)

    assert (first.status, first.body) == (202, accepted(1))
    assert (second.status, second.body) == (202, accepted(0, 1))


async def test_the_same_content_in_another_order_of_keys_is_a_duplicate_too(shop: Shop) -> None:
    event = paid(shop)
    await send(shop, event)

    answer = await send(shop, json.dumps(event, sort_keys=True, indent=2).encode())

    assert answer.body == accepted(0, 1)


async def test_what_nobody_can_read_in_an_unknown_part_is_the_same_only_when_written_alike(
    shop: Shop,
) -> None:
    known = json.dumps(paid(shop)).encode()
    event = known[:-1] + b', "weight": 1e999}'
    await send(shop, event)

    repeat, other = await send(shop, event), await send(shop, event.replace(b"1e999", b"1e9999"))

    assert repeat.body == accepted(0, 1)
    assert (other.status, other.body["field"]) == (400, "conflict")


async def test_another_content_under_the_same_id_is_a_conflict_and_changes_nothing(shop: Shop) -> None:
    event = paid(shop)
    await send(shop, event)
    other = {**event, "data": {**event["data"], "stage": "transit"}}

    answer = await send(shop, other)

    assert (answer.status, answer.body["field"]) == (400, "conflict")
    assert (await shop.order(NO))["stage"] == "confirm"
    in_batch = await send(shop, [other, event], content_type=BATCH)
    assert in_batch.status == 202
    assert (in_batch.body["accepted"], in_batch.body["duplicates"]) == (0, 1)
    (fault,) = in_batch.body["rejected"]
    assert (fault["index"], fault["field"]) == (0, "conflict")


async def test_of_a_batch_the_good_ones_are_taken_in_and_each_bad_one_is_named(shop: Shop) -> None:
    good, again = paid(shop, "A1"), paid(shop, "A2")
    batch = [
        good,
        paid(shop, "A3", type="order.paid"),
        again,
        again,
        {**paid(shop, "A4"), "time": "yesterday"},
        7,
        paid(shop, "A5", data={"stage": "shipping"}),
    ]

    answer = await send(shop, batch, content_type=BATCH)

    assert answer.status == 202
    assert (answer.body["accepted"], answer.body["duplicates"]) == (2, 1)
    faults = {fault["index"]: fault["field"] for fault in answer.body["rejected"]}
    assert set(faults) == {1, 4, 5, 6}
    assert (faults[1], faults[4], faults[6]) == ("type", "time", "data.stage")
    assert all(fault["error"] for fault in answer.body["rejected"])
    assert (await shop.order("A1"))["stage"] == "confirm"
    assert (await ask(shop, "/api/orders/A5")).status == 404


async def test_an_empty_batch_is_a_batch(shop: Shop) -> None:
    answer = await send(shop, [], content_type=BATCH)

    assert (answer.status, answer.body) == (202, accepted(0))


async def test_500_events_are_taken_and_501_are_too_many(shop: Shop) -> None:
    batch = [paid(shop, f"N{number}") for number in range(501)]

    assert (await send(shop, batch, content_type=BATCH)).status == 413
    answer = await send(shop, batch[:500], content_type=BATCH)
    assert (answer.status, answer.body) == (202, accepted(500))


async def test_unknown_fields_are_kept_and_disturb_nobody(shop: Shop) -> None:
    answer = await send(shop, paid(shop, traceparent="00-ab", data={"wave": 7, "note": "波次 7"}))

    assert answer.body == accepted(1)
    assert (await shop.order(NO))["last_operation"]["note"] == "波次 7"


async def test_an_event_without_a_shop_is_of_the_main_one(shop: Shop) -> None:
    await send(shop, paid(shop))

    assert (await shop.order(NO))["shop"] == "main"


# --- what is refused, and which field is to be mended -----------------------------------------------------


def without(name: str) -> Mapping[str, Any]:
    return {"without": name}


FAULTS: Sequence[tuple[Mapping[str, Any], str]] = (
    (without("id"), "id"),
    (without("source"), "source"),
    (without("type"), "type"),
    (without("time"), "time"),
    (without("specversion"), "specversion"),
    (without("subject"), "subject"),
    ({"specversion": "0.3"}, "specversion"),
    ({"id": ""}, "id"),
    ({"id": "x" * 201}, "id"),
    ({"source": 7}, "source"),
    ({"type": "order.stages"}, "type"),
    ({"type": None}, "type"),
    ({"subject": ""}, "subject"),
    ({"subject": "tracking:"}, "subject"),
    ({"subject": "A" * 81}, "subject"),
    ({"subject": "A\nB"}, "subject"),
    ({"subject": 883}, "subject"),
    ({"time": "2026-03-02T10:00:00"}, "time"),
    ({"time": "02.03.2026"}, "time"),
    ({"time": 1772417101}, "time"),
    ({"time": "1970-01-01T00:00:00Z"}, "time"),
    ({"data": {"stage": "shipping"}}, "stage"),
    ({"data": {"stage": None}}, "stage"),
    ({"data": {"status": "done"}}, "status"),
    ({"data": {"parcels": 0}}, "parcels"),
    ({"data": {"amount_fen": -1}}, "amount_fen"),
    ({"data": {"amount_fen": 12.5}}, "amount_fen"),
    ({"data": {"tags": "618"}}, "tags"),
    ({"data": {"items": [{"qty": 1}]}}, "items[0].sku"),
    ({"data": {"customer": "陈女士"}}, "customer"),
    ({"data": {"not_before": "2026-03-05T10:00:00"}}, "not_before"),
    ({"data": {"skip": ["paying"]}}, "skip[0]"),
    ({"data": {"refs": [""]}}, "refs[0]"),
)
NEEDS: Sequence[tuple[str, Event, str]] = (
    ("order.stage", {"status": "started"}, "stage"),
    ("order.stage", {"stage": "payment"}, "status"),
    ("stock.short", {"qty_short": "many"}, "qty_short"),
    ("order.refund_requested", {"refund_fen": "99"}, "refund_fen"),
    ("event.retracted", {"id": "e1"}, "source"),
    ("event.retracted", {"source": "/erp"}, "id"),
    ("customer.contacted", {"channel": 7}, "channel"),
)


async def test_a_faulty_event_names_its_faulty_field(shop: Shop) -> None:
    for changed, field in FAULTS:
        event = paid(shop, **{name: value for name, value in changed.items() if name != "without"})
        event.pop(changed.get("without", ""), None)

        answer = await send(shop, event)

        assert answer.status == 400, changed
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert answer.body["field"].removeprefix("data.") == field, changed
        assert answer.body["detail"]


async def test_what_a_type_needs_is_asked_for(shop: Shop) -> None:
    for kind, data, field in NEEDS:
        answer = await send(shop, shop.event(kind, NO, **data))

        assert (answer.status, answer.body["field"].removeprefix("data.")) == (400, field), kind


async def test_an_unknown_word_is_answered_with_those_that_are_known(shop: Shop) -> None:
    answer = await send(shop, paid(shop, data={"stage": "shipping"}))

    assert all(stage in answer.body["detail"] for stage in ("payment", "pickup", "transit"))


async def test_five_minutes_ahead_is_taken_and_more_is_refused(shop: Shop) -> None:
    in_time = shop.event("order.stage", "A1", ago=-timedelta(minutes=5), stage="payment", status="started")
    too_far = shop.event(
        "order.stage", "A2", ago=-timedelta(minutes=5, milliseconds=1), stage="payment", status="started"
    )

    assert (await send(shop, in_time)).status == 202
    answer = await send(shop, too_far)
    assert (answer.status, answer.body["field"]) == (400, "time")


async def test_what_is_no_json_is_refused(shop: Shop) -> None:
    bodies = [b"", b"{", b"\xff\xfe{}", b"[" * 100_000, b'{"a":NaN}', b"null x", "订单".encode("gbk")]
    for body in bodies:
        for content_type in (ONE, BATCH):
            answer = await send(shop, body, content_type=content_type)

            assert answer.status == 400, body[:20]
            assert answer.headers["Content-Type"].startswith("application/problem+json")


async def test_json_that_is_no_event_or_no_list_of_them_is_refused(shop: Shop) -> None:
    for body in (b"{}", b"[]", b'"text"', b"7", b"null", b"true"):
        assert (await send(shop, body)).status == 400, body
    for body in (b"{}", b'"text"', b"7", b"null"):
        assert (await send(shop, body, content_type=BATCH)).status == 400, body


async def test_half_a_character_is_refused_and_breaks_nothing(shop: Shop) -> None:
    body = json.dumps(paid(shop, data={"note": "half"})).replace("half", "\\ud83d").encode()

    assert (await send(shop, body)).status == 400
    assert (await send(shop, paid(shop))).status == 202


# --- the request itself -------------------------------------------------------------------------------------


async def test_another_content_type_is_unsupported(shop: Shop) -> None:
    for content_type in ("application/json", "text/plain", "application/xml", None):
        assert (await send(shop, paid(shop), content_type=content_type)).status == 415, content_type


async def test_binary_mode_is_unsupported(shop: Shop) -> None:
    event = paid(shop)
    headers = {f"ce-{name}": str(event[name]) for name in ("id", "source", "type", "specversion")}

    answer = await send(shop, event["data"], content_type="application/json", **headers)

    assert answer.status == 415
    assert ONE in answer.body["detail"]


@pytest.mark.parametrize("body", [gzip.compress(b"{}"), b"no gzip at all"])
async def test_a_compressed_body_is_not_read_whether_it_can_be_unpacked_or_not(
    shop: Shop, body: bytes
) -> None:
    answer = await send(shop, body, **{"Content-Encoding": "gzip"})

    assert answer.status == 415
    assert "Content-Encoding" in answer.body["detail"]


async def test_a_charset_is_no_other_content_type(shop: Shop) -> None:
    assert (await send(shop, paid(shop), content_type=f"{ONE}; charset=utf-8")).status == 202


async def test_without_the_right_token_nothing_is_read(shop: Shop) -> None:
    for token in (None, "", "wrong", READ, INGEST[:-1], INGEST + "x"):
        answer = await send(shop, paid(shop), token=token)

        assert answer.status == 401, token
        assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_a_mebibyte_is_taken_and_a_byte_more_is_too_large(shop: Shop) -> None:
    event = json.dumps(paid(shop)).encode()

    exactly = event + b" " * ((1 << 20) - len(event))
    assert (await send(shop, exactly)).status == 202
    assert (await send(shop, exactly + b" ")).status == 413


async def test_when_too_much_is_waiting_the_source_is_asked_to_come_back(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = paid(shop)
    with monkeypatch.context() as patch:
        patch.setattr(intake, "MOST_BYTES_HELD", 0)
        answer = await send(shop, event)

    assert answer.status == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert (await send(shop, event)).body == accepted(1)


async def test_when_the_database_is_away_the_source_is_asked_to_come_back(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unavailable(*_: object, **__: object) -> None:
        raise StoreUnavailableError("the database is away")

    event = paid(shop)
    with monkeypatch.context() as patch:
        patch.setattr("bot.ingest.take_in", unavailable)
        answer = await send(shop, event)

    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert (await send(shop, event)).body == accepted(1)


# --- tokens that may not send everything ----------------------------------------------------------------------


async def test_a_token_of_the_file_sends_what_it_was_given_for(
    deployment: Deployment, tmp_path: Path
) -> None:
    grants = {
        "wms-token": {"source": "/wms/", "shops": ["north", "south"], "types": ["order.stage"]},
        "erp-token": {"source": "/erp"},
    }
    tokens = tmp_path / "tokens.yaml"
    tokens.write_text(yaml.safe_dump(grants), "utf-8")
    async with a_shop(deployment, DINGDAN_INGEST__TOKENS_FILE=str(tokens)) as shop:

        async def refused(event: Event, token: str = "wms-token") -> str:
            answer = await send(shop, event, token=token)
            return answer.body["field"] if answer.status == 400 else ""

        assert await refused(paid(shop, source="/wms/hz1", data={"shop": "south"})) == ""
        assert await refused(paid(shop, source="/wms/hz1")) == "", "the first shop is its default"
        assert (await shop.order(NO, shop="north"))["shop"] == "north"
        assert await refused(paid(shop, source="/erp")) == "source"
        assert await refused(paid(shop, source="/wms/hz1", data={"shop": "main"})) == "data.shop"
        assert await refused({**shop.event("order.cancelled", NO), "source": "/wms/hz1"}) == "type"
        customer = shop.event("order.created", NO, customer={"name": "陈女士"})
        assert await refused(customer, token="erp-token") == "data.customer"
        assert await refused(customer, token=INGEST) == ""


# --- reading it back --------------------------------------------------------------------------------------------


async def ask(shop: Shop, path: str, token: str = READ) -> Answer:
    headers = {"Authorization": f"Bearer {token}"}
    async with shop.http.get(f"{shop.address}{path}", headers=headers) as response:
        return Answer(response.status, dict(response.headers), await response.json(content_type=None))


async def test_a_number_that_two_shops_have_is_answered_with_their_names(shop: Shop) -> None:
    for name in ("north", "south"):
        await send(shop, paid(shop, data={"shop": name}))

    answer = await ask(shop, f"/api/orders/{NO}")

    assert (answer.status, sorted(answer.body["shops"])) == (409, ["north", "south"])
    assert (await ask(shop, f"/api/orders/{NO}?shop=north")).status == 200


async def test_an_order_nobody_has_heard_of_is_not_found(shop: Shop) -> None:
    assert (await ask(shop, "/api/orders/NOBODY")).status == 404


async def test_reads_need_the_token_for_reads(shop: Shop) -> None:
    for path in (f"/api/orders/{NO}", "/api/anomalies"):
        for token in ("", INGEST):
            assert (await ask(shop, path, token=token)).status == 401
