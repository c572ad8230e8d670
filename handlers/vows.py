"""Is what is stored of promises right? Against the texts that customers have, and against the events. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo

from handlers.laws import Why
from handlers.messages import LetterId
from handlers.outbox import Letter, LetterKind
from handlers.promising import stated
from rules.delivery import DeliveryState
from rules.events import OrderEvent
from rules.orders import Order
from rules.promises import Promise, Slot, judge

HELD = frozenset({DeliveryState.SENT, DeliveryState.UNKNOWN})
"""A customer has the text, or may have it."""
BY_HAND = "done:"
"""What the texts begin with that somebody has sent by hand: no letter carries them."""


def broken_promises(
    order: Order,
    events: Sequence[OrderEvent],
    letters: Sequence[Letter],
    promises: Sequence[Promise],
    zone: tzinfo,
) -> Iterator[tuple[Why, str]]:
    """What is wrong with the promises of an order; `letters` about its own cases."""
    due = {
        (letter.id, slot): (at, letter.state is DeliveryState.UNKNOWN)
        for letter, slot, at in _stated(letters, zone)
    }
    kept = {
        (one.told, one.slot): (one.due_at, one.unsure) for one in promises if not one.told.startswith(BY_HAND)
    }
    ours = {letter.id for letter in letters}
    for told, slot in sorted(due.keys() - kept.keys()):
        yield Why.PROMISE_MISSING, f"{told} {slot}"
    for (told, slot), row in sorted(kept.items()):
        if told in ours and due.get((LetterId(told), slot)) != row:
            yield Why.PROMISE_NEEDLESS, f"{told} {slot}"
    for promise in promises:
        if judge(promise, order, events) != promise:
            yield Why.PROMISE_MISJUDGED, promise.ref


def _stated(letters: Sequence[Letter], zone: tzinfo) -> Iterator[tuple[Letter, Slot, datetime]]:
    for letter in letters:
        if letter.kind is LetterKind.CUSTOMER and letter.state in HELD:
            for slot, at in stated(letter.content, zone).items():
                yield letter, slot, at
