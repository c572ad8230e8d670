"""How is all that is known of an anomaly put, so that it may be shown?"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from msgspec import structs

from bot.web.board.anomalies import anomaly_row
from bot.web.board.case_shape import (
    AnomalyFile,
    ClaimShown,
    ContactShown,
    DraftShown,
    EntryShown,
    InBoth,
    LetterShown,
    MessageShown,
    OperationShown,
    OrderGlance,
    Urgency,
    WayShown,
)
from bot.web.board.promise_shape import promise_rows
from bot.web.board.queries import Query
from bot.web.board.screens import Asked
from bot.web.board.task_shape import task_row
from bot.web.board.telling import said
from bot.web.editing import Editing
from handlers.desk import Sheet
from handlers.outbox import INTO_GROUPS, TO_CUSTOMERS, Letter, LetterKind, Medium, card_of, draft_of
from handlers.pen import key_of_round
from handlers.records import Entry
from replies import timewords
from replies.actions import deeds, is_lost
from replies.drafts import ABSENT, Draft
from replies.faces import likely_reason
from replies.facts import facts_of
from replies.guard import objections
from replies.masking import free, masked, plain
from replies.situation import Situation
from replies.timeline import Telling, particulars
from replies.words import Language
from rules.delivery import DeliveryState
from rules.events import Attribute, ContactReport, OrderEvent
from rules.history import What
from rules.ladder import complaint_by, contact_by
from rules.orders import Operation, Order
from rules.promises import Slot
from rules.reaching import BY_WORD, Means, Needless, by_hand
from rules.reasons import Reason


def case_file(sheet: Sheet, asked: Asked[Query], editing: Editing | None) -> AnomalyFile:
    """All that is shown of a case to whoever asks; `editing` signs the words for a person's form."""
    situation, case = sheet.situation, sheet.situation.anomaly
    person = asked.reader.person and asked.reader.member.may_act(case.order.shop)
    drafted = isinstance(sheet.draft, Draft)
    return AnomalyFile(
        **structs.asdict(anomaly_row(case, asked, () if situation.outage is None else [situation.outage])),
        since=asked.local(case.since),
        raised_at=asked.local(case.raised_at),
        contact_by=asked.local(contact_by(case, situation.book)),
        complaint_by=asked.local(complaint_by(case, situation.book)),
        breaches=case.breaches,
        silent=case.silent,
        lane=None if case.lane is None else free(case.lane),
        urgency=urgency(situation),
        claimed_at=asked.local(case.claimed_at),
        reached_by=case.reached_by,
        waived_by=case.waived_by,
        waived_at=asked.local(case.waived_at),
        waived_why=case.waived_why,
        waived_text=said(case.waived_text),
        reopened_at=asked.local(case.reopened_at),
        reopenings=case.reopenings,
        escalated_at=asked.local(case.escalated_at),
        escalated_by=case.escalated_by,
        snoozed_until=asked.local(case.snoozed_until),
        reason_by=case.reason_by,
        missing=case.missing,
        reasons=tuple(Reason),
        likely_reason=likely_reason(situation).reason,
        needless=tuple(Needless),
        means=_means(situation),
        order=_glance(situation, asked),
        way=_way(situation),
        draft=_draft(sheet, editing),
        messages=_messages(sheet, asked),
        promises=promise_rows(sheet.promises, asked),
        tasks=[task_row(task, asked) for task in situation.tasks.values()],
        contacts=[_contact(event, asked) for event in sheet.contacts],
        timeline=timeline_of(sheet, asked),
        letters=_letters(sheet, asked),
        allowed=deeds(situation, drafted=drafted) if person else (),
    )


def urgency(situation: Situation) -> tuple[Urgency, ...]:
    """Why the case is as urgent as it is; the rules alone, where nothing has raised it."""
    case, contact = situation.anomaly, situation.order.contact
    called = contact is not None and contact.at >= case.since
    found = ((Urgency.CONTACTED, called), (Urgency.ESCALATED, case.escalated_at is not None))
    return tuple(why for why, so in found if so) or (Urgency.RULE,)


def _means(situation: Situation) -> tuple[Means, ...]:
    """Who could not be written to is called."""
    likely = Means.PHONE if is_lost(situation) else by_hand(situation.route)
    return tuple(sorted(BY_WORD, key=lambda means: means is not likely))


def timeline_of(sheet: Sheet, asked: Asked[Query]) -> list[EntryShown]:
    """What happened, with what was lost on its way to the team."""
    situation = sheet.situation
    zh, en = (
        Telling(roster=situation.roster, book=situation.book, language=language)
        for language in (Language.ZH, Language.EN)
    )
    return [_entry(entry, asked, zh, en) for entry in sheet.history]


def _glance(situation: Situation, asked: Asked[Query]) -> OrderGlance:
    order = situation.order
    stage, state = order.progress(situation.book.plan_for(order).skip)
    amount = order.value(Attribute.AMOUNT_FEN)
    return OrderGlance(
        stage=stage,
        state=state,
        created_at=asked.local(order.created_at),
        observed_at=asked.local(order.observed_at),
        channel=_text(order, Attribute.CHANNEL),
        amount_fen=amount if isinstance(amount, int) else None,
        warehouse=_text(order, Attribute.WAREHOUSE),
        carrier=_parcel_text(situation, Attribute.CARRIER),
        tracking_no=_parcel_text(situation, Attribute.TRACKING_NO),
        customer=said(order.customer.name),
        last_operation=_operation(order.last_operation, asked),
    )


