"""Only WeCom's own word that something was accepted counts; whatever else answers, nothing is known."""

import pytest

from bot.wecom.answers import Answer, NoAnswerError, read_answer


def test_an_answer_says_its_code_and_its_words() -> None:
    body = {"errcode": 95001, "errmsg": "limit"}

    assert read_answer("kf/send_msg", body) == Answer(code=95001, text="limit", body=body)


@pytest.mark.parametrize(
    "decoded", [{}, {"message": "bad gateway"}, {"errcode": None}, {"errcode": "0"}, [], "ok", None]
)
def test_what_no_wecom_would_say_is_no_answer(decoded: object) -> None:
    with pytest.raises(NoAnswerError, match="kf/send_msg"):
        read_answer("kf/send_msg", decoded)
