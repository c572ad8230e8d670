"""What happened to a case, and what became of each letter about it? Told to programs, and on the case's page."""

import re
from typing import Any

from tests.scenarios.pages import at_the_case
from tests.scenarios.shop import READ, Shop

NO = "DB20251222-883"
NOT_IN_SCOPE = 60021


async def a_late_payment_whose_push_is_refused(shop: Shop) -> str:
    """The id of the case; the duty manager never got the card."""
    shop.wecom.fault("message/send", NOT_IN_SCOPE, times=1)
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=5, seconds=1)
    (case,) = await shop.anomalies()
    return case["id"]


async def asked(shop: Shop, case: str, token: str = READ) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {token}"}
    async with shop.http.get(f"{shop.address}/api/anomalies/{case}", headers=headers) as response:
        return response.status, await response.json(content_type=None)


async def test_a_case_is_told_with_its_timeline_and_its_letters(shop: Shop) -> None:
    case = await a_late_payment_whose_push_is_refused(shop)
    (card,) = shop.group_cards
    await shop.taps("zhangsan", card, "认领")

    status, told = await asked(shop, case)

    assert (status, told["id"], told["owner"]) == (200, case, "zhangsan")
    assert [(line["what"], line["actor"]) for line in told["timeline"]] == [
        ("opened", None),
        ("passed_on", None),
        ("letter_lost", None),
        ("claimed", "zhangsan"),
    ]
    passed_on, lost_line = told["timeline"][1:3]
    assert passed_on["detail"]["detail"] == "wangwu>lisi"
    assert lost_line["detail"]["detail"].startswith("app.60021 ")
    letters = {(letter["medium"], letter["state"]): letter for letter in told["letters"]}
    assert letters["group", "sent"]["kind"] == letters["app", "sent"]["kind"] == "case_card"
    lost = letters["app", "failed"]
    assert (lost["state"], lost["attempts"]) == ("failed", 1)
    assert lost["note"].startswith("60021 ")


async def test_a_message_that_the_customer_did_not_get_has_one_line(shop: Shop) -> None:
    await shop.customer_writes(NO)
    await shop.created(NO)
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=5, seconds=1)
    shop.wecom.fault("kf/send_msg", 95001)
    await shop.taps("zhangsan", shop.group_cards[0], "发送回复")
    (case,) = await shop.anomalies()

    _, told = await asked(shop, case["id"])

    what = [line["what"] for line in told["timeline"]]
    assert (what.count("not_delivered"), what.count("letter_lost")) == (1, 0)


async def test_the_page_says_what_did_not_arrive_and_why(shop: Shop) -> None:
    await a_late_payment_whose_push_is_refused(shop)

    async with at_the_case(shop, "zhangsan") as reader:
        assert "没有送出去 系统 应用：60021" in re.sub(r"\s+", " ", reader.text)


async def test_only_who_has_the_token_is_told_and_only_of_what_is_there(shop: Shop) -> None:
    case = await a_late_payment_whose_push_is_refused(shop)

    assert (await asked(shop, case, "wrong"))[0] == 401
    status, told = await asked(shop, "unknown")
    assert status == 404
    assert "unknown" in told["detail"]
