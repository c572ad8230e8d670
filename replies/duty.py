"""What does the bot say of changes of duty? Who, when, what stands in the way, and how it is mended."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from replies.labels import label
from replies.lengths import fitted, shortened
from replies.masking import free
from replies.words import Language, Text
from rules.changes import Flaw, FlawKind
from rules.dates import A_DAY
from rules.duty import AHEAD, Change, ChangeKind
from rules.events import Shop, UserId
from rules.gaps import ANY_SHOP, Gap
from rules.rights import Role
from rules.roster import ANY, Roster
from rules.spans import Span, Unclear, UnclearError, written

MOST_ECHO = 30
MOST_NAMED = 5
MOST_SHOPS = 3
_WEEKDAYS = Text("一二三四五六日", "Mon Tue Wed Thu Fri Sat Sun")

_MORE_SHOPS = Text(" 等 {n} 个店铺", " and others, {n} shops")

USAGE = (
    "改班这样写：\n"
    "/值班 换 李四 12-03 09:00-18:00　这段班换给李四\n"
    "/值班 请假 12-03..12-05　请这几天假\n"
    "/值班 顶班 12-03 22:00..12-04 06:00　这段时间我当班\n"
    "/值班 撤销 编号　撤销或退回\n"
    "组长、经理可以替别人写：/值班 换 张三 李四 …、/值班 请假 张三 …"
)
"""How duty is changed."""


# --- when and what ------------------------------------------------------------------


def day(at: datetime, language: Language = Language.ZH) -> str:
    """A day of a local time: `12月3日（周四）`, `Thu 3 Dec`."""
    if language is Language.ZH:
        return f"{at.month}月{at.day}日（周{_WEEKDAYS.zh[at.weekday()]}）"
    return f"{_WEEKDAYS.en.split()[at.weekday()]} {at.month:02}-{at.day:02}"


def stretch(start: datetime, end: datetime, zone: tzinfo, language: Language = Language.ZH) -> str:
    """From when until when: `12月3日（周四）09:00–18:00`, `12月3日（周四）全天`, `… 至 …`."""
    start, end = start.astimezone(zone), end.astimezone(zone)
    first = day(start, language)
    gap = "" if language is Language.ZH else " "
    if start.time() == end.time() == datetime.min.time():
        last = day(end - A_DAY, language)
        if last == first:
            return first + Text("全天", ", all day").said(language)
        return first + Text(" 至 ", " to ").said(language) + last
    if start.date() == end.date():
        return f"{first}{gap}{start:%H:%M}–{end:%H:%M}"
    if end.time() == datetime.min.time() and (end - A_DAY).date() == start.date():
        return f"{first}{gap}{start:%H:%M}–24:00"
    return f"{first}{gap}{start:%H:%M} – {day(end, language)}{gap}{end:%H:%M}"


_DEEDS: Mapping[ChangeKind, Text] = {
    ChangeKind.SWAP: Text("{who} 的班换给 {heir}", "{who}'s duty goes to {heir}"),
    ChangeKind.COVER: Text("{who} 顶班", "{who} covers"),
    ChangeKind.LEAVE: Text("{who} 请假", "{who} is on leave"),
}


def what(change: Change, roster: Roster, language: Language = Language.ZH) -> str:
    """What a change is: `张三 的班换给 李四，12月3日（周四）09:00–18:00`."""
    who, heir = name(roster, change.userid), name(roster, change.substitute or change.userid)
    deed = _DEEDS[change.kind].said(language, who=who, heir=heir)
    when = stretch(change.start, change.end, roster.zone, language)
    return deed + Text("，", ", ").said(language) + when


def name(roster: Roster, userid: UserId) -> str:
    """Somebody's name, fit to be shown."""
    return free(roster.name(userid))


def gap_line(gap: Gap, shops: Sequence[Shop], roster: Roster, language: Language = Language.ZH) -> str:
    """Where nobody is on shift: `组长 main 12月3日（周四）18:00–22:00`."""
    when = stretch(gap.start, gap.end, roster.zone, language)
    return f"{label(gap.role, language)}{shops_named(shops, language)} {when}"


def shops_named(shops: Sequence[Shop], language: Language) -> str:
    """The shops of a gap, a space before them; nothing where it is about any shop."""
    named = [free(shop) for shop in shops[:MOST_SHOPS] if shop != ANY_SHOP]
    more = _MORE_SHOPS.said(language, n=len(shops)) if len(shops) > MOST_SHOPS else ""
    return f" {Text('、', ', ').said(language).join(named)}{more}" if named else ""


