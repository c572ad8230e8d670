"""A file with faults: each is told with its line and column, and with what was probably meant."""

import pytest

from bot.files import check
from bot.fileschema import FileKind

MEMBERS = "members: [{userid: zhangsan, name: 张三, roles: [agent]}]\n"


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        ("rules", "timezone: Mars\n", "1:11 timezone: that is no time zone; write one such as Asia/Shanghai"),
        (
            "rules",
            "ladder:\n  - {after: 3m, do: remind_owner, to: lead}\n",
            "2:39 ladder[0].to: `remind_owner` goes to the owner and takes no `to`",
        ),
        (
            "roster",
            f"{MEMBERS}fallback: zhangsen\n",
            "2:11 fallback: 'zhangsen' is not among the members; did you mean 'zhangsan'?",
        ),
        ("rules", "ladders: []\n", "1:1 ladders: no such key; did you mean 'ladder'?"),
        (
            "map",
            "order_no: 订单号\nevents: [{column: 付款, stage: payment, status: completed}]\n",
            "1:1 `timezone` is missing",
        ),
    ],
)
def test_a_fault_is_told_where_it_stands(kind: FileKind, text: str, told: str) -> None:
    assert [str(fault) for fault in check(text, kind)] == [told]
