from dataclasses import replace
from datetime import timedelta

import pytest

from replies import actions
from replies.actions import buttons, deeds, snooze_selector, without_draft
from replies.cards import Tap
from replies.situation import Situation
from rules.actions import ALLOWED, Act, Action, Refused, apply
from rules.anomalies import State
from rules.delivery import DeliveryState
from rules.events import UserId
from rules.reaching import Means, Needless, Waiver
from rules.reasons import Reason, Verdict
from rules.tasks import TaskKind, TaskResult
from tests.replies.builders import COPY, NOW, by_hand, reached
from tests.replies.gallery import situations

CASES = situations()
TEXTS = {
    "open": ["发送回复", "认领", "升级", "稍后"],
    "open-p1": ["发送回复", "认领", "升级", "稍后"],
    "claimed": ["发送回复", "升级", "稍后", "记录原因"],
    "claimed-snoozed": ["发送回复", "升级", "稍后", "记录原因"],
    "claimed-escalated": ["发送回复", "稍后", "记录原因"],
    "claimed-reasoned": ["发送回复", "升级", "稍后"],
    "submitted": ["刷新", "升级", "稍后", "记录原因"],
    "sending": ["刷新", "升级", "稍后", "记录原因"],
    "failed": ["再次联系", "改电话", "已处理", "升级", "稍后", "记录原因"],
    "bounced": ["再次联系", "改电话", "已处理", "升级", "稍后", "记录原因"],
    "unknown": ["再次联系", "改电话", "已处理", "升级", "稍后", "记录原因"],
    "replied": ["升级", "稍后", "记录原因"],
    "waived": ["升级", "稍后", "记录原因"],
    "recovered": ["发送回复", "记录原因"],
    "recovered-replied": ["发送回复", "记录原因"],
    "recovered-waived": ["发送回复", "记录原因"],
    "recovered-sending": ["刷新", "记录原因"],
    "recovered-unknown": ["再次联系", "改电话", "已处理", "记录原因"],
    "called": ["升级", "稍后", "记录原因"],
    "reopened": ["发送回复", "记录原因"],
    "recovered-cancelled": ["发送回复", "记录原因"],
    "closed": [],
    "closed-waived": [],
    "closed-healed": [],
}


@pytest.mark.parametrize(("name", "texts"), TEXTS.items())
def test_a_state_shows_its_buttons_and_no_others(name: str, texts: list[str]) -> None:
    assert [button.text for button in buttons(CASES[name])] == texts


@pytest.mark.parametrize("state", State)
def test_every_state_is_covered(state: State) -> None:
    assert any(CASES[name].anomaly.state is state for name in TEXTS)


ACTION_OF = {
    Tap.SEND: Act(action=Action.SEND, actor=UserId("lisi"), at=NOW),
    Tap.AGAIN: Act(action=Action.SEND, actor=UserId("lisi"), at=NOW, again=True),
    Tap.CLAIM: Act(action=Action.CLAIM, actor=UserId("lisi"), at=NOW),
    Tap.ESCALATE: Act(action=Action.ESCALATE, actor=UserId("lisi"), at=NOW),
    Tap.SNOOZE: Act(action=Action.SNOOZE, actor=UserId("lisi"), at=NOW),
    Tap.MARK_DONE: Act(action=Action.MARK_DONE, actor=UserId("lisi"), at=NOW),
    Tap.CALL: Act(action=Action.MARK_DONE, actor=UserId("lisi"), at=NOW, means=Means.PHONE),
    Tap.REASON: Act(
        action=Action.REASON, actor=UserId("lisi"), at=NOW, verdict=Verdict(reason=Reason.OUT_OF_STOCK)
    ),
}


def test_a_message_that_was_lost_is_made_up_for_by_hand() -> None:
    failed = by_hand(CASES["failed"], Action.MARK_DONE)
    assert failed.last_round is DeliveryState.FAILED
    assert [button.text for button in buttons(failed)] == ["升级", "稍后", "记录原因"]


@pytest.mark.parametrize("name", CASES)
def test_no_button_is_dead(name: str) -> None:
    case = CASES[name]
    for button in buttons(case):
        act = ACTION_OF.get(button.tap)
        if act is not None:
            assert not isinstance(apply(case.anomaly, act), Refused), button
            assert act.action in ALLOWED[case.anomaly.state]


