"""How it stands with one case of what was approved for many."""

import pytest

from rules.actions import Action
from rules.approvals import OPEN, WELL, Result, Upshot, upshot_of
from rules.delivery import FINAL, DeliveryState


def test_what_is_not_done_yet_waits() -> None:
    assert upshot_of(Action.SEND, None, None) is Upshot.WAITING
    assert upshot_of(Action.CLAIM, None, None) is Upshot.WAITING


@pytest.mark.parametrize("result", [result for result in Result if result is not Result.DONE])
def test_what_came_to_nothing_says_why(result: Result) -> None:
    upshot = upshot_of(Action.SEND, result, None)

    assert upshot == result.value
    assert upshot not in OPEN | WELL


def test_what_is_no_message_is_done_when_it_is_done() -> None:
    assert upshot_of(Action.CLAIM, Result.DONE, None) is Upshot.DONE


@pytest.mark.parametrize("state", [None, *DeliveryState])
def test_a_message_comes_to_what_its_letter_came_to(state: DeliveryState | None) -> None:
    upshot = upshot_of(Action.SEND, Result.DONE, state)

    assert (upshot in WELL) == (state is DeliveryState.SENT)
    assert (upshot in OPEN) == (state not in FINAL - {DeliveryState.FOLDED})
