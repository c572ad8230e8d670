"""Who has to mend something hears of it: in words, as a number, and in the log once a minute."""

from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from structlog.testing import capture_logs

from bot.clock import ManualClock
from bot.troubles import Troubles, channel_of
from bot.wecom.answers import Answer

NO_IP = Answer(code=60020, text="not allow to access from your ip, hint: [1], from ip: 10.0.0.1")
OK = Answer(code=0)


class Desk:
    """Troubles, and what is seen of them."""

    def __init__(self) -> None:
        self.registry, self.clock = CollectorRegistry(), ManualClock()
        gauge = Gauge("trouble", "", ["channel", "code"], registry=self.registry)
        self.troubles = Troubles(self.clock.now, gauge)

    @property
    def gauge(self) -> list[str]:
        lines = generate_latest(self.registry).decode().splitlines()
        return [line for line in lines if not line.startswith("#")]


def test_a_trouble_is_told_in_words_with_what_to_do_and_ends_with_the_next_good_answer() -> None:
    desk = Desk()
    desk.troubles.heard("message/send", NO_IP)

    assert desk.gauge == ['trouble{channel="app",code="60020"} 1.0']
    (said,) = desk.troubles.shown().values()
    assert said.startswith("60020 服务器的 IP 不在企业可信 IP 里。管理后台")
    assert "10.0.0.1" not in said

    desk.troubles.heard("message/send", OK)
    assert (desk.gauge, desk.troubles.shown()) == ([], {})


@pytest.mark.parametrize("code", [-1, 45009, 42001])
def test_who_is_too_busy_to_look_has_not_ended_it(code: int) -> None:
    desk = Desk()
    desk.troubles.heard("message/send", NO_IP)

    desk.troubles.heard("message/send", Answer(code=code))

    assert "app" in desk.troubles.shown()


def test_another_call_of_the_channel_does_not_end_it() -> None:
    desk = Desk()
    desk.troubles.heard("message/send", NO_IP)
    desk.troubles.heard("message/recall", NO_IP)

    desk.troubles.heard("message/send", OK)

    assert "app" in desk.troubles.shown()
    assert desk.gauge == ['trouble{channel="app",code="60020"} 1.0']


def test_a_code_that_nobody_knows_is_told_as_well() -> None:
    desk = Desk()
    desk.troubles.heard("kf/send_msg", Answer(code=123456, text="something new"))

    assert desk.troubles.shown() == {"kf": "123456 something new。见企业微信文档的全局错误码页（90313）"}


def test_what_concerns_one_recipient_is_no_trouble_of_the_channel() -> None:
    desk = Desk()
    for code in (60021, 95001, 846605, 42038):
        desk.troubles.heard("message/send", Answer(code=code))

    assert desk.troubles.shown() == {}


def test_a_removed_webhook_is_told_until_the_same_group_is_written_to_again() -> None:
    desk = Desk()
    desk.troubles.heard("webhook/send/default", Answer(code=93000, text="invalid webhook url"))

    desk.troubles.heard("webhook/send/returns", OK)
    assert desk.troubles.shown()["webhook"].startswith("93000 群机器人的地址失效或机器人被移出了群。")

    desk.troubles.heard("webhook/send/default", OK)
    assert desk.troubles.shown() == {}


def test_the_log_has_a_line_a_minute_however_often_it_happens() -> None:
    desk = Desk()
    with capture_logs() as lines:
        for _ in range(120):
            desk.troubles.heard("message/send", NO_IP)
            desk.clock.advance(timedelta(seconds=1))

    assert [line["event"] for line in lines] == ["channel.trouble"] * 2
    assert {(line["channel"], line["code"]) for line in lines} == {("app", 60020)}


@pytest.mark.parametrize(
    ("call", "channel"),
    [
        ("gettoken", "app"),
        ("message/update_template_card", "app"),
        ("kf/send_msg", "kf"),
        ("externalcontact/add_msg_template", "mass"),
        ("webhook/send", "webhook"),
        ("aibot_send_msg", "aibot"),
        ("user/get", "directory"),
    ],
)
def test_each_call_has_its_channel(call: str, channel: str) -> None:
    assert channel_of(call) == channel
