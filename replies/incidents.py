"""What does the card of an incident say? Which cases it is about, and what they have in common."""

from collections.abc import Sequence

from replies import names
from replies.cards import Card, Row, Tone
from replies.masking import plain
from rules.anomalies import Anomaly
from rules.incidents import Incident

MOST_SHOWN = 5


def cause_of(incident: Incident) -> str:
    """What its cases have in common, such as `仓库 hz1`."""
    return f"{names.CAUSES[incident.cause]} {plain(incident.value)}"


def title_of(incident: Incident) -> str:
    """What stands still where, such as `仓库拣货 · 仓库 hz1`."""
    return f"{names.STAGES[incident.stage]} · {cause_of(incident)}"


def incident_card(incident: Incident, cases: Sequence[Anomaly], link: str) -> Card:
    """Its cases, oldest first, two at least; the link leads to all of them."""
    shown = "、".join(plain(case.order.order_no) for case in cases[:MOST_SHOWN])
    more = f" 等 {len(cases)} 单" if len(cases) > MOST_SHOWN else ""
    return Card(
        source=f"盯单 · {incident.priority}",
        tone=Tone.ALARM,
        title=f"{len(cases)} 单同时异常",
        subtitle=title_of(incident),
        rows=(Row(label="订单", value=f"{shown}{more}"),),
        text="原因相同，合并成这一张，不再逐单发卡片。",
        link=link,
    )
