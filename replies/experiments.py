"""What is said of an experiment with the rules? Its numbers in one line each, and why it ended."""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from replies.lengths import fitted, shortened
from replies.masking import free
from replies.words import Language, Text
from rules.experiments import Aim, Finding, Measured, Part
from rules.sequential import Arm, Difference
from rules.trials import EVERYBODY, NOTHING, Ending, Experiment, Tallies, Yardstick

MOST_TITLE = 40
"""Characters of a title in a message."""

_TEXTS: tuple[Mapping[StrEnum, Text], ...] = (
    {
        Yardstick.REACHED: Text("发现后十分钟内联系到", "Reached within ten minutes"),
        Yardstick.RESOLVED: Text("没有再出问题", "Did not come back"),
        Yardstick.QUIET: Text("没有白提醒", "Nobody alerted for nothing"),
        Yardstick.REFUNDED: Text("申请退款", "Asked for a refund"),
        Yardstick.COMPLAINED: Text("顾客先来问", "The customer asked first"),
    },
    {
        Finding.OPEN: Text("还看不出", "Nothing clear yet"),
        Finding.BETTER: Text("更好", "Better"),
        Finding.WORSE: Text("更差", "Worse"),
        Finding.HARMFUL: Text("有害", "Harmful"),
        Finding.SPOILT: Text("分组不对", "Parts uneven"),
    },
    {
        Ending.ADOPTED: Text("已全部采用", "Adopted for all"),
        Ending.STOPPED: Text("已停止", "Stopped"),
        Ending.HARMFUL: Text("有害，已自动停止", "Harmful, stopped by itself"),
        Ending.WORSE: Text("更差，已自动停止", "Worse, stopped by itself"),
        Ending.SPOILT: Text("分组不对，已自动停止", "Parts uneven, stopped by itself"),
        Ending.SUPERSEDED: Text("规则另有改动，已结束", "Over: other rules were put in force"),
    },
    {
        Part.TRIED: Text("试新规则", "Tries the change"),
        Part.CONTROL: Text("对照", "Control"),
        Part.OUTSIDE: Text("不参与", "Outside"),
    },
)
_NAMES: Mapping[tuple[type[StrEnum], str], Text] = {
    (type(value), value.value): text for texts in _TEXTS for value, text in texts.items()
}

_WHY: Mapping[Finding, str] = {
    Finding.BETTER: "效果更好，没看到害处。可以在看板上扩大",
    Finding.WORSE: "效果更差，已自动停止，全部订单按原来的规则",
    Finding.HARMFUL: "带来害处，已自动停止，全部订单按原来的规则",
    Finding.SPOILT: "两组的订单数和定的比例对不上，比不出结果，已自动停止，全部订单按原来的规则",
}


def named(value: StrEnum, language: Language = Language.ZH) -> str:
    """What a yardstick, a finding, an ending or a part is called. Raises KeyError for anything else."""
    return _NAMES[type(value), value.value].said(language)


def told(experiment: Experiment, compared: Mapping[Yardstick, Measured], tallies: Tallies, way: str) -> str:
    """What was found, with its numbers; fits one message."""
    tried, control = (tallies.get(part, NOTHING).exposed for part in (Part.TRIED, Part.CONTROL))
    head = f"规则试行「{title(experiment)}」（{experiment.percent}% 的订单）：{_WHY[experiment.found]}"
    counts = f"受影响的订单：试新规则 {tried} 笔，对照 {control} 笔"
    return fitted([head, *_numbers(compared), counts, way])


def superseded(experiment: Experiment, way: str) -> str:
    """To whoever started it: it has ended although nobody stopped it."""
    why = "期间有人发布了别的规则，它比的是原来那一版。全部订单按新发布的规则"
    return fitted([f"规则试行「{title(experiment)}」已结束：{why}。要继续，请在新规则上改好再试", way])


def reason(experiment: Experiment) -> str:
    """Why a version of the rules was made, as its history tells."""
    name = title(experiment)
    if experiment.undone_at is not None:
        return f"撤回试行「{name}」"
    match experiment.ending:
        case None:
            return f"试行「{name}」：{experiment.percent}% 的订单"
        case Ending.ADOPTED:
            return f"试行「{name}」：{EVERYBODY}%，全部采用"
        case ending:
            return f"试行「{name}」结束：{named(ending)}"


def title(experiment: Experiment) -> str:
    """As people wrote it, fit to be shown."""
    return shortened(free(experiment.title), MOST_TITLE)


def _numbers(compared: Mapping[Yardstick, Measured]) -> Iterator[str]:
    """A line for each measure that was judged in both parts."""
    for yardstick, one in compared.items():
        if one.tried.n and one.control.n:
            sign = "" if one.aim is Aim.MORE else "（不能多）"
            numbers = f"试 {share(one.tried)}，对照 {share(one.control)}"
            yield f"{named(yardstick)}{sign}：{numbers}，差 {points(one.difference(len(compared)))}"


def share(arm: Arm) -> str:
    """`12.0%（60/500）`."""
    return f"{100 * arm.share:.1f}%（{arm.hits}/{arm.n}）"


def points(one: Difference) -> str:
    """`+7.0 点（+2.1 ～ +11.9）`."""
    return f"{100 * one.estimate:+.1f} 点（{100 * one.low:+.1f} ～ {100 * one.high:+.1f}）"
