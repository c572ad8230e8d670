"""What does the card of alerts say that were too many to be shown one by one?"""

from collections.abc import Sequence

from replies.cards import Card, Row, Tone
from replies.rows import lateness, order_no
from replies.situation import Situation

MOST_SHOWN = 5


def overflow_card(top: Sequence[Situation], count: int, link: str) -> Card:
    """`count` cases, two at least, of which `top` are the most urgent ones; the link leads to all of them."""
    rows = [Row(label=one.anomaly.priority, value=f"{order_no(one)} {lateness(one)}") for one in top]
    more = [Row(label="其余", value="都在看板上")] if count > len(top) else []
    return Card(
        source=f"盯单 · {top[0].anomaly.priority}",
        tone=Tone.ALARM,
        title=f"{count} 单异常等待处理",
        subtitle="消息太多，合并成这一张，最急的在前",
        rows=(*rows, *more),
        text="点开卡片看全部，在看板上逐单处理。",
        link=link,
    )