def _text(order: Order, attribute: Attribute) -> str | None:
    return said(order.text(attribute))


def _parcel_text(situation: Situation, attribute: Attribute) -> str | None:
    text = situation.order.parcel_text(situation.anomaly.parcel, attribute) or ""
    return (plain if attribute is Attribute.TRACKING_NO else free)(text) or None


def _operation(last: Operation | None, asked: Asked[Query]) -> OperationShown | None:
    if last is None:
        return None
    return OperationShown(
        at=asked.local(last.at),
        operator=said(last.operator),
        system=free(last.system),
        action=last.action,
        note=said(last.note),
    )


def _way(situation: Situation) -> WayShown:
    route = situation.route
    return WayShown(
        channel=route.channel, because=route.because, employee=route.employee, by_bot=route.by_bot
    )


# --- words -----------------------------------------------------------------------


def _draft(sheet: Sheet, editing: Editing | None) -> DraftShown:
    words, situation = sheet.draft, sheet.situation
    if not isinstance(words, Draft):
        return DraftShown(text=None, claims=(), blocked=words.why)
    return DraftShown(
        text=words.text,
        claims=claims_shown(words, situation),
        blocked=None,
        shown=None if editing is None else editing.write(situation.anomaly.id, words.text, words),
    )


def claims_shown(draft: Draft, situation: Situation) -> list[ClaimShown]:
    """What a draft states, and whether it is so at this moment; what is so instead, where it is not."""
    wrong = {objection.fact: objection.news for objection in objections(draft.claims, situation)}
    return [
        ClaimShown(
            name=name, value=wrong.get(name) or _stated(name, basis, situation), holds=name not in wrong
        )
        for name, basis in draft.claims.items()
    ]


def _stated(name: str, basis: str, situation: Situation) -> str | None:
    if basis == ABSENT:
        return None
    if name in set(Slot):
        by = datetime.fromisoformat(basis)
        return timewords.promised(by, situation.now, situation.book.calendar.zone)
    fact = facts_of(situation).get(name)
    return basis if fact is None else fact.words


def _messages(sheet: Sheet, asked: Asked[Query]) -> list[MessageShown]:
    by_round = {
        entry.key.rpartition(":")[2]: entry.actor for entry in sheet.history if entry.what is What.SENT
    }
    case = sheet.situation.anomaly
    senders = {key_of_round(case.id, int(number)): actor for number, actor in by_round.items()}
    return [
        MessageShown(
            text=masked(letter.content["text"]),
            by=senders.get(letter.key),
            at=asked.local(letter.done_at or letter.attempted_at or letter.due_at),
            channel=letter.medium,
            state=letter.state,
            edited_from=masked(letter.content.get("edited_from", "")) or None,
            note=said(letter.note),
        )
        for letter in sheet.letters
        if letter.kind is LetterKind.CUSTOMER
    ]


def _contact(event: OrderEvent, asked: Asked[Query]) -> ContactShown:
    channel = event.report.channel if isinstance(event.report, ContactReport) else ""
    return ContactShown(at=asked.local(event.at), channel=free(channel))


def _entry(entry: Entry, asked: Asked[Query], zh: Telling, en: Telling) -> EntryShown:
    told = entry.detail.get("detail") or entry.detail.get("why", "")
    return EntryShown(
        at=asked.local(entry.at),
        what=entry.what,
        actor=entry.actor,
        detail={name: masked(value) for name, value in entry.detail.items()},
        words=InBoth(zh=particulars(entry.what, told, zh), en=particulars(entry.what, told, en)),
    )


# --- letters ---------------------------------------------------------------------


def _letters(sheet: Sheet, asked: Asked[Query]) -> list[LetterShown]:
    changes = dict(_changes(sheet))
    return [_letter(letter, sheet, asked, changes.get(letter.id, {})) for letter in sheet.letters]


def _changes(sheet: Sheet) -> Iterator[tuple[str, Mapping[str, object]]]:
    """What became of each card, by its letter."""
    taken_back = _recalled(sheet.letters)
    for card in sheet.cards:
        holds = not objections(draft_of(card.content).claims, sheet.situation) if card.content else None
        yield card.id, {"version": card.version, "recalled": card.id in taken_back, "holds": holds}


def _recalled(letters: Iterable[Letter]) -> set[str]:
    return {
        card_of(letter)
        for letter in letters
        if letter.kind is LetterKind.RECALL and letter.state is DeliveryState.SENT
    }


def _letter(letter: Letter, sheet: Sheet, asked: Asked[Query], of_card: Mapping[str, object]) -> LetterShown:
    roster = sheet.situation.roster
    to_team = letter.medium not in {*TO_CUSTOMERS, Medium.REPLY}
    group = roster.group_of(letter.to) or letter.to if letter.medium in INTO_GROUPS else None
    shown = LetterShown(
        kind=letter.kind,
        medium=letter.medium,
        state=letter.state,
        attempts=letter.attempts,
        due_at=asked.local(letter.due_at),
        attempted_at=asked.local(letter.attempted_at),
        done_at=asked.local(letter.done_at),
        note=said(letter.note),
        group=None if group is None else free(group),
        members=letter.readers if to_team and group is None else (),
    )
    return structs.replace(shown, **of_card)
