"""Whose decisions does a reader see? Those about all shops, and those about their own."""

from typing import Any, cast

import pytest

from bot.web.board.decisions import may_see
from bot.web.board.readers import Reader
from rules.decisions import Decision
from rules.events import Shop


class A:
    """As much of a decision and of a reader as is asked for."""

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)


@pytest.mark.parametrize(
    ("cause", "shops", "seen"),
    [
        ("carrier=sf&shop=north", None, True),
        ("carrier=sf&shop=north", {"north"}, True),
        ("carrier=sf&shop=north", {"south"}, False),
        ("carrier=sf", {"south"}, True),
        ("", {"south"}, True),
    ],
)
def test_a_decision_about_a_foreign_shop_is_not_there(cause: str, shops: set[str] | None, seen: bool) -> None:
    reader = A(shops=None if shops is None else frozenset(map(Shop, shops)))
    assert may_see(cast(Decision, A(cause=cause)), cast(Reader, reader)) is seen
