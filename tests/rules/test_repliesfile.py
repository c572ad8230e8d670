"""What a rule book file may say of replies, and what it is told when it says anything else."""

from typing import Any

import pytest

from rules.bookfile import parse_rule_book
from tests.rules.faults import faults

ONE: dict[str, Any] = {"name": "stock_short", "text": "一"}


@pytest.mark.parametrize(
    ("replies", "where", "message"),
    [
        ([ONE, ONE], "replies.1.name", "another reply is for the same orders already"),
        ([{**ONE, "lanes": ["618", "619"]}], "replies.0.lanes.1", "there is no such lane"),
        ([{**ONE, "shops": ["a", "a"]}], "replies.0.shops.1", "this is named already; name each once"),
        ([{**ONE, "name": "No"}], "replies.0.name", "String should match pattern '^[a-z][a-z_]*$'"),
    ],
)
def test_what_cannot_be_meant_is_a_fault(replies: list[Any], where: str, message: str) -> None:
    book = {"lanes": [{"name": "618"}], "replies": replies}
    assert faults(parse_rule_book, book) == {where: message}


def test_several_for_different_orders_are_fine() -> None:
    book = {"lanes": [{"name": "618"}], "replies": [{**ONE, "lanes": ["618"]}, {**ONE, "shops": ["a"]}, ONE]}
    compiled = parse_rule_book(book).compile(1)
    assert [reply.takes("a", "618") for reply in compiled.replies] == [True, True, True]
    assert [reply.takes("b", None) for reply in compiled.replies] == [False, False, True]
