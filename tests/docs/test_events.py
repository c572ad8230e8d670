"""docs/events.md: every request in it is made, in order, and every answer in it is the one that is given."""

from datetime import datetime
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
import yaml

from bot.settings import load
from bot.sources.cloudevents import EVERYTHING
from bot.sources.eventdata import (
    ContactData,
    CustomerData,
    Data,
    Envelope,
    ItemData,
    RefundData,
    RetractedData,
    ShortData,
    StageData,
)
from bot.web.intake import BATCH, MOST_BYTES, MOST_EVENTS, ONE
from bot.web.tokens import load_tokens
from rules.events import EventType
from rules.stages import Stage, Status
from tests.deployment import Deployment
from tests.docs.calling import Answer, answer_of, call_of, differences
from tests.docs.pages import DOCS, blocks, code_in, code_words, prose, table_of, tables
from tests.scenarios.shop import INGEST, READ, Shop, a_shop

PAGE = DOCS / "events.md"
TOKENS = DOCS / "examples" / "tokens.yaml"
NOW = datetime.fromisoformat("2025-12-22T13:25:00+08:00")


async def test_each_answer_is_the_one_that_is_given(tmp_path: Path) -> None:
    calls = [pair for pair in pairwise(blocks(PAGE)) if pair[0].text.startswith("curl ")]
    assert len(calls) >= 12
    async with a_shop(
        Deployment.embedded(tmp_path), start=NOW, DINGDAN_INGEST__TOKENS_FILE=str(TOKENS)
    ) as shop:
        for asked, shown in calls:
            variables = {"URL": shop.address, "TOKEN": INGEST, "READ": READ}
            call, expected = call_of(asked, variables), answer_of(shown)
            given = await answered(shop, call.url, dict(call.headers), call.body)
            assert (given.status, given.content_type) == (expected.status, expected.content_type), asked
            assert differences(expected.body, given.body) == [], f"{shown}: {given.body}"


async def answered(shop: Shop, url: str, headers: dict[str, str], body: str | None) -> Answer:
    method = "GET" if body is None else "POST"
    async with shop.http.request(method, url, headers=headers, data=body and body.encode()) as response:
        answer = Answer(
            status=response.status,
            content_type=response.content_type,
            body=await response.json(content_type=None),
        )
    await shop.settled()
    return answer


def test_the_attributes_are_those_of_the_envelope() -> None:
    rows = table_of(PAGE, "属性").rows
    required = {field.encode_name: field.required for field in msgspec.structs.fields(Envelope)}
    assert {code_in(row["属性"]): row["必填"] == "是" for row in rows} == required | {"subject": True}


def test_each_type_has_its_data() -> None:
    own = {
        EventType.STAGE: StageData,
        EventType.STOCK_SHORT: ShortData,
        EventType.CONTACTED: ContactData,
        EventType.REFUND_REQUESTED: RefundData,
        EventType.RETRACTED: RetractedData,
    }
    rows = table_of(PAGE, "类型").rows
    assert [code_in(row["类型"]) for row in rows] == list(EventType)
    for row in rows:
        annotations = own.get(EventType(code_in(row["类型"])), Data).__annotations__
        special = annotations if code_in(row["类型"]) in own else {}
        assert set(code_words(row["特有的 `data`"])) == set(special), row


def test_the_fields_of_any_event_are_those_that_are_read() -> None:
    rows = {code_in(row["字段"]): row for row in table_of(PAGE, "字段").rows}
    assert list(rows) == list(Data.__struct_fields__)
    assert set(code_words(rows["customer"]["含义"])) == set(CustomerData.__struct_fields__)
    item = code_in(rows["items"]["含义"])
    assert msgspec.json.decode(item, type=list[ItemData])[0].klass == "猫砂"


def test_stages_and_statuses_are_named() -> None:
    words = code_words(prose(PAGE))
    assert [word for word in words if word in set(Stage)][: len(Stage)] == list(Stage)
    assert set(Status) <= set(words)
    assert {ONE, BATCH} <= set(words)


def test_the_sizes_are_those_of_the_intake() -> None:
    too_large = next(row for row in table_of(PAGE, "状态").rows if row["状态"] == "413")
    assert f"超过 {MOST_EVENTS} 个事件或 {MOST_BYTES >> 20} MiB" in too_large["何时"]


def test_the_tokens_give_what_their_comments_say() -> None:
    grants = load_tokens(load({"DINGDAN_INGEST__TOKENS_FILE": str(TOKENS)})).grants
    erp, wms = grants["change-me-erp"], grants["change-me-wms"]
    assert (erp.types, erp.shops, erp.customer, erp.source_prefix) == (EVERYTHING.types, None, True, "/erp")
    assert (wms.customer, wms.shops, wms.source_prefix) == (False, ("main",), "/wms/hz1")
    assert EventType.CREATED not in wms.types


@pytest.mark.parametrize(
    ("entry", "customer"),
    [({}, False), ({"types": ["order.created"]}, True), ({"customer": True}, True)],
)
def test_who_may_name_customers_is_as_the_table_says(
    entry: dict[str, object], customer: bool, tmp_path: Path
) -> None:
    file = tmp_path / "tokens.yaml"
    file.write_text(yaml.safe_dump({"some-token": entry}), "utf-8")
    grant = load_tokens(load({"DINGDAN_INGEST__TOKENS_FILE": str(file)})).grants["some-token"]
    assert grant.customer is customer
    (keys,) = [table.column("键") for table in tables(PAGE) if table.head[0] == "键"]
    assert [code_in(key) for key in keys] == ["source", "shops", "types", "customer"]
