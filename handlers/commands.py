"""When somebody writes to the bot: a command does what a button would; anything else is greeted."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.finding import orders_named
from handlers.messages import ChatEntered, Sender, Surface, TextReceived
from handlers.outbox import LetterKind, Medium
from handlers.ports import Work
from handlers.scribe import Scribe
from handlers.situations import situation_of
from handlers.trail import REFUSED, Hindrance, viewed
from handlers.world import Listing, World
from replies import commands as words
from replies import names, notices
from replies.summaries import Reading, case_list, day, order_summary, task_lines
from rules.actions import Act, Action, Refused
from rules.anomalies import Anomaly
from rules.durations import parse_duration
from rules.events import OrderKey
from rules.instants import instant
from rules.reasons import Reason, Verdict
from rules.roster import Member
from rules.stages import Priority

ANSWER_LIFE = timedelta(minutes=10)
LONGEST_SNOOZE = timedelta(days=7)
"""Whoever wants to hear of it later than that does not want to hear of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command by somebody on the roster: `/name first rest`."""

    sender: Sender
    first: str
    rest: str
    scribe: Scribe
    work: Work

    @property
    def member(self) -> Member:
        """Who gave it."""
        return self.scribe.world.directory.roster.members[self.sender.userid]

    @property
    def reading(self) -> Reading:
        """What answers are read with."""
        directory = self.scribe.world.directory
        return Reading(rules=directory.rules, roster=directory.roster, now=self.scribe.now)

    @property
    def own_link(self) -> str | None:
        """The asker's own link to the board; None in a group, where others would read it."""
        links, sender = self.scribe.world.links, self.sender
        private = sender.surface is not Surface.GROUP
        return links.personal(None, sender.userid, self.scribe.now) if private else None

    def board(self, listing: Listing) -> str:
        """Where the asker finds a list on the board; where nobody else reads it, by a link of their own."""
        links, sender = self.scribe.world.links, self.sender
        if sender.surface is Surface.GROUP:
            return words.board(links.listing(listing), own=False)
        return words.board(links.personal(None, sender.userid, self.scribe.now, listing), own=True)

    def saw(self, what: str, order: OrderKey | None = None) -> None:
        """Put down in the audit trail what the answer shows."""
        scribe, by = self.scribe, self.scribe.by
        subject = order.order_no if order else what
        entry = viewed(actor=by.actor, way=by.way, what=what, subject=subject, at=scribe.now, order=order)
        scribe.trail.append(entry)

    def answer(self, text: str) -> None:
        """Say something where the command came from."""
        answer(self.sender, self.scribe, text)


async def greet(work: Work, scribe: Scribe, message: ChatEntered) -> None:
    """Somebody opened the chat: from now on they can be written to there."""
    await _heard(work, scribe.now, message.sender)
    if message.sender.surface is Surface.SINGLE:
        answer(message.sender, scribe, words.greeting(_name(scribe.world, message.sender)), welcome="yes")


async def receive(work: Work, scribe: Scribe, message: TextReceived) -> tuple[str, Command] | None:
    """The name of the command and the rest of it; None when the text was answered already."""
    await _heard(work, scribe.now, message.sender)
    world = scribe.world
    text = message.text.replace("\u3000", " ").strip()
    parts = [*re.split(r"\s+", text, maxsplit=2), "", ""]
    name = words.name_of(parts[0])
    if not text.startswith(("/", "／")):
        answer(message.sender, scribe, words.greeting(_name(world, message.sender)))
    elif message.sender.userid not in world.directory.roster.members:
        _note_refused(scribe, name or "")
        answer(message.sender, scribe, notices.not_on_roster())
    elif name is None:
        answer(message.sender, scribe, words.unknown_command(text))
    else:
        command = Command(sender=message.sender, first=parts[1], rest=parts[2], scribe=scribe, work=work)
        return name, command
    return None


# --- commands ----------------------------------------------------------------------