def by_time(gaps: Sequence[Gap]) -> list[tuple[Gap, Sequence[Shop]]]:
    """Gaps of one role at the same time are one, of several shops."""
    shops = defaultdict[tuple[Role, datetime, datetime], list[Gap]](list)
    for gap in gaps:
        shops[gap.role, gap.start, gap.end].append(gap)
    return [(same[0], [gap.shop for gap in same]) for same in shops.values()]


# --- answers ------------------------------------------------------------------------


def made(change: Change, roster: Roster, told: Sequence[UserId], gaps: Sequence[Gap]) -> str:
    """It is done; `told` are who hears of it, `gaps` where nobody is left on shift."""
    also = f"已告诉 {'、'.join(name(roster, one) for one in told)}。" if told else ""
    done = f"已记下（{called(change)}）：{what(change, roster)}。{also}撤销请发 /值班 撤销 {change.number}"
    if not gaps:
        return done
    return fitted(
        [done, "注意，这样一来没人当班：", *(gap_line(*gap, roster) for gap in by_time(gaps)[:MOST_NAMED])]
    )


def undone(change: Change, roster: Roster) -> str:
    """It is taken back."""
    return f"已撤销（{called(change)}）：{what(change, roster)}。"


def told(change: Change, reader: UserId, actor: UserId, roster: Roster) -> str:
    """To somebody whose duty another has changed."""
    who = name(roster, actor)
    back = f"不方便请发 /值班 撤销 {change.number}"
    when = stretch(change.start, change.end, roster.zone)
    if change.kind is ChangeKind.SWAP and reader == change.substitute:
        return f"{who} 把{_whose(change, actor, roster)}班换给您：{when}（{called(change)}）。{back} 退回。"
    return f"{who} 给您记了（{called(change)}）：{what(change, roster)}。{back}。"


def _whose(change: Change, actor: UserId, roster: Roster) -> str:
    return "" if change.userid == actor else f" {name(roster, change.userid)} 的"


def told_undone(change: Change, actor: UserId, roster: Roster) -> str:
    """To somebody whose change another has taken back."""
    return f"{name(roster, actor)} 撤销了（{called(change)}）：{what(change, roster)}。班照原来的上。"


def may_not(change: Change, roster: Roster) -> str:
    """Somebody has tried to change the duty of others."""
    return f"改 {name(roster, change.userid)} 的班要组长或经理来做，而且要负责他的店铺；您可以改自己的班。"


def may_not_undo(change: Change, roster: Roster) -> str:
    """Somebody has tried to take back what is none of theirs."""
    return f"{called(change)} 是 {name(roster, change.userid)} 的，要本人、对方、记的人或组长、经理来撤销。"


def unknown_number(said: str) -> str:
    """There is no change of that number."""
    return f"没有编号「{_echo(said)}」。发 /值班 看编号，再发 /值班 撤销 编号。"


def over_already(change: Change, roster: Roster) -> str:
    """It cannot be taken back any more, or was."""
    gone = "已经撤销过了" if change.revoked_at is not None else "已经过去了"
    return f"{called(change)}（{what(change, roster)}）{gone}，不用再撤销。"


def namesakes(said: str, userids: Sequence[UserId]) -> str:
    """Several people have that name."""
    return f"有 {len(userids)} 位「{_echo(said)}」，请写 userid：{'、'.join(userids[:MOST_NAMED])}"


def unknown_person(said: str, near: Sequence[str]) -> str:
    """What stands there is nobody's name, nor a day."""
    meant = f"是不是 {'、'.join(free(one) for one in near)}？" if near else ""
    return f"没看懂「{_echo(said)}」：名册上没有这个人，也不是日期。{meant}{HOW}"


def nobody_named() -> str:
    """A swap without the other one."""
    return f"换给谁？请写名册上的名字。{HOW}"


HOW = "例如 /值班 换 李四 12-03 09:00-18:00"

