"""What is a card? The one form that every chat surface is given; no vendor's words."""

from dataclasses import dataclass
from enum import StrEnum


class Tap(StrEnum):
    """What a button or a form's 提交 means. On the wire its key is opaque."""

    SEND = "send"
    """发送回复"""
    AGAIN = "again"
    """再次联系"""
    CLAIM = "claim"
    """认领"""
    ESCALATE = "escalate"
    """升级"""
    SNOOZE = "snooze"
    """稍后"""
    REASON = "reason"
    """记录原因: show the form."""
    SUBMIT_REASON = "submit_reason"
    """提交 of the reason form."""
    MARK_DONE = "mark_done"
    """已处理"""
    DONE_AGAIN = "done_again"
    """已处理, when the customer had been reached before: a further round, by hand."""
    CALL = "call"
    """改电话: show what to say."""
    CALLED = "called"
    """已处理, under what was to be said by phone."""
    REFRESH = "refresh"
    """刷新"""
    TASK_RESULT = "task_result"
    """提交 of a task: what came of it."""
    ACKNOWLEDGE = "acknowledge"
    """知道了, of a task."""


class Tone(StrEnum):
    """The colour of a card, by state and never by mood; a word says the same."""

    ALARM = "alarm"
    """Open: red."""
    TAKEN = "taken"
    """Claimed or submitted: amber."""
    CALM = "calm"
    """Reached, recovered or closed: green."""
    PLAIN = "plain"
    """A task or a note."""


class Weight(StrEnum):
    """How much a button asks to be pressed."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    DANGER = "danger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A fact with its label."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One choice of a selector."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """A choice that rides along with a tap. `id` names the question; `selected` is an option's id."""

    id: str
    title: str
    options: tuple[Option, ...]
    selected: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """Something to tap."""

    tap: Tap
    text: str
    weight: Weight = Weight.SECONDARY


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A card with buttons, or without any once there is nothing left to do."""

    source: str
    """Who speaks, in a word or two, such as 盯单 · P1."""
    tone: Tone
    title: str
    """What, and how late."""
    subtitle: str = ""
    rows: tuple[Row, ...] = ()
    text: str = ""
    """The draft in full, or what happened."""
    selector: Selector | None = None
    buttons: tuple[Button, ...] = ()
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A card that asks one question and is submitted."""

    source: str
    title: str
    subtitle: str
    selector: Selector
    submit: Button


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A heading, and what stands under it."""

    title: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """A picture with a few points under it, which opens a page; there is nothing to tap."""

    source: str
    tone: Tone
    title: str
    subtitle: str = ""
    image: str
    """The address of a picture, twice as wide as it is high."""
    points: tuple[Point, ...] = ()
    """Four are shown; the rest is on the page."""
    rows: tuple[Row, ...] = ()
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A message that is a picture and nothing else."""

    png: bytes


Face = Card | Form | News
"""What a card looks like at the moment."""
