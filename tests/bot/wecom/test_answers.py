"""Only WeCom's own word that something was accepted counts; whatever else answers, nothing is known."""

import pytest

from bot.wecom.answers import Answer, NoAnswerError, meaning_of, read_answer
from handlers.outbox import EXPIRED
from rules.delivery import Outcome


def test_an_answer_says_its_code_and_its_words() -> None:
    body = {"errcode": 95001, "errmsg": "limit"}

    assert read_answer("kf/send_msg", body) == Answer(code=95001, text="limit", body=body)


@pytest.mark.parametrize(
    "decoded", [{}, {"message": "bad gateway"}, {"errcode": None}, {"errcode": "0"}, [], "ok", None]
)
def test_what_no_wecom_would_say_is_no_answer(decoded: object) -> None:
    with pytest.raises(NoAnswerError, match="kf/send_msg"):
        read_answer("kf/send_msg", decoded)


def test_what_the_operator_must_mend_waits_but_an_agent_is_told_at_once() -> None:
    no_permission = Answer(code=48002, text="api forbidden, hint: [1], from ip: 10.0.0.1")

    assert meaning_of(no_permission, attempts=1).outcome is Outcome.BUSY
    assert meaning_of(no_permission, attempts=1, may_wait=False).outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    ("answer", "note"),
    [
        (
            Answer(code=95001, text="count limit, hint: [1], from ip: 10.0.0.1"),
            "95001 顾客上次来信后的 5 条已用完",
        ),
        (Answer(code=40201, text="spam, hint: [1], from ip: 10.0.0.1"), "40201 spam"),
    ],
)
def test_the_reason_is_told_in_words_and_without_our_address(answer: Answer, note: str) -> None:
    assert meaning_of(answer, attempts=1).note == note


@pytest.mark.parametrize("attempts", [1, 2])
def test_an_answer_that_is_not_taken_any_more_has_expired(attempts: int) -> None:
    meaning = meaning_of(Answer(code=846605, text="invalid req_id"), attempts=attempts)

    assert (meaning.outcome, meaning.note) == (Outcome.TOO_LATE, f"{EXPIRED}: 846605 invalid req_id")
