"""How is the outcome of a rehearsal told on a terminal?"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo

from replies.facts import FACTS
from replies.labels import label
from replies.words import Language
from rules.comparisons import Comparison, Turn
from rules.events import UserId
from rules.promises import Slot
from rules.reports import FEW, LEAST_DAYS, Doubt, Report
from rules.roster import Roster
from rules.stages import Stage
from rules.tallies import StageTally, Tally
from rules.wordings import Replies, WordsTurned, WordTurn

ROWS: tuple[tuple[str, str], ...] = (
    ("cases", "异常"),
    ("alerts", "提醒"),
    ("per_hour", "每小时提醒"),
    ("busiest", "最忙的一小时"),
    ("cards", "群里的卡片"),
    ("folded", "其中超出配额、并成摘要"),
    ("pushes", "发给个人"),
    ("urgent", "其中 P1"),
    ("climbs", "升级步骤"),
    ("incidents", "同因事件"),
    ("gathered", "其中的异常"),
    ("healed", "没人碰过就好了"),
    ("silent", "只上看板"),
)
MOST_FACTS = 5
"""So many of the facts that drafts lack are told."""
WIDTH = 24
DOUBTS = {
    Doubt.SHORT: f"历史不满 {LEAST_DAYS} 天，不是每个星期几都有，结果说明不了什么",
    Doubt.FEW: f"异常不到 {FEW} 件，结果说明不了什么",
}


def as_text(report: Report, names: Sequence[str], roster: Roster, zone: tzinfo) -> str:
    """The report as a table; `names` are those of the book that is rehearsed and of the one it is held against."""
    lines = [_span(report, zone), ""]
    tallies = [one for one in (report.before, report.after) if one is not None]
    lines.append(_line("", [*reversed(names)] if report.before is not None else list(names[:1])))
    lines += [_line(told, [_value(one, name) for one in tallies]) for name, told in ROWS]
    lines += ["", "按环节（提醒 / 其中自愈的异常）"]
    lines += [
        _line(label(stage, Language.ZH), [_of_stage(one, stage) for one in tallies])
        for stage in _stages(tallies)
    ]
    lines += ["", "按当班的人（卡片 + 发给个人）"]
    lines += [_line(roster.name(who), [_of_person(one, who) for one in tallies]) for who in _people(tallies)]
    if report.comparison is not None:
        lines += ["", *_compared(report.comparison)]
    if report.replies is not None:
        lines += ["", *_replies(report.replies)]
    lines += [DOUBTS[doubt] for doubt in report.doubts]
    return "\n".join(lines)


def _span(report: Report, zone: tzinfo) -> str:
    since, until = _day(report.since, zone), _day(report.until, zone)
    return f"{since} – {until}（{report.days:.1f} 天），{report.orders} 单，{report.events} 个事件"


def _day(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def _line(name: str, values: Sequence[str]) -> str:
    wide = sum(2 if ord(letter) > 0x2E7F else 1 for letter in name)
    columns = "".join(f"{_pad(value)}" for value in values)
    return f"{name}{' ' * max(WIDTH - wide, 1)}{columns}".rstrip()


def _pad(value: str) -> str:
    wide = sum(2 if ord(letter) > 0x2E7F else 1 for letter in value)
    return " " * max(16 - wide, 1) + value


def _value(tally: Tally, name: str) -> str:
    if name == "per_hour":
        return f"{tally.per_hour:.2f}"
    if name == "healed":
        return f"{tally.healed}（{100 * tally.healed / tally.cases:.1f}%）" if tally.cases else "0"
    return str(getattr(tally, name))


def _stages(tallies: Sequence[Tally]) -> list[Stage]:
    return [stage for stage in Stage if any(stage in one.by_stage for one in tallies)]


def _of_stage(tally: Tally, stage: Stage) -> str:
    one = tally.by_stage.get(stage, StageTally())
    return f"{one.alerts} / {one.healed}"


def _people(tallies: Sequence[Tally]) -> list[UserId]:
    return list(dict.fromkeys(who for one in tallies for who in one.by_person))


def _of_person(tally: Tally, who: UserId) -> str:
    one = tally.by_person.get(who)
    return "0" if one is None else f"{one.cards} + {one.pushes}"


def _compared(comparison: Comparison) -> Iterator[str]:
    yield "首次提醒与对照相比"
    for turn in Turn:
        by = {Turn.EARLIER: comparison.earlier_by, Turn.LATER: comparison.later_by}.get(turn)
        median = "" if by is None else f"（中位数 {timedelta(seconds=round(by))}）"
        yield _line(label(turn, Language.ZH), [f"{comparison.turns[turn]}{median}"])


def _replies(replies: Replies) -> Iterator[str]:
    """What customers would have been told."""
    tallies = [one for one in (replies.before, replies.after) if one is not None]
    yield "回复话术（每次提醒的卡片上给顾客的草稿）"
    yield _line("有草稿", [str(one.drafted) for one in tallies])
    yield _line("没有草稿", [str(one.undrafted) for one in tallies])
    for fact in list(dict.fromkeys(fact for one in tallies for fact in one.missing))[:MOST_FACTS]:
        yield _line(f"  缺{FACTS[fact].label}", [str(one.missing.get(fact, 0)) for one in tallies])
    yield _line("卡片上显示不全", [str(one.long) for one in tallies])
    for slot in Slot:
        if any(slot in one.promises for one in tallies):
            yield _line(
                f"承诺{label(slot, Language.ZH)}", [str(one.promises.get(slot, 0)) for one in tallies]
            )
    if replies.comparison is not None:
        yield "两本都提醒的，话术相比"
        for turn in WordTurn:
            yield _line(label(turn, Language.ZH), [str(replies.comparison.turns[turn])])
        for one in replies.comparison.examples:
            yield from _example(one)


def _example(one: WordsTurned) -> Iterator[str]:
    lacks = "、".join(FACTS[fact].label for fact in one.missing)
    none = f"（没有草稿，缺{lacks}）" if lacks else "（没有草稿）"
    yield f"{label(one.turn, Language.ZH)}：{one.order.order_no}"
    yield from (f"  {mark} {text or none}" for mark, text in (("-", one.before), ("+", one.after)))


def named(book: str, in_force: int) -> str:
    """What a rule book is called in a heading; empty stands for the one in force."""
    if not book:
        return f"现行（第 {in_force} 版）"
    if book.isdecimal():
        return f"第 {book} 版"
    return f"草稿 {book.removeprefix('draft:')}" if book.startswith("draft:") else book.rsplit("/", 1)[-1]


def unknown(book: str, known: Sequence[int]) -> str:
    """There is no such rule book."""
    if book.startswith("draft:"):
        return f"--draft：没有这份草稿，或它还有错，先在看板上改好：{book.removeprefix('draft:')}"
    versions = "、".join(map(str, known))
    return (
        f"--version：库里没有第 {book} 版规则书；有 {versions}"
        if known
        else f"--version：库里没有第 {book} 版规则书"
    )


def no_history(first_at: datetime | None, last_at: datetime | None, zone: tzinfo) -> str:
    """There is nothing to rehearse on, and how much there is."""
    if first_at is None or last_at is None:
        return "库里还没有订单事件；先接入订单系统，或用 dingdan import 导入历史"
    span = f"{_day(first_at, zone)} – {_day(last_at, zone)}"
    return f"这段时间里没有可以排练的订单；库里的事件是 {span} 的，改 --since、--until 或 --shop"