@pytest.mark.parametrize("name", CASES)
def test_a_card_has_at_most_six_buttons_each_once(name: str) -> None:
    taps = [button.tap for button in buttons(CASES[name])]
    assert len(taps) == len(set(taps)) <= 6


@pytest.mark.parametrize("state", DeliveryState)
def test_a_message_without_a_result_cannot_be_sent_over(state: DeliveryState) -> None:
    case = replace(by_hand(CASES["open"], Action.SEND), last_round=state)
    taps = {button.tap for button in buttons(case)}
    assert Tap.SEND not in taps
    assert (Tap.AGAIN in taps) == (
        state not in {DeliveryState.READY, DeliveryState.SENDING, DeliveryState.PENDING}
    )


def test_a_card_that_nobody_owns_yet_has_no_claim_button_while_a_message_leaves() -> None:
    case = replace(CASES["open"], last_round=DeliveryState.READY)
    assert [button.text for button in buttons(case)] == ["刷新", "升级", "稍后", "记录原因"]


def test_a_customer_known_to_be_reached_needs_no_second_look_at_an_unknown_message() -> None:
    case = replace(reached(CASES["open"]), last_round=DeliveryState.UNKNOWN)
    assert [button.text for button in buttons(case)] == ["升级", "稍后", "记录原因"]


def without(case: Situation) -> list[str]:
    return [button.text for button in without_draft(buttons(case), case)]


def test_without_a_draft_the_agent_reports_what_was_done_in_person() -> None:
    assert without(CASES["open"]) == ["已处理", "认领", "升级", "稍后", "刷新"]
    assert without(CASES["claimed"]) == ["已处理", "升级", "稍后", "记录原因", "刷新"]
    assert without(CASES["unknown"]) == ["已处理", "改电话", "升级", "稍后", "记录原因", "刷新"]
    assert without(CASES["recovered-replied"]) == ["记录原因", "刷新"]
    assert without(CASES["replied"]) == ["升级", "稍后", "记录原因"]


@pytest.mark.parametrize("name", CASES)
def test_the_selector_comes_with_its_button_only(name: str) -> None:
    shown = buttons(CASES[name])
    selector = snooze_selector(shown)
    assert (selector is not None) == any(button.tap is Tap.SNOOZE for button in shown)
    if selector is not None:
        assert [option.text for option in selector.options] == ["5 分钟", "10 分钟", "30 分钟"]
        assert (selector.id, selector.selected) == ("snooze", "10")


def test_what_was_chosen_is_read_and_anything_else_is_the_default() -> None:
    assert actions.snooze_of("30") == timedelta(minutes=30)
    assert actions.snooze_of("31") == actions.snooze_of(None) == timedelta(minutes=10)
    assert actions.reason_of("packing_delayed") is Reason.PACKING_DELAYED
    assert actions.reason_of("because") is actions.reason_of(None) is None
    assert actions.result_of(TaskKind.RECHECK_STOCK, "wrong_bin") is TaskResult.WRONG_BIN
    assert actions.result_of(TaskKind.REMIND_CARRIER, "wrong_bin") is None
    assert actions.result_of(TaskKind.RECHECK_STOCK, "") is None


def test_the_page_offers_what_has_an_effect_and_nothing_else() -> None:
    for name, situation in CASES.items():
        offered = deeds(situation, drafted=True)
        anomaly = situation.anomaly
        assert set(offered) <= ALLOWED[anomaly.state], name
        for action in set(offered) - {Action.SEND, Action.MARK_DONE}:
            act = Act(
                action=action,
                actor=UserId("me"),
                at=NOW,
                verdict=Verdict(reason=Reason.OUT_OF_STOCK),
                waiver=Waiver(why=Needless.INFORMED),
            )
            assert not isinstance(apply(anomaly, act), Refused), (name, action)


def test_the_page_sends_only_words_of_ours_by_a_channel_of_ours_and_one_at_a_time() -> None:
    situation = replace(CASES["open"], route=COPY)
    assert Action.SEND not in deeds(situation, drafted=True)
    assert Action.MARK_DONE in deeds(reached(situation), drafted=True), "a further round by hand"
    ours = CASES["open"]
    assert Action.SEND in deeds(ours, drafted=True)
    assert Action.SEND not in deeds(ours, drafted=False)
    assert Action.SEND not in deeds(replace(ours, last_round=DeliveryState.SENDING), drafted=True)
    assert Action.MARK_DONE not in deeds(reached(ours), drafted=True)
