"""A reply goes wrong: the customer gets it once or not at all, and the agents know which."""

import pytest

from tests.outside.app_api import DUPLICATE_MSGID, Call, Fault
from tests.outside.bot_socket import GROUP, settle
from tests.outside.shop import Shop, found

pytestmark = [pytest.mark.processes, pytest.mark.asyncio(loop_scope="module")]

SEND = "kf/send_msg"


async def replied(shop: Shop, number: str, *faults: Fault) -> tuple[str, list[Call]]:
    """An agent replies about an order, and these faults lie in the way; the customer, and the calls made so far."""
    customer = await shop.late_payment(number)
    shop.wecom.app.faults[SEND].extend(faults)
    await settle(await shop.wecom.bot.tap(await shop.group_card(number), "发送回复", "zhangsan"))
    return customer, await found(lambda: calls(shop, customer))


def calls(shop: Shop, customer: str) -> list[Call]:
    return [call for call in shop.wecom.app.made(SEND) if call.body["touser"] == customer]


@pytest.mark.parametrize("code", [95001, 95018, 48002])
async def test_a_refusal_is_told_at_once_and_not_repeated(shop: Shop, code: int) -> None:
    number = f"REFUSED-{code}"
    customer, _ = await replied(shop, number, Fault(errcode=code))

    line = await found(lambda: [line for line in shop.wecom.ledger.lines(GROUP) if number in line], seconds=5)

    assert "没有发出" in line[0]
    assert "192.0.2.1" not in line[0]
    assert len(calls(shop, customer)) == 1
    await shop.becomes(number, "claimed")


@pytest.mark.parametrize(
    "fault",
    [
        Fault(errcode=-1),
        Fault(body={"message": "bad gateway"}),
        Fault(body={"errcode": "0"}),
        Fault(is_lost=True),
    ],
    ids=["busy", "gateway", "nonsense", "lost"],
)
async def test_what_has_no_clear_answer_is_asked_again_under_the_same_key(
    shop: Shop, fault: Fault, request: pytest.FixtureRequest
) -> None:
    number = f"UNCLEAR-{request.node.callspec.id}"

    customer, _ = await replied(shop, number, fault)

    await shop.becomes(number, "replied")
    first, second = calls(shop, customer)
    assert first.body == second.body
    assert second.errcode in {0, DUPLICATE_MSGID}
    assert len(await shop.received(customer)) == 1


async def test_a_token_that_is_over_is_fetched_once_and_the_call_made_once_more(shop: Shop) -> None:
    shop.wecom.app.expire_tokens()
    before = len(shop.wecom.app.made("gettoken"))

    customer, _ = await replied(shop, "TOKEN")

    assert len(await shop.received(customer)) == 1
    assert len(shop.wecom.app.made("gettoken")) == before + 1
