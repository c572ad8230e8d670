"""Is every fault in a rule book or roster told with its place, in plain words, and with what was meant?"""

import pytest

from bot.faults import Fault
from bot.files import check

ROSTER = """\
members:
  - {userid: zhangsan, name: 张三, roles: [agent]}
  - {userid: lisi, name: 李四, roles: [agent, lead]}
fallback: lisi
"""


def only_fault(text: str, kind: str = "rules") -> Fault:
    (found,) = check(text, "roster" if kind == "roster" else "rules")
    return found


def place(fault: Fault) -> tuple[int, int, str]:
    return fault.line, fault.column, fault.path


@pytest.mark.parametrize(
    ("text", "at", "suggestion"),
    [
        ("stages:\n  pikup: {normal: 2h}\n", (2, 3, "stages.pikup"), "pickup"),
        ("budgt: {contact: 5m}\n", (1, 1, "budgt"), "budget"),
        ("stages:\n  payment: {actions: [post_crad]}\n", (2, 23, "stages.payment.actions[0]"), "post_card"),
    ],
)
def test_a_slip_is_told_with_what_was_meant(text: str, at: tuple[int, int, str], suggestion: str) -> None:
    fault = only_fault(text)
    assert (place(fault), fault.suggestion) == (at, suggestion)


def test_three_planted_faults_are_all_found_from_top_to_bottom() -> None:
    text = "holiday_factor: 0.5\nladder:\n  - {after: 3m, do: push}\nmax_age: soon\n"
    faults = check(text, "rules")
    assert [place(fault)[:2] for fault in faults] == [(1, 17), (3, 21), (4, 10)]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("ladder:\n  - {after: 3m, do: remind_owner, to: lead}\n", "ladder[0].to"),
        ("ladder:\n  - {after: 3m, do: push}\n", "ladder[0].do"),
        ("ladder: [{after: 3m, do: remind_owner}, {after: 2m, do: remind_owner}]\n", "ladder[1].after"),
        ("lanes:\n  - {name: x, match: {field: shop, op: '<', value: x}}\n", "lanes[0].match.op"),
        ("lanes:\n  - {name: x, match: {field: tags, op: contains, value: 618}}\n", "lanes[0].match.value"),
        ("hours: {}\n", "hours"),
        ("timezone: Beijing\n", "timezone"),
    ],
)
def test_what_only_a_look_at_the_whole_can_find_is_placed_as_well(text: str, path: str) -> None:
    assert only_fault(text).path == path


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ("shifts: [{userid: zhansan}]\n", "shifts[0].userid"),
        ("carriers: [{contact: zhangsen}]\n", "carriers[0].contact"),
    ],
)
def test_a_misspelt_member_is_told_with_the_one_who_was_meant(more: str, path: str) -> None:
    fault = only_fault(ROSTER + more, "roster")
    assert (fault.path, fault.suggestion) == (path, "zhangsan")


def test_a_reply_is_told_which_of_its_lines_is_wrong() -> None:
    book = """
replies:
  - name: pickup_no_updat
    text: x
  - name: stock_short
    text: |
      ---
      title: 缺货
      facts: [order_no]
      ---
      {{ order_no }}，2 小时内发出。
"""
    name, text = (str(fault) for fault in check(book, "rules"))
    assert name.startswith("3:11 replies[0].name: no reply goes by this name; there are cancelled, confirm")
    assert name.endswith("did you mean 'pickup_no_update'?")
    assert text == (
        "6:11 replies[1].text: line 5: 2 小时内 is a time by itself: promise it by a slot, such as {{ news_by }} 前"
    )


def test_a_map_without_its_time_zone_says_so() -> None:
    text = "order_no: 订单号\nevents: [{column: 付款, stage: payment, status: completed}]\n"
    assert [str(fault) for fault in check(text, "map")] == ["1:1 `timezone` is missing"]
