"""What stands on the page? The three columns as plain data, for one visitor's place."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from bot.sandbox import rich_text
from bot.sandbox.card_view import CardView, card_view
from bot.sandbox.faults import FaultMenu
from bot.sandbox.page_place import ALONE, Place, customers
from bot.sandbox.page_words import Words
from bot.sandbox.people import APP_CHAT, People
from bot.sandbox.rich_text import Block
from bot.sandbox.watch import SHANGHAI
from bot.sandbox.world import Chat, ChatKind, Message, MessageKind, Speaker, World

SHOWN = 60
HUES = 6
OURS = frozenset({Speaker.APP, Speaker.BOT, Speaker.WEBHOOK})


@dataclass(frozen=True, slots=True, kw_only=True)
class Avatar:
    name: str
    initials: str
    hue: int
    """Which of the stylesheet's colours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    id: str
    day: str
    """The date when it is the first message of its day, else ""."""
    time: str
    stamp: str
    mine: bool
    is_bot: bool
    avatar: Avatar
    kind: MessageKind
    title: str
    blocks: tuple[Block, ...]
    url: str
    button: str
    card: CardView | None
    recalled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A link that changes whom or what one sees."""

    label: str
    href: str
    current: bool
    avatar: Avatar | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """A mass message that waits for the member's button."""

    msgid: str
    text: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    name: str
    title: str
    kind: ChatKind
    people: tuple[Chip, ...]
    people_label: str
    rooms: tuple[Chip, ...]
    room: str
    viewer: str
    """Whose screen it is; the `userid` or `customer` of the forms."""
    room_id: str
    """The `chat` of the form."""
    messages: tuple[MessageView, ...]
    earlier: int
    nothing_yet: str
    hint: str
    placeholder: str
    mention: str
    """The bot's name where it must be mentioned, else ""."""
    tasks: tuple[TaskView, ...] = ()
    sidebar: tuple[str, str] = ("", "")
    """The words and the address of the link to the employee's client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One fact of the header: a good one has a tick, the others a dot."""

    text: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    place: Place
    words: Words
    clock: str
    date: str
    columns: tuple[Column, ...]
    statuses: tuple[Status, ...]
    dropped: int
    calls: int


def desk(people: People, faults: FaultMenu, place: Place) -> Desk:
    world = people.world
    return Desk(
        place=place,
        words=place.words,
        clock=clock_text(world.now()),
        date=_day(world.now(), place.words),
        columns=(_group_column(world, place), _app_column(people, place), _customer_column(world, place)),
        statuses=tuple(_statuses(people, faults, place.words)),
        dropped=len(world.drops),
        calls=len(world.calls),
    )


def clock_text(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%H:%M:%S}"


def _statuses(people: People, faults: FaultMenu, words: Words) -> list[Status]:
    bot = (words.connected, "good") if people.hub.connected else (words.not_connected, "off")
    if people.world.callback_url is None:
        callback = (words.callback_none, "off")
    else:
        callback = (words.callback_good, "good") if people.courier.verified else (words.callback_bad, "bad")
    active = [(words.faults.format(count=len(faults.faults)), "bad")] if faults.faults else []
    return [Status(text=text, tone=tone) for text, tone in (bot, callback, *active)]


def _group_column(world: World, place: Place) -> Column:
    words, alone = place.words, place.chat == ALONE
    chat = world.chats.get(f"{ChatKind.SINGLE}:{place.me}") if alone else world.group(place.chat)
    messages, earlier = _messages(world, chat, place.me, words)
    rooms = [
        *(
            (title, place.link(chat=chat_id, tab="group"), chat_id)
            for chat_id, title in world.config.groups.items()
        ),
        (words.chat_with_bot, place.link(chat=ALONE, tab="group"), ALONE),
    ]
    return Column(
        name="group",
        title=words.group,
        kind=ChatKind.SINGLE if alone else ChatKind.GROUP,
        people=_chips(world, world.members(), place.me, lambda one: place.link(me=one, tab="group")),
        people_label=words.i_am,
        rooms=tuple(Chip(label=label, href=href, current=key == place.chat) for label, href, key in rooms),
        room=world.config.groups.get(place.chat, world.config.bot_name),
        viewer=place.me,
        room_id="" if alone else place.chat,
        messages=messages,
        earlier=earlier,
        nothing_yet=words.nothing_yet_bot if alone else words.nothing_yet_group,
        hint="" if alone or (chat and chat.greeted) else words.not_greeted,
        placeholder=words.say_to_bot if alone else words.say_in_group,
        mention="" if alone else world.config.bot_name,
    )