async def help_(command: Command) -> None:
    """`/帮助`; in a chat of one's own with one's own link to the board."""
    command.answer(words.help_text(command.own_link))


async def show_order(command: Command) -> None:
    """`/订单 号`: the whole order, for those who serve its shop."""
    number = command.first
    if not number:
        command.answer(words.misused("订单"))
        return
    keys = await _orders(command)
    if len(keys) > 1:
        command.answer(words.order_ambiguous("订单", number, keys))
        return
    order = await command.work.orders.find(keys[0]) if keys else None
    if order is None:
        command.answer(words.order_unknown(number))
    else:
        cases = await command.work.cases.of([order.key])
        command.saw("order", order.key)
        command.answer(order_summary(order, cases[order.key], command.reading))


async def show_mine(command: Command) -> None:
    """`/待办`: the tasks that wait for the asker's answer, what they have claimed, and what nobody has."""
    me = command.sender.userid
    tasks = task_lines(await command.work.tasks.of_owner(me), command.reading)
    cases = [case for case in await _unclosed(command) if case.owner in {me, None}]
    command.saw("mine")
    await _list(command, "您的待办和没人认领的", cases, Listing.OPEN, tasks)


async def show_urgent(command: Command) -> None:
    """`/P1`"""
    cases = [case for case in await _unclosed(command) if case.priority is Priority.P1]
    command.saw("urgent")
    await _list(command, "正在发生的 P1", cases, Listing.URGENT)


async def _list(
    command: Command, title: str, cases: Sequence[Anomaly], listing: Listing, first: Sequence[str] = ()
) -> None:
    """One line for each case, and one for all of an incident; the lines `first` before them."""
    incidents = await command.work.incidents.of_cases(cases)
    command.answer(case_list(title, cases, command.reading, command.board(listing), first, incidents))


async def show_today(command: Command) -> None:
    """`/今日`"""
    local = command.reading.rules.current.calendar.local(command.scribe.now)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    cases = await command.work.cases.opened_since(instant(midnight))
    mine = [case for case in cases if command.member.serves(case.order.shop)]
    command.saw("today")
    command.answer(day(mine, len(await _unclosed(command)), command.reading))


async def _unclosed(command: Command) -> list[Anomaly]:
    """The open cases of the shops that the asker serves."""
    return [case for case in await command.work.cases.unclosed() if command.member.serves(case.order.shop)]


async def reason(command: Command) -> None:
    """`/原因 号 文字`: one of the reasons by its name, anything else in the agent's own words."""
    text = command.rest.strip()
    case = await _case(command, "原因", needs=bool(text), fits=lambda case: not case.is_explained)
    if case is not None:
        named = next((reason for reason, name in names.REASONS.items() if name == text), Reason.OTHER)
        verdict = Verdict(reason=named, text=text[:100] if named is Reason.OTHER else None)
        if named is Reason.OTHER and text == names.REASONS[Reason.OTHER]:
            verdict = Verdict(reason=Reason.OTHER)
        await _do(command, case, Action.REASON, verdict=verdict)


async def claim(command: Command) -> None:
    """`/认领 号`"""
    case = await _case(command, "认领", needs=True, fits=lambda case: case.owner is None)
    if case is not None:
        await _do(command, case, Action.CLAIM)


async def snooze(command: Command) -> None:
    """`/稍后 号 时长`"""
    try:
        duration = parse_duration(_spelled_out(command.rest))
    except ValueError:
        command.answer(words.bad_duration(command.rest) if command.rest else words.misused("稍后"))
        return
    if not timedelta() < duration <= LONGEST_SNOOZE:
        command.answer(words.snooze_out_of_range(LONGEST_SNOOZE))
        return
    case = await _case(command, "稍后", needs=True, fits=lambda case: case.snoozed_until is None)
    if case is not None:
        await _do(command, case, Action.SNOOZE, snooze=duration)


# --- doing -------------------------------------------------------------------------


