"""How does somebody come in where nobody can log in with WeCom? By a link that the terminal shows, good once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from bot.clock import Clock, SystemClock
from bot.directory import Directory, load_directory
from bot.ground import base_url
from bot.secrets import ONCE_LIFE, PageLinks, Passes, load_secret
from bot.settings import Settings, SettingsError
from bot.signals import Signals
from bot.storage.opening import data_folder, open_store
from bot.storage.store import Store, Transaction
from handlers.trail import Doer, Way
from rules.events import UserId
from rules.roster import Roster

MOST_NAMED = 10
EVERYWHERE = {"0.0.0.0", "::", "[::]", ""}  # noqa: S104 -- what a service that listens everywhere says of itself
NOBODY_YET = (
    "还没有名册，谁也打不开网页：写一份 roster.yaml（最短的例子在 docs/roster.md），"
    "设置 DINGDAN_ROSTER_FILE=roster.yaml，再运行一次"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A link that lets one member in, once; None without anybody to let in."""

    link: str | None
    until: datetime
    life: timedelta = ONCE_LIFE

    def __str__(self) -> str:
        if self.link is None:
            return NOBODY_YET
        return f"打开 {self.link}（一次有效，{self.life // timedelta(minutes=1)} 分钟内）"


async def invite(
    settings: Settings,
    directory: Directory,
    store: Store,
    secret: bytes,
    clock: Clock,
    address: str,
    life: timedelta,
) -> Invitation | None:
    """The invitation of a service that listens at `address`, for the fallback; None where people log in with WeCom."""
    if settings.wecom.can_send and settings.http.public_url is not None:
        return None
    fallback = directory.roster.fallback
    base = settings.http.public_url or _from_here(address)
    if fallback is None:
        return Invitation(link=None, until=clock.now())
    return await _invitation(base, fallback, store, secret, clock.now(), life)


async def invite_by_command(settings: Settings, userid: str) -> Invitation:
    """An invitation for a member, from a process of its own. Raises SettingsError for somebody who is none."""
    clock = SystemClock()
    async with open_store(settings.database_url, Signals()) as store:
        roster = (await load_directory(settings, store, clock.now())).roster
        member = roster.members.get(UserId(userid))
        if member is None:
            raise SettingsError([_no_member(userid, roster)])
        secret = load_secret(settings, data_folder(settings.database_url))
        base = settings.http.public_url or _from_here(base_url(settings))
        return await _invitation(base, member.userid, store, secret, clock.now())


async def _invitation(
    base: str, userid: UserId, store: Store, secret: bytes, now: datetime, life: timedelta = ONCE_LIFE
) -> Invitation:
    link = PageLinks(base, Passes(secret, "link")).once(userid, now, life)
    entry = Doer(actor="terminal", way=Way.TERMINAL).did("link.given", userid, now)

    async def note(work: Transaction) -> None:
        await work.trail.note([entry])

    await store.run("pass", note)
    return Invitation(link=link, until=now + life, life=life)


def _from_here(address: str) -> str:
    """The address as a browser on this machine can open it."""
    parts = urlsplit(address)
    return f"http://127.0.0.1:{parts.port}" if parts.hostname in EVERYWHERE else address


def _no_member(userid: str, roster: Roster) -> str:
    known = "、".join([*roster.members][:MOST_NAMED]) or "没有人"
    return f"--login: 名册里没有 {userid}；有：{known}"
