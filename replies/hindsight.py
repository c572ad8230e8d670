"""What would customers have been told? The reply on the card of each alert of a rehearsal, as it would have been then.

No text gives away who the customer is: a rehearsal is kept for longer than that may be known.
"""

from collections.abc import Iterator
from datetime import datetime

from msgspec.structs import replace

from replies.drafts import SHOWN_IN_FULL, Blocked, Draft, draft
from replies.library import Templates
from replies.situation import Situation
from rules.contact import Because, Channel, Route
from rules.editions import Rules
from rules.orders import Order
from rules.rehearsal import Alert, Rehearsed, RosterOf, Scene
from rules.wordings import Wording

SOMEBODY, LATIN = "某", "x"
"""What each letter of a customer's name after the first becomes."""
_ROUTE = Route(channel=Channel.COPY, because=Because.NO_ADDRESS)
"""No reply says anything of the way that it takes."""


def wordings(
    rehearsed: Rehearsed, rules: Rules, roster_of: RosterOf, templates: Templates, since: datetime
) -> Iterator[tuple[Alert, Wording]]:
    """The alerts from then on that people would have heard of, each with its reply; what only the board shows has none."""
    for alert, scene in zip(rehearsed.alerts, rehearsed.scenes, strict=True):
        if not alert.silent and alert.raised_at >= since:
            yield alert, _worded(draft(_situation(alert, scene, rules, roster_of), templates))


def _situation(alert: Alert, scene: Scene, rules: Rules, roster_of: RosterOf) -> Situation:
    return Situation(
        order=_masked(scene.order),
        anomaly=scene.case,
        book=rules.of(scene.case),
        roster=roster_of(alert.raised_at),
        route=_ROUTE,
        now=alert.raised_at,
        delivered=scene.arrived,
    )


def _masked(order: Order) -> Order:
    """The order of somebody whose name is as long, and not theirs."""
    name = order.customer.name
    if not name:
        return order
    hidden = name[0] + "".join(_hidden(letter) for letter in name[1:])
    return replace(order, customer=replace(order.customer, name=hidden))


def _hidden(letter: str) -> str:
    if not letter.isalpha():
        return letter
    return LATIN if letter.isascii() else SOMEBODY


def _worded(text: Draft | Blocked) -> Wording:
    template = f"{text.template} {text.version}"
    if isinstance(text, Blocked):
        return Wording(template=template, text=None, missing=text.missing)
    return Wording(
        template=template,
        text=text.text,
        is_long=len(text.text) > SHOWN_IN_FULL,
        promises=tuple(text.promises),
    )