async def _case(
    command: Command, name: str, *, needs: bool, fits: Callable[[Anomaly], bool]
) -> Anomaly | None:
    """The case that a number means: of its unclosed ones the newest that fits; None when that was answered."""
    number = command.first
    if not (number and needs):
        command.answer(words.misused(name))
        return None
    keys = await _orders(command)
    cases = await command.work.cases.of(keys)
    unclosed = [case for key in keys for case in reversed(cases[key]) if case.closed_at is None]
    concerned = list(dict.fromkeys(case.order for case in unclosed))
    if not keys:
        command.answer(words.order_unknown(number))
    elif not command.member.may_act(keys[0].shop):
        _note_refused(command.scribe, name, keys[0])
        command.answer(notices.not_on_roster())
    elif not unclosed:
        command.answer(words.no_case(number))
    elif len(concerned) > 1:
        command.answer(words.order_ambiguous(name, number, concerned))
    else:
        return next((case for case in unclosed if fits(case)), unclosed[0])
    return None


def _note_refused(scribe: Scribe, name: str, order: OrderKey | None = None) -> None:
    why = {"why": Hindrance.NOT_ON_ROSTER.value}
    scribe.trail.append(scribe.by.did(f"{REFUSED}command", name, scribe.now, order=order, detail=why))


async def _orders(command: Command) -> list[OrderKey]:
    """The orders that the command's number means, of the shops that the asker serves."""
    named = await orders_named(command.work, command.first)
    return [key for key in named if command.member.serves(key.shop)]


async def _do(
    command: Command,
    found: Anomaly,
    action: Action,
    *,
    snooze: timedelta = timedelta(),
    verdict: Verdict | None = None,
) -> None:
    """Do it as a tap would, and say so."""
    scribe, work = command.scribe, command.work
    orders = await work.orders.lock([found.order])
    case = await work.cases.find(found.id) or found
    act = Act(action=action, actor=command.sender.userid, at=scribe.now, snooze=snooze, verdict=verdict)
    after = scribe.attempt(case, act, orders[case.order])
    shown = case if isinstance(after, Refused) else after
    situation = await situation_of(work, scribe.world, shown, orders[case.order], scribe.now)
    if isinstance(after, Refused):
        command.answer(notices.refused(after, situation))
        return
    text = notices.confirmed(action, situation, command.sender.userid)
    command.answer(text)
    if command.sender.surface is not Surface.GROUP:
        scribe.tell_group(after, orders[case.order], f"command:{scribe.world.new_id()}", text=text)


def answer(sender: Sender, scribe: Scribe, text: str, **content: str) -> None:
    """A line to whoever wrote, where they wrote."""
    in_app = sender.surface is Surface.APP
    scribe.add(
        None,
        key=f"answer:{scribe.world.new_id()}",
        kind=LetterKind.LINE,
        medium=Medium.APP if in_app else Medium.REPLY,
        to=sender.userid if in_app else sender.chat,
        expires_at=scribe.now + ANSWER_LIFE,
        content={"text": text, "reply_to": sender.reply_to, "surface": sender.surface.value, **content},
    )


async def _heard(work: Work, now: datetime, sender: Sender) -> None:
    """Somebody has spoken in a chat: what waits for that can go now."""
    if sender.surface is not Surface.APP:
        await work.chats.greeted(sender.chat, now)
        await work.outbox.hurry(sender.chat, now)


def _name(world: World, sender: Sender) -> str:
    member = world.directory.roster.members.get(sender.userid)
    return "" if member is None else member.name


_UNITS: Sequence[tuple[str, str]] = (
    ("分钟", "m"),
    ("小时", "h"),
    ("分", "m"),
    ("时", "h"),
    ("天", "d"),
    ("秒", "s"),
)


def _spelled_out(text: str) -> str:
    """`10分钟` and plain `10` are as good as `10m`."""
    for word, letter in _UNITS:
        text = text.replace(word, letter)
    return f"{text}m" if text.isascii() and text.isdecimal() else text
