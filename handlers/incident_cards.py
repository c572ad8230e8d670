"""How do the cards of an incident change that nobody taps? Those of members may once, by the right that came with them."""

from collections.abc import Iterable
from datetime import datetime

from handlers.approved import IncidentCard
from handlers.outbox import LetterKind, Medium
from handlers.pen import Pen


def change_cards(cards: Iterable[IncidentCard], pen: Pen, at: datetime) -> None:
    """A change for each at `at`, worded then. It is one for each card, whatever else happens until it leaves."""
    for card in cards:
        pen.add(
            None,
            key=f"{card.id}:refresh",
            kind=LetterKind.REFRESH,
            medium=Medium.APP,
            to=card.to,
            due_at=at,
            content={"card": card.id, "reply_to": card.response_code or "", "incident": card.incident},
        )
