"""What 微信客服 answers, and what its refusals mean for a conversation."""

from collections.abc import Mapping
from typing import Any, cast

import pytest

from bot.wecom.answers import Answer, NoAnswerError, NotSentError
from bot.wecom.client import WecomClient
from bot.wecom.kf import Kf, Page, Refusal, page_of
from rules.contact import Because

KF, CHEN = "wkAccount", "wmChen"


class Line:
    """A client that gives one answer, or none."""

    def __init__(self, answer: Answer | Exception) -> None:
        self._answer = answer
        self.calls: list[str] = []

    async def call(self, path: str, body: bytes) -> Answer:
        del body
        self.calls.append(path)
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def kf_with(line: Line) -> Kf:
    return Kf(cast(WecomClient, line), lambda userid: {"lisi": "李四"}.get(userid, userid))


def answer(code: int = 0, **body: Any) -> Answer:
    return Answer(code=code, body=body)


@pytest.mark.parametrize(
    ("body", "page"),
    [
        (
            {"msg_list": [{"msgid": "a"}], "next_cursor": "c2", "has_more": 1},
            Page(records=({"msgid": "a"},), cursor="c2", more=True),
        ),
        ({"msg_list": [], "next_cursor": "c2", "has_more": 0}, Page(records=(), cursor="c2", more=False)),
        ({}, Page(records=(), cursor="c1", more=False)),
        (
            {"msg_list": ["x", {"msgid": "a"}], "next_cursor": ""},
            Page(records=({"msgid": "a"},), cursor="c1", more=False),
        ),
        ({"msg_list": {"msgid": "a"}, "next_cursor": 7}, Page(records=(), cursor="c1", more=False)),
    ],
)
def test_a_page_is_read_with_what_it_lacks(body: Mapping[str, Any], page: Page) -> None:
    assert page_of(answer(**body), "c1") == page


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (
            {"service_state": 3, "servicer_userid": "lisi"},
            Refusal(shut=Because.WITH_COLLEAGUE, said="会话由李四接待中"),
        ),
        (
            {"service_state": 3, "servicer_userid": "stranger"},
            Refusal(shut=Because.WITH_COLLEAGUE, said="会话由stranger接待中"),
        ),
        ({"service_state": 3}, Refusal(shut=Because.WITH_COLLEAGUE, said="同事正在客服接待")),
        ({"service_state": 2}, Refusal(shut=Because.IN_QUEUE, said="客服会话排队中")),
        ({"service_state": 4}, Refusal(shut=Because.SESSION_ENDED, said="客服会话已结束")),
        ({"service_state": 1}, Refusal(shut=None)),
        ({"service_state": "3"}, None),
    ],
)
async def test_who_has_a_conversation_is_asked(body: Mapping[str, Any], refusal: Refusal | None) -> None:
    assert await kf_with(Line(answer(**body))).why_not_ours(KF, CHEN) == refusal


@pytest.mark.parametrize("line", [answer(40096), NoAnswerError("kf"), NotSentError("kf"), TimeoutError()])
async def test_when_nobody_can_say_the_refusal_speaks_for_itself(line: Answer | Exception) -> None:
    refusal = await kf_with(Line(line)).refusal(answer(95018), KF, CHEN)

    assert refusal == Refusal(shut=Because.WITH_COLLEAGUE)


@pytest.mark.parametrize(
    ("code", "shut"),
    [
        (95001, Because.QUOTA_SPENT),
        (95002, Because.WINDOW_CLOSED),
        (95031, Because.WINDOW_CLOSED),
        (95013, Because.SESSION_ENDED),
        (40096, Because.ACCOUNT_SHUT),
        (48007, Because.ACCOUNT_SHUT),
        (40201, None),
    ],
)
async def test_other_refusals_need_no_question(code: int, shut: Because | None) -> None:
    line = Line(answer())

    assert await kf_with(line).refusal(answer(code), KF, CHEN) == Refusal(shut=shut)
    assert line.calls == []


async def test_a_pull_that_does_not_end_is_no_answer() -> None:
    with pytest.raises(NoAnswerError, match="no end in time"):
        await kf_with(Line(TimeoutError())).sync(KF, "", None)