_UNCLEAR: Mapping[Unclear, str] = {
    Unclear.EMPTY: "没写哪一天。日期写 12-03、周六或 12-03..12-05，只要一段就加时刻：12-03 09:00-18:00",
    Unclear.UNREADABLE: "没看懂「{said}」。日期写 12-03 或周六，时刻写 09:00-18:00",
    Unclear.NO_SUCH_DAY: "没有「{said}」这一天，请核对日期",
    Unclear.NO_SUCH_TIME: "没有「{said}」这个时刻，请写 00:00 到 24:00",
    Unclear.NO_END: "「{said}」没写到什么时候，请写成 12-03 09:00-18:00 或 12-03..12-05",
    Unclear.TOO_MUCH: "「{said}」看不出从什么时候到什么时候，请写成 12-03 09:00-18:00 或 12-03..12-05",
    Unclear.MIDNIGHT: "「{said}」结束得比开始早。请核对开始和结束",
}


def unclear(error: UnclearError) -> str:
    """What cannot be read, and how it is written."""
    if error.mend:
        return f"「{_echo(error.said)}」跨了零点吗？是的话请写明到哪一天：{error.mend}"
    return f"{_UNCLEAR[error.why].format(said=_echo(error.said))}。"


def _echo(said: str) -> str:
    return shortened(free(said), MOST_ECHO)


# --- what stands in the way ---------------------------------------------------------

_FLAWS: Mapping[FlawKind, Text] = {
    FlawKind.UNKNOWN: Text(
        "名册上没有 {who}。请写名册上的名字或 userid。",
        "{who} is not on the roster. Write a name or userid that is.",
    ),
    FlawKind.ONESELF: Text(
        "不能换给自己，请写另一个人。", "Nobody stands in for themselves; name somebody else."
    ),
    FlawKind.EMPTY: Text("结束不晚于开始，请核对。", "It ends no later than it begins; correct one of them."),
    FlawKind.PAST: Text("这段时间已经过去了，请核对日期。", "That time is over already; correct the day."),
    FlawKind.FAR: Text(
        "只能改 {days} 天以内的班；更远的请写进名册的排班。",
        "Duty can be changed {days} days ahead; write what is later into the roster's shifts.",
    ),
    FlawKind.ROLE: Text(
        "{who} 没有这个班要的职责「{role}」，请换一位有的。",
        "{who} has not got the role {role}, which this duty takes; name somebody who has.",
    ),
    FlawKind.SHOP: Text(
        "{who} 不负责{shop}，请换一位负责的。", "{who} does not serve {shop}; name somebody who does."
    ),
    FlawKind.NIGHT: Text(
        "这几天里有跨零点的班，整天换会把它切成两半。请写成 {write}。",
        "A shift over midnight would be cut in two by whole days. Write {write}.",
    ),
    FlawKind.NOTHING: Text(
        "{who} 这段时间没有班可换，请核对日期和时刻。",
        "{who} has no shift in that time; correct the day or the hours.",
    ),
    FlawKind.MEETS: Text(
        "和已有的重叠（{number}）：{other}。请先撤销那一个，或改时间。",
        "It meets {number}: {other}. Take that one back first, or change the time.",
    ),
}
_EVERY_SHOP = Text("全部店铺", "every shop")
_SHOP = Text("店铺 {shop} ", "the shop {shop}")
_NO_ROLE = Text(
    "{who} 没有值班的职责，不能顶班。", "{who} has no role to be on shift for, so they cannot cover."
)


def objection(flaw: Flaw, roster: Roster, language: Language = Language.ZH) -> str:
    """Why duty cannot be changed so, and how it can."""
    who = name(roster, flaw.userid)
    if flaw.kind is FlawKind.ROLE and flaw.role is None:
        return _NO_ROLE.said(language, who=who)
    other = flaw.other
    return _FLAWS[flaw.kind].said(
        language,
        who=who,
        days=AHEAD.days,
        role="" if flaw.role is None else label(flaw.role, language),
        shop=(_EVERY_SHOP if flaw.shop == ANY else _SHOP).said(language, shop=free(flaw.shop or "")),
        write="" if flaw.shift is None else written(Span(start=flaw.shift[0], end=flaw.shift[1])),
        number="" if other is None else called(other, language),
        other="" if other is None else what(other, roster, language),
    )


def called(change: Change, language: Language = Language.ZH) -> str:
    """What a change is called: its number, or that it stands in the file."""
    if change.number is None:
        return Text("名册文件", "the roster file").said(language)
    return Text("编号 {number}", "number {number}").said(language, number=change.number)
