"""What would a reply of a draft say of real orders? The latest cases that it speaks for, each worded as a card is."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.storage.caselist import CaseFilter, CaseList
from bot.storage.store import Store, Transaction
from bot.web.board.case_shape import ClaimShown
from bot.web.board.casefile import claims_shown
from bot.web.board.readers import Reader
from bot.web.board.reply_shape import PromisedBy, ReplySample, WordsShown
from bot.web.board.screens import Asked
from handlers.situations import dossiers_of
from handlers.world import World
from replies.drafts import CASE, SHOWN_IN_FULL, TODAY, Draft, draft
from replies.facts import facts_of
from replies.library import Template, Templates, template
from replies.masking import masked, plain
from replies.previewing import INVENTED, as_opened, by_replies_of, invented, speaks, under
from replies.situation import Situation
from rules.book import Reply, RuleBook
from rules.events import OrderEvent, OrderKey, Shop
from rules.promises import Slot

MOST_LOOKED, MOST_SHOWN = 60, 5
"""Of cases."""


class ReplyPreviews:
    """Words of replies that are in force for nobody yet."""

    def __init__(self, store: Store, world: World) -> None:
        self._store = store
        self._world = world

    async def of(self, asked: Asked[Any], book: RuleBook, number: int) -> WordsShown:
        """What the reply of that number says to customers of the reader's shops."""
        reply = book.replies[number]
        made = template(reply.name, reply.text)
        cases, events = await self._cases(asked.reader, made, reply, asked.now)
        found = [*_spoken(reply, book, cases, events, self._world)][:MOST_SHOWN]
        example = invented(made, reply, book, self._world.directory.roster, asked.now)
        current, templates = self._world.directory.rules.current, self._world.templates
        samples = [sample_of(one, current, templates, asked) for one in found or [example]]
        return WordsShown(
            samples=samples,
            invented=not found,
            looked=len(cases),
            most=SHOWN_IN_FULL,
            too_long=sum(one.length > SHOWN_IN_FULL for one in samples),
            unseen=[name for name in _used(made) if not any(name in _known(one, made) for one in found)]
            if found
            else [],
            examples=dict(
                known for one in [example, *reversed(found)] for known in _known(one, made).items()
            ),
        )

    async def _cases(
        self, reader: Reader, made: Template, reply: Reply, now: datetime
    ) -> tuple[Sequence[Situation], Mapping[OrderKey, Sequence[OrderEvent]]]:
        """The latest cases that the reply may speak for, newest first, and what was reported of their orders."""
        shops = frozenset(map(Shop, reply.shops)) or reader.shops
        if reader.shops is not None and shops is not None:
            shops &= reader.shops
        wanted = CaseFilter(stage=made.stage, shops=shops)
        async with self._store.snapshot() as connection:
            work = Transaction(connection)
            page = await CaseList(connection).page(wanted, MOST_LOOKED)
            dossiers = await dossiers_of(work, self._world, [case.id for case in page], now)
            events = await work.orders.events({case.order for case in page})
        return [dossiers[case.id].situation for case in page if case.id in dossiers], events


def sample_of(
    situation: Situation, today_book: RuleBook, templates: Templates, asked: Asked[Any]
) -> ReplySample:
    """The words, and those by the rules in force beside them."""
    case = situation.anomaly
    made = draft(situation, templates)
    said_by = by_replies_of if case.id == INVENTED else under
    today = draft(said_by(situation, today_book), templates)
    text = masked(made.text) if isinstance(made, Draft) else None
    return ReplySample(
        case=None if case.id == INVENTED else case.id,
        shop=plain(case.order.shop),
        order_no=plain(case.order.order_no),
        stage=case.stage,
        at=asked.local(situation.now),
        as_opened=situation.now != asked.now,
        text=text,
        length=len(text or ""),
        blocked=None if isinstance(made, Draft) else made.why,
        claims=_claims(made, situation) if isinstance(made, Draft) else [],
        promises=[PromisedBy(slot=slot, by=asked.local(by)) for slot, by in made.promises.items()]
        if isinstance(made, Draft)
        else [],
        today=masked(today.text) if isinstance(today, Draft) else None,
        today_blocked=None if isinstance(today, Draft) else today.why,
    )


def _spoken(
    reply: Reply,
    book: RuleBook,
    cases: Sequence[Situation],
    events: Mapping[OrderKey, Sequence[OrderEvent]],
    world: World,
) -> Iterator[Situation]:
    """Those that the reply speaks for as they stand, else as they were when they were opened."""
    for case in cases:
        now = under(case, book)
        if speaks(reply, now, world.templates):
            yield now
            continue
        then = under(as_opened(case, events.get(case.order.key, ())), book)
        if speaks(reply, then, world.templates):
            yield then


def _used(made: Template) -> list[str]:
    """The facts that the words may rest on, without what is known of every case."""
    return [name for name in made.names if name not in {*Slot}]


def _known(situation: Situation, made: Template) -> dict[str, str]:
    """How the facts read that are known of a case."""
    facts = facts_of(situation, made.promises)
    return {
        name: masked(fact.words) for name, fact in facts.items() if fact is not None and fact.words.strip()
    }


def _claims(made: Draft, situation: Situation) -> list[ClaimShown]:
    """The facts that the words rest on, without those of every draft."""
    return [
        one
        for one in claims_shown(made, situation)
        if one.name not in {CASE, TODAY, *Slot} and one.value is not None
    ]
