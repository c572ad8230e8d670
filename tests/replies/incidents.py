"""Incidents with their cases, for the tests of their cards and lines: payments that hang at 支付宝."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from replies.drafts import draft
from replies.impact import Affected, Impact, by_value
from replies.situation import Situation
from rules.anomalies import AnomalyId
from rules.approvals import Upshot
from rules.events import Attribute, Customer
from rules.incidents import Incident
from rules.stages import Priority, Stage
from rules.storms import Cause, IncidentId
from tests.replies.builders import NOW, TEMPLATES, a_case

NAMES = ("李女士", "王先生", "陈女士", "赵先生")


def a_member(
    number: int, *, amount_fen: int | None = None, name: str | None = None, **parts: Any
) -> Situation:
    """A payment that hangs, of a customer who can be answered."""
    amount = {} if amount_fen is None else {Attribute.AMOUNT_FEN: amount_fen}
    parts.setdefault("order_no", f"DB20251222-{number:03}")
    one = a_case(
        parts.pop("stage", Stage.PAYMENT),
        late=timedelta(minutes=1, seconds=number % 50),
        facts={Attribute.PAYMENT_CHANNEL: "alipay", **amount},
        customer=Customer(
            name=NAMES[number % len(NAMES)] if name is None else name, external_userid=f"wm{number}"
        ),
        **parts,
    )
    return replace(one, anomaly=replace(one.anomaly, id=AnomalyId(f"a{number}"), incident=IncidentId("i1")))


def affected(one: Situation, upshot: Upshot | None = None, why: str = "") -> Affected:
    return Affected(situation=one, draft=draft(one, TEMPLATES), upshot=upshot, why=why)


def an_incident(lead: Situation, size: int, **fields: Any) -> Incident:
    case = lead.anomaly
    incident = Incident(
        id=IncidentId("i1"),
        group="default",
        stage=case.stage,
        cause=Cause.PAYMENT_CHANNEL,
        value="alipay",
        priority=Priority.P1,
        book_version=1,
        lead=case.id,
        order=case.order,
        size=size,
        opened_at=NOW - timedelta(minutes=1),
        joined_at=NOW,
        locks_at=NOW + timedelta(hours=1),
        raised_at=NOW - timedelta(minutes=1),
        surge_at=NOW - timedelta(minutes=1),
        surge=size,
        wave_at=NOW - timedelta(minutes=1),
    )
    return replace(incident, **fields)


def an_impact(cases: Sequence[Situation | Affected], *, link: str | None = None, **fields: Any) -> Impact:
    """What these cases come to together."""
    members = [one if isinstance(one, Affected) else affected(one) for one in cases]
    incident = an_incident(members[0].situation, len(members), **fields)
    return Impact(incident=incident, cases=sorted(members, key=by_value), now=NOW, link=link)


def many(count: int, **parts: Any) -> list[Situation]:
    """So many, of falling value."""
    return [a_member(number, amount_fen=129_900 - 1_000 * number, **parts) for number in range(1, count + 1)]
