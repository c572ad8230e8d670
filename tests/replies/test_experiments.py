"""What is said of an experiment in the chat: what was found, with its numbers, and why a version was made."""

from dataclasses import replace

import pytest

from replies.experiments import named, reason, superseded, told
from replies.lengths import SCREEN_BYTES
from replies.words import Language
from rules.experiments import Finding, Part
from rules.sequential import Arm
from rules.trials import Ending, Tally, Yardstick, measured
from tests.contracts.builders import NOW, an_experiment

WAY = "看板：https://dingdan.example/experiments"
GOALS = (Yardstick.REACHED, Yardstick.RESOLVED)


def a_tally(n: int, reached: int) -> Tally:
    none = {one: Arm() for one in Yardstick}
    return Tally(exposed=n + 5, arms={**none, Yardstick.REACHED: Arm(n=n, hits=reached)})


def test_only_what_was_judged_in_both_parts_is_told_with_its_numbers() -> None:
    tallies = {Part.TRIED: a_tally(300, 240), Part.CONTROL: a_tally(300, 120)}
    experiment = an_experiment(found=Finding.BETTER, goals=GOALS)
    assert told(experiment, measured(GOALS, tallies), tallies, WAY).splitlines() == [
        "规则试行「拣货 60 分钟」（10% 的订单）：效果更好，没看到害处。可以在看板上扩大",
        "发现后十分钟内联系到：试 80.0%（240/300），对照 40.0%（120/300），差 +40.0 点（+27.1 ～ +52.9）",
        "受影响的订单：试新规则 305 笔，对照 305 笔",
        WAY,
    ]


def test_a_title_of_any_length_fits_and_carries_no_markup() -> None:
    experiment = an_experiment(title="<b>13800138000</b>" + "很长" * 2_000, found=Finding.OPEN)
    said = superseded(experiment, WAY)
    assert len(said.encode()) <= SCREEN_BYTES
    assert "13800138000" not in said
    assert "<b>" not in said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "试行「拣货 60 分钟」：10% 的订单"),
        ({"ending": Ending.ADOPTED}, "试行「拣货 60 分钟」：100%，全部采用"),
        ({"ending": Ending.SPOILT}, "试行「拣货 60 分钟」结束：分组不对，已自动停止"),
        ({"ending": Ending.ADOPTED, "undone_at": NOW}, "撤回试行「拣货 60 分钟」"),
    ],
)
def test_each_version_says_why_it_was_made(changes: dict[str, object], said: str) -> None:
    assert reason(replace(an_experiment(), **changes)) == said


def test_all_that_pages_show_has_a_name_in_both_languages() -> None:
    for kind in (Yardstick, Finding, Ending, Part):
        for value in kind:
            assert named(value) != named(value, Language.EN)
