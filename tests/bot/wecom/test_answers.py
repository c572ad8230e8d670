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
        (Answer(code=42038, text="button text, hint: [1], from ip: 10.0.0.1"), "42038 button text"),
    ],
)
def test_the_reason_is_told_in_words_and_without_our_address(answer: Answer, note: str) -> None:
    assert meaning_of(answer, attempts=1).note == note


@pytest.mark.parametrize("attempts", [1, 2])
def test_an_answer_that_is_not_taken_any_more_has_expired(attempts: int) -> None:
    meaning = meaning_of(Answer(code=846605, text="invalid req_id"), attempts=attempts)

    assert (meaning.outcome, meaning.note) == (Outcome.TOO_LATE, f"{EXPIRED}: 846605 点击之后超过了 5 秒")


@pytest.mark.parametrize("text", ["msgid repeated", "task_id was used before", "response_code is used"])
def test_a_repeat_refused_for_its_key_had_arrived(text: str) -> None:
    answer = Answer(code=40058, text=text)

    assert meaning_of(answer, attempts=2).outcome is Outcome.ACCEPTED
    assert meaning_of(answer, attempts=1).outcome is Outcome.REFUSED


@pytest.mark.parametrize("code", [-1, 45009, 60020])
def test_who_is_busy_has_not_taken_it_whatever_its_words(code: int) -> None:
    assert meaning_of(Answer(code=code, text="msgid"), attempts=2).outcome is Outcome.BUSY


def test_a_code_that_nobody_knows_is_tried_thrice_for_agents_and_never_blindly_for_customers() -> None:
    nobody_knows = Answer(code=123456, text="something new")
    agents = [meaning_of(nobody_knows, attempts=attempts).outcome for attempts in (1, 2, 3)]
    customers = [meaning_of(nobody_knows, attempts=attempts, may_wait=False).outcome for attempts in (1, 2)]

    assert agents == [Outcome.BUSY, Outcome.BUSY, Outcome.REFUSED]
    assert customers == [Outcome.REFUSED, Outcome.UNCLEAR]
    assert meaning_of(nobody_knows, attempts=1).note == "123456 something new"
