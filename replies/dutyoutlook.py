"""What is wrong with the duty of the days to come, and how is it mended? A line for each, for chats and pages."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time, timedelta

from replies.duty import by_time, called, day, gap_line, name, objection, shops_named, stretch, what
from replies.labels import label
from replies.lengths import fitted
from replies.masking import free
from replies.words import Language, Text
from rules.events import Shop
from rules.gaps import Doubled, Finding, Gap, Stranger, Unfit, stand_in
from rules.rights import Role
from rules.roster import Roster
from rules.spans import Span, written

MOST_LINES = 12
"""Of one message; the rest is on the board."""
MOST_DAYS = 7


_Same = tuple[Role, tuple[Shop, ...], time, time, int]
"""What the gaps of one line have in common: role, shops, hours, and how many midnights they last over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is wrong, and the mend."""

    wrong: str
    mend: str


_BARE = Text("{where} 没人当班", "{where}: nobody on shift")
_DAILY = Text("{role}{shop} {clock} 没人当班：{days}", "{role}{shop} {clock}, nobody on shift: {days}")
_FILL = Text("找人顶，如 /值班 顶班 {who} {when}", "have it covered, such as by /oncall cover {who} {when}")
_PLAN = Text("在名册的 shifts 里排人", "write somebody into the roster's shifts")
_PLAN_OR = Text("；或", "; or ")
_STRANGE = Text(
    "名册 {where} 写着 {who}，名册上没有或已经离职",
    "{where} of the roster names {who}, who is not on it or has left",
)
_RENAME = Text("改名册的这一行", "change that line of the roster")
_DOUBLED = Text("{who} 一个人上两个班，{when}（{number}）", "{who} has the duty of two, {when} ({number})")
_UNDO = Text("/值班 撤销 {number} 后换别人", "/oncall undo {number}, and ask somebody else")
_OF_FILE = Text("改名册的 overrides", "change the roster's overrides")
_UNFIT = Text("{what}（{number}）已经行不通：{why}", "{what} ({number}) cannot be any more: {why}")


def told(found: Sequence[Finding], roster: Roster, language: Language = Language.ZH) -> list[Told]:
    """A line for each finding; gaps of the same hours on several days are one."""
    gaps = defaultdict[_Same, list[Gap]](list)
    for one, shops in by_time([one for one in found if isinstance(one, Gap)]):
        start, end = one.start.astimezone(roster.zone), one.end.astimezone(roster.zone)
        length = (end.date() - start.date()).days
        gaps[one.role, tuple(shops), start.time(), end.time(), length].append(one)
    lines = [_gaps(same, key[1], roster, language) for key, same in gaps.items()]
    return lines + [_line(one, roster, language) for one in found if not isinstance(one, Gap)]


def message(found: Sequence[Finding], roster: Roster, board: str) -> str:
    """To the duty manager: the list, each with its mend; `board` is where the whole of it is shown."""
    lines = told(found, roster)
    more = len(lines) - MOST_LINES
    said = [f"{one.wrong} → {one.mend}" for one in lines[:MOST_LINES]]
    rest = [f"…还有 {more} 处"] if more > 0 else []
    return fitted([f"未来 7 天的值班有 {len(lines)} 处要补：", *said, *rest, board])


def _gaps(same: Sequence[Gap], shops: Sequence[Shop], roster: Roster, language: Language) -> Told:
    first = same[0]
    mend = _mend(first, roster, language)
    if len(same) > 1 and mend != _PLAN.said(language):
        mend = _PLAN.said(language) + _PLAN_OR.said(language) + mend
    if len(same) == 1:
        return Told(wrong=_BARE.said(language, where=gap_line(first, shops, roster, language)), mend=mend)
    start, end = first.start.astimezone(roster.zone), first.end.astimezone(roster.zone)
    next_day = Text("次日", "next day ").said(language) if end.date() > start.date() else ""
    clock = f"{start:%H:%M}–{next_day}{end:%H:%M}"
    days = (
        Text("、", ", ")
        .said(language)
        .join(day(gap.start.astimezone(roster.zone), language) for gap in same[:MOST_DAYS])
    )
    shop = shops_named(shops, language)
    wrong = _DAILY.said(language, role=label(first.role, language), shop=shop, clock=clock, days=days)
    return Told(wrong=wrong, mend=mend)


def _mend(gap: Gap, roster: Roster, language: Language) -> str:
    """By whom it could be covered; where nobody is free, or it is long, that somebody has to be planned."""
    free_one = stand_in(gap, roster) if gap.end - gap.start <= timedelta(days=1) else None
    if free_one is None:
        return _PLAN.said(language)
    start, end = (at.astimezone(roster.zone).replace(tzinfo=None) for at in (gap.start, gap.end))
    when = written(Span(start=start, end=end))
    return _FILL.said(language, who=name(roster, free_one), when=when)


def _line(found: Stranger | Doubled | Unfit, roster: Roster, language: Language) -> Told:
    match found:
        case Stranger():
            wrong = _STRANGE.said(language, where=found.where, who=free(roster_name(found.who, roster)))
            return Told(wrong=wrong, mend=_RENAME.said(language))
        case Doubled():
            change = found.swap
            wrong = _DOUBLED.said(
                language,
                who=name(roster, change.substitute or change.userid),
                when=stretch(found.start, found.end, roster.zone, language),
                number=called(change, language),
            )
        case Unfit():
            change = found.change
            wrong = _UNFIT.said(
                language,
                what=what(change, roster, language),
                number=called(change, language),
                why=objection(found.flaw, roster, language),
            )
    undo = _OF_FILE if change.number is None else _UNDO
    return Told(wrong=wrong, mend=undo.said(language, number=change.number))


def roster_name(who: str, roster: Roster) -> str:
    """Somebody's name with their id, where they were on the roster."""
    known = next((one.name for one in roster.former.values() if one.userid == who), None)
    return who if known is None else f"{known}（{who}）"