def _app_column(people: People, place: Place) -> Column:
    world, words = people.world, place.words
    messages, earlier = _messages(world, world.chats.get(f"{ChatKind.APP}:{place.phone}"), place.phone, words)
    return Column(
        name="app",
        title=words.app,
        kind=ChatKind.APP,
        people=_chips(world, world.members(), place.phone, lambda one: place.link(phone=one, tab="app")),
        people_label=words.phone_of,
        rooms=(),
        room=world.config.bot_name,
        viewer=place.phone,
        room_id=APP_CHAT,
        messages=messages,
        earlier=earlier,
        nothing_yet=words.nothing_yet_app,
        hint="",
        placeholder=words.say_to_app,
        mention="",
        tasks=tuple(
            TaskView(
                msgid=task.msgid,
                text=task.content.text,
                to=words.mass_to.format(count=len(task.shares[place.phone].results)),
            )
            for task in people.mass.pending(place.phone)
        ),
    )


def _customer_column(world: World, place: Place) -> Column:
    words = place.words
    chat = world.chats.get(f"{ChatKind.CUSTOMER}:{place.customer}")
    messages, earlier = _messages(world, chat, place.customer, words)
    return Column(
        name="customer",
        title=words.customer,
        kind=ChatKind.CUSTOMER,
        people=_chips(
            world, customers(world), place.customer, lambda one: place.link(customer=one, tab="customer")
        ),
        people_label=words.customer_is,
        rooms=(),
        room=world.config.shop_name,
        viewer=place.customer,
        room_id="",
        messages=messages,
        earlier=earlier,
        nothing_yet=words.nothing_yet_customer,
        hint="",
        placeholder=words.say_as_customer,
        mention="",
        sidebar=_sidebar(world, place),
    )


def _sidebar(world: World, place: Place) -> tuple[str, str]:
    page = world.config.sidebar_page
    if not page or not place.customer or not place.me:
        return "", ""
    query = urlencode({"userid": place.me, "external_userid": place.customer, "page": page})
    return place.words.sidebar.format(name=world.config.name_of(place.me)), f"/_sidebar?{query}"


def _chips(world: World, ids: tuple[str, ...], current: str, link: Callable[[str], str]) -> tuple[Chip, ...]:
    return tuple(
        Chip(
            label=world.config.name_of(one),
            href=link(one),
            current=one == current,
            avatar=_avatar(world, world.config.name_of(one), one),
        )
        for one in ids
    )


def _messages(
    world: World, chat: Chat | None, viewer: str, words: Words
) -> tuple[tuple[MessageView, ...], int]:
    """The newest messages, and how many older ones are left out."""
    messages = chat.messages if chat else []
    shown: list[MessageView] = []
    last_day = ""
    for message in messages[-SHOWN:]:
        day = _day(message.at, words)
        shown.append(_message(world, message, viewer, words, day if day != last_day else ""))
        last_day = day
    return tuple(shown), max(0, len(messages) - SHOWN)


def _message(world: World, message: Message, viewer: str, words: Words, day: str) -> MessageView:
    content = message.content
    name = _speaker_name(world, message)
    return MessageView(
        id=message.id,
        day=day,
        time=f"{message.at.astimezone(SHANGHAI):%H:%M}",
        stamp=message.at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
        mine=message.sender == viewer,
        is_bot=message.speaker in OURS,
        avatar=_avatar(world, name, message.sender),
        kind=content.kind,
        title=content.title,
        blocks=_blocks(message),
        url=content.url,
        button=content.button,
        card=card_view(content.card, viewer, words) if content.card else None,
        recalled=message.recalled,
    )


def _blocks(message: Message) -> tuple[Block, ...]:
    content = message.content
    match content.kind:
        case MessageKind.MARKDOWN:
            return rich_text.markdown(content.text)
        case MessageKind.TEXTCARD:
            return rich_text.textcard(content.text)
        case MessageKind.CARD:
            return ()
        case MessageKind.TEXT:
            from_app = message.speaker in OURS
            return rich_text.app_text(content.text) if from_app else rich_text.plain_text(content.text)
        case _:
            return rich_text.plain_text(content.text)


def _speaker_name(world: World, message: Message) -> str:
    if message.speaker in OURS:
        return world.config.bot_name
    if message.speaker is Speaker.KF:
        return world.config.shop_name
    return world.config.name_of(message.sender)


def _avatar(world: World, name: str, key: str) -> Avatar:
    """CSS initials: the last two characters of a Chinese name, the first of any other."""
    chinese = any("\u4e00" <= letter <= "\u9fff" for letter in name)
    people = (*world.members(), *customers(world))
    hue = people.index(key) % HUES if key in people else 0
    initials = name[-2:] if chinese and len(name) <= 3 else name[:1].upper()
    return Avatar(name=name, initials=initials, hue=hue)


def _day(moment: datetime, words: Words) -> str:
    local = moment.astimezone(SHANGHAI)
    return words.date.format(month=local.month, day=local.day, weekday=words.weekdays[local.weekday()])
