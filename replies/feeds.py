"""What does the team read of a source that is out, and of one that is back?"""

from collections.abc import Mapping
from datetime import datetime, tzinfo

from replies import names, timewords
from replies.cards import Card, Row, Tone
from replies.masking import coded
from rules.outages import Outage
from rules.stages import STAGES, Stage

MOST_CHARACTERS = 14
"""Of a name in a title."""
_SOURCE = "盯单 · 数据"


def out_card(outage: Outage, link: str, now: datetime, zone: tzinfo) -> Card:
    """A source is out: since when, how much is missing, what waits for it, and what to look at."""
    since = timewords.moment(outage.heard_at, now, zone)
    rows = {
        "来源": coded(outage.source),
        "最后消息": since,
        "本应收到": f"约 {outage.expected} 条" if outage.expected else "心跳",
        "等它的": f"{outage.waiting} 单未完" if outage.waiting else "",
        "涉及": _stages(outage),
    }
    return Card(
        source=_SOURCE,
        tone=Tone.ALARM,
        title=f"{_name(outage)} 没有消息了",
        subtitle=f"{since} 起没有一条消息，不像是订单都没动",
        rows=_rows(rows),
        text=(
            "请查：这个系统在不在运行，它推送消息的任务、网络和令牌是否正常。"
            "在它恢复之前，等它消息的订单只上看板、记作暂缓，不发卡片；给顾客的原话也先不能发。"
            "顾客主动来问的照常报。恢复后自动补齐。"
        ),
        link=link,
    )


def back_card(outage: Outage, link: str, now: datetime, zone: tzinfo) -> Card:
    """A source is back, and what it had missed has come in: what became of what was held."""
    start = timewords.moment(outage.heard_at, now, zone)
    end = timewords.moment(outage.back_at or now, now, zone)
    rows = {
        "来源": coded(outage.source),
        "没有消息": f"{start} 至 {end}",
        "本来会报": f"{outage.held} 个",
        "其实动了": f"{outage.healed} 个",
        "真的停住": f"{outage.raised} 个",
    }
    upshot = f"{outage.raised} 个异常现在报出来，卡片随后就到。" if outage.raised else "没有漏掉的异常。"
    return Card(
        source=_SOURCE,
        tone=Tone.CALM,
        title=f"{_name(outage)} 恢复了",
        subtitle="积压的消息已经补上",
        rows=_rows(rows),
        text=upshot,
        link=link,
    )


def _name(outage: Outage) -> str:
    name = coded(outage.source)
    return name if len(name) <= MOST_CHARACTERS else f"{name[: MOST_CHARACTERS - 1]}…"


def _stages(outage: Outage) -> str:
    """The stages whose news it brings."""
    return "、".join(names.STAGES[stage] for stage in stages_of(outage))


def stages_of(outage: Outage) -> list[Stage]:
    """The stages whose news it brings, in their order."""
    found = {station.stage for station, theirs in outage.reach.items() if theirs}
    return [stage for stage in STAGES if stage in found]


def _rows(rows: Mapping[str, str]) -> tuple[Row, ...]:
    return tuple(Row(label=label, value=value) for label, value in rows.items() if value)
