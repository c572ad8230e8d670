"""A map with a fault is refused: where it stands, what is wrong, and the mend."""

import pytest

from bot.files import check

MAP = "timezone: Asia/Shanghai\norder_no: 订单号\n"
EVENTS = "events: [{column: 付款, stage: payment, status: completed}]\n"


def test_the_least_that_a_map_needs() -> None:
    assert check(MAP + EVENTS, "map") == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"order_no: 订单号\n{EVENTS}", "1:1 `timezone` is missing"),
        (f"timezone: 上海\norder_no: 订单号\n{EVENTS}", "1:11 timezone: that is no time zone"),
        (MAP, "1:1 `events` is missing"),
        (f"{MAP}{EVENTS}attribute: {{}}\n", "4:1 attribute: no such key; did you mean 'attributes'?"),
        (
            f"{MAP}{EVENTS}attributes: {{carrier: {{column: 快递, value: yto}}}}\n",
            "4:23 attributes.carrier: name either the `column`, or the `value` that holds for every row",
        ),
        (
            f"{MAP}{EVENTS}attributes: {{amount_yuan: 元, amount_fen: 分}}\n",
            "4:42 attributes.amount_fen: there is an `amount_yuan` already",
        ),
        (
            f"{MAP}events: [{{column: 付款, stage: payment}}]\n",
            "3:10 events[0]: say what happened: `stage` and `status`, or another `type`",
        ),
        (
            f"{MAP}events: [{{column: 下单, type: order.created, stage: payment}}]\n",
            "3:29 events[0].type: `stage` and `status` go with no other `type`",
        ),
        (
            f"{MAP}events: [{{column: 缺货, type: stock.short}}]\n",
            "3:29 events[0].type: a row can tell of stages, and of order.created",
        ),
        (
            f"{MAP}events: [{{type: order.cancelled}}]\n",
            "3:10 events[0]: name the `column` that holds its time, or `when` a row tells of it",
        ),
    ],
)
def test_a_fault_is_told_with_its_mend(text: str, told: str) -> None:
    (fault,) = check(text, "map")
    assert str(fault).startswith(told)
