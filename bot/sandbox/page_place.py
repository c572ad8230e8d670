"""Whose eyes does the visitor look through? Who and where, read from the page's address."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from bot.sandbox.page_words import LANGUAGES, Words
from bot.sandbox.world import Chat, ChatKind, Speaker, World

ALONE = "bot"
"""The value of `chat` for the single chat with the bot."""
TABS = ("group", "app", "customer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    me: str
    """The member on the left."""
    chat: str
    """The group's chatid, or ALONE."""
    phone: str
    """The member in the middle."""
    customer: str
    tab: str
    """The only column on a phone."""
    lang: str

    @property
    def words(self) -> Words:
        return LANGUAGES[self.lang]

    def link(self, **changes: str) -> str:
        """The address of the page with some of it changed."""
        place = replace(self, **changes)
        return "/?" + urlencode(place.fields())

    def fields(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in ("me", "chat", "phone", "customer", "tab", "lang")}


def read_place(query: Mapping[str, str], world: World) -> Place:
    """Read an address; whatever is unknown in it becomes the default."""
    return Place(
        me=_one_of(world.members(), query.get("me"), first(world.members())),
        chat=_one_of((*world.config.groups, ALONE), query.get("chat"), first((*world.config.groups, ALONE))),
        phone=_one_of(world.members(), query.get("phone"), _newest_reader(world)),
        customer=_one_of(customers(world), query.get("customer"), first(customers(world))),
        tab=_one_of(TABS, query.get("tab"), TABS[0]),
        lang=_one_of(tuple(LANGUAGES), query.get("lang"), "zh"),
    )


def customers(world: World) -> tuple[str, ...]:
    """Those who have spoken, newest first, then those who are known by name."""
    chats = [chat for chat in world.chats.values() if chat.kind is ChatKind.CUSTOMER and chat.messages]
    spoken = [chat.key for chat in sorted(chats, key=_newest, reverse=True)]
    return tuple(dict.fromkeys([*spoken, *(world.config.customers or world.config.customer_names)]))


def first(ids: tuple[str, ...]) -> str:
    return ids[0] if ids else ""


def _newest(chat: Chat) -> float:
    return chat.messages[-1].at.timestamp()


def _newest_reader(world: World) -> str:
    """Who got the app's newest message, else the last member of the list: the manager stands last."""
    members = world.members()
    chats = [
        chat
        for member in members
        if (chat := world.chats.get(f"{ChatKind.APP}:{member}"))
        and any(message.speaker is Speaker.APP for message in chat.messages)
    ]
    return max(chats, key=_newest).key if chats else (members[-1] if members else "")


def _one_of(known: tuple[str, ...], wanted: str | None, default: str) -> str:
    return wanted if wanted is not None and wanted in known else default
