"""Is everything in order here? Settings, database, Redis, WeCom, roster, calendar - in the operator's words."""

import re
from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from functools import partial

import aiohttp

from bot.checkup import check_up
from bot.clock import SystemClock
from bot.directory import Directory, load_directory, read_directory
from bot.findings import Finding, guarded
from bot.holidays import is_announced
from bot.redis import EMBEDDED, open_redis
from bot.sealing import Seals
from bot.secrets import load_secret
from bot.settings import Settings, SettingsError
from bot.signals import Signals
from bot.storage.opening import data_folder, open_store
from bot.storage.views import Views
from bot.web.tokens import load_tokens
from bot.wecom.answers import NoTokenError, note_of
from bot.wecom.client import WecomClient
from bot.wecom.codes import NO_WEBHOOK, code_of, remedy
from bot.wecom.contacts import Contacts
from bot.wecom.tokens import Cache
from bot.wecom.webhook import Webhooks, load_keys
from handlers.outbox import TO_CUSTOMERS, Letter
from replies import names
from replies.masking import masked
from rules.calendar import SHANGHAI
from rules.events import DEFAULT_SHOP
from rules.roster import DEFAULT_GROUP, Roster

SOCKET_SECONDS = 5
LOST_SHOWN = 3
PUSH = "群消息推送"


async def examine(settings: Settings, now: datetime) -> AsyncGenerator[Finding]:
    """Every finding, as it comes in."""
    yield _ways_out(settings)
    yield _intake(settings)
    async for finding in _database(settings, now):
        yield finding
    yield await guarded("Redis", lambda: _redis(settings))
    if settings.wecom.can_send:
        async for finding in _wecom(settings, now):
            yield finding
    if settings.aibot.can_connect:
        yield await guarded("智能机器人", lambda: _aibot(settings))
    async for finding in _webhooks(settings):
        yield finding
    yield _calendar(now)


def _ways_out(settings: Settings) -> Finding:
    missing: list[str] = []
    if not settings.wecom.can_send:
        missing.append(
            "自建应用（DINGDAN_WECOM__CORP_ID、__AGENT_ID、__SECRET）：没有它，值班经理收不到 P1，顾客收不到微信客服"
        )
    elif not settings.wecom.can_receive:
        missing.append("应用回调（DINGDAN_WECOM__CALLBACK_TOKEN、__AES_KEY）：没有它，成员点卡片没有反应")
    group = "机器人" if settings.aibot.can_connect else "群消息推送"
    if not (settings.aibot.can_connect or settings.webhook.can_send):
        missing.append(
            "智能机器人（DINGDAN_AIBOT__BOT_ID、__SECRET）或群消息推送（DINGDAN_WEBHOOK__KEY、__KEYS_FILE）："
            "都没有，群里什么也看不到，卡片只在当班的人手里"
        )
    if settings.http.public_url is None:
        missing.append("公网地址（DINGDAN_HTTP__PUBLIC_URL）：没有它，卡片上的链接只在本机能开")
    if missing:
        return Finding(about="设置", ok=None, said="还没有设置" + "；".join(missing))
    return Finding(about="设置", ok=True, said=f"应用、{group}和公网地址都有了")


def _intake(settings: Settings) -> Finding:
    if settings.ingest.token is None and settings.ingest.tokens_file is None:
        return Finding(
            about="接入",
            ok=False,
            said="没有 DINGDAN_INGEST__TOKEN，也没有 __TOKENS_FILE：任何事件都会被拒绝（401）",
        )
    try:
        tokens = load_tokens(settings)
    except SettingsError as error:
        return Finding(about="接入", ok=False, said="；".join(error.faults))
    return Finding(about="接入", ok=True, said=f"POST /api/events 已有 {len(tokens.grants)} 个令牌")


OTHER_KEY = Finding(
    about="密钥",
    ok=False,
    said="库里的电话和地址不是用这个 DINGDAN_SECRET_KEY 加密的，看不了。"
    "换回原来的；没有设过的，原来的在当时启动的目录里，var/secret_key",
)


async def _database(settings: Settings, now: datetime) -> AsyncGenerator[Finding]:
    """The database as it is: examining changes nothing but what starting would."""
    try:
        async with open_store(settings.database_url, Signals()) as store:
            yield Finding(about="数据库", ok=True, said="能连上，结构是最新的")
            yield await _outbox(Views(store), now)
            secret = load_secret(settings, data_folder(settings.database_url))
            if await Views(store, Seals(secret)).can_open() is False:
                yield OTHER_KEY
            directory = await load_directory(settings, store, now)
            yield _roster(directory, now)
            if settings.aibot.can_connect:
                yield _groups(directory.roster, await Views(store).chats())
    except SettingsError as error:
        yield Finding(about="规则与值班表", ok=False, said="；".join(error.faults))
    except Exception as error:  # noqa: BLE001 -- whatever a driver raises is what the operator has to know
        yield Finding(about="数据库", ok=False, said=f"连不上：{type(error).__name__} {error}")


async def _outbox(views: Views, now: datetime) -> Finding:
    """What waits, and the latest of what was lost: when, to whom, and why."""
    outbox = (await views.figures(now)).outbox
    count = sum(outbox.lost.values())
    lost = await views.lost(now, LOST_SHOWN)
    listed = f"；最近的：{'；'.join(_loss(letter) for letter in lost)}" if lost else ""
    return Finding(about="发件箱", ok=not count, said=f"待发 {outbox.ready}，没有发出去的 {count}{listed}")


def _loss(letter: Letter) -> str:
    at = "" if letter.done_at is None else f"{letter.done_at.astimezone(SHANGHAI):%m-%d %H:%M} "
    order = "" if letter.order is None else f" 订单 {letter.order.order_no}"
    to = "" if letter.medium in TO_CUSTOMERS else f" {letter.to}"
    return f"{at}{names.MEDIA[letter.medium]}{to}{order}：{masked(letter.note) or letter.state}{_mend(letter.note)}"


def _mend(note: str) -> str:
    """What can be done about the code at the beginning of a note, if anything."""
    code = _CODE.match(note)
    mend = code_of(int(code[1])).mend if code else ""
    return f"（{mend}）" if mend else ""


_CODE = re.compile(r"(?:gettoken: )?(-?[0-9]{1,9})\b")


def _roster(directory: Directory, now: datetime) -> Finding:
    roster = directory.roster
    if not roster.members:
        return Finding(about="值班表", ok=False, said="没有值班表（DINGDAN_ROSTER_FILE）：谁点卡片都不会生效")
    manager = roster.duty_manager(DEFAULT_SHOP, now)
    agents = roster.agents(DEFAULT_SHOP, now)
    on_shift = "、".join(roster.name(userid) for userid in agents)
    return Finding(
        about="值班表",
        ok=True,
        said=f"{len(roster.members)} 人；现在的客服：{on_shift}；P1 找：{roster.name(manager) if manager else '无人'}",
    )


def _groups(roster: Roster, heard: Sequence[str]) -> Finding:
    """WeCom lets the bot write into a group once somebody has spoken to it there, be it before our time."""
    silent = [f"{name}（{chat}）" for name, chat in roster.groups.items() if chat not in heard]
    if silent:
        said = f"还没听到有人在这些群里 @机器人：{'、'.join(silent)}。没人打过招呼的群收不到卡片"
        return Finding(about="客服群", ok=None, said=said)
    if roster.chat(DEFAULT_GROUP) is not None:
        return Finding(about="客服群", ok=True, said="机器人在每个群里都听到过话")
    unknown = [chat for chat in heard if chat not in roster.members]
    found = (
        f"听到过话的会话：{'、'.join(unknown)}" if unknown else "先在群里 @机器人 说一句话，再来看它的 chatid"
    )
    return Finding(about="客服群", ok=None, said=f"还没有设置 DINGDAN_AIBOT__GROUP_CHAT_ID；{found}")


async def _redis(settings: Settings) -> Finding:
    if settings.redis_url == EMBEDDED:
        return Finding(about="Redis", ok=True, said="用内置的，只能运行一个进程")
    async with open_redis(settings.redis_url) as cache:
        await cache.get("dingdan:doctor")
    return Finding(about="Redis", ok=True, said="能连上")


def wecom_client(settings: Settings, session: aiohttp.ClientSession, cache: Cache) -> WecomClient:
    """The app's calls, outside a running service."""
    return WecomClient(session, settings.wecom, cache, now=SystemClock().now)


async def _wecom(settings: Settings, now: datetime) -> AsyncGenerator[Finding]:
    """The token first: without it, nothing else can be asked."""
    async with aiohttp.ClientSession() as session, open_redis(EMBEDDED) as cache:
        client = wecom_client(settings, session, cache)
        token = await guarded("企业微信应用", lambda: _token(client))
        yield token
        if token.ok:
            directory = await _known_people(settings, now)
            async for finding in check_up(settings, directory, Contacts(client), now):
                yield finding


async def _token(client: WecomClient) -> Finding:
    try:
        await client.renew_token()
    except NoTokenError as error:
        answer = error.answer
        return Finding(
            about="企业微信应用", ok=False, said=f"{answer.code} {answer.text}。{remedy(answer.code)}"
        )
    return Finding(about="企业微信应用", ok=True, said="取到了 access_token")


async def _known_people(settings: Settings, now: datetime) -> Directory | None:
    """The roster as it is stored; None when the database does not tell, which was found before."""
    try:
        async with open_store(settings.database_url, Signals()):
            return await read_directory(settings, now)
    except Exception:  # noqa: BLE001 -- see `_database`
        return None


async def _aibot(settings: Settings) -> Finding:
    """Reach the address without subscribing: a second subscriber would throw out the one that is at work."""
    timeout = aiohttp.ClientTimeout(total=SOCKET_SECONDS)
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        session.ws_connect(settings.aibot.url),
    ):
        return Finding(
            about="智能机器人", ok=True, said="长连接的地址能连上；别忘了在每个群里 @机器人 说一句话"
        )


async def _webhooks(settings: Settings) -> AsyncGenerator[Finding]:
    """Whether WeCom takes each group's key for a bad one: asked with a message of nothing, which reaches nobody."""
    try:
        keys = load_keys(settings)
    except SettingsError as error:
        yield Finding(about=PUSH, ok=False, said="；".join(error.faults))
        return
    async with aiohttp.ClientSession() as session:
        webhooks = Webhooks(session=session, api_base=settings.wecom.api_base, keys=keys)
        for group in keys:
            yield await guarded(f"{PUSH}「{group}」", partial(_webhook, webhooks, group))


async def _webhook(webhooks: Webhooks, group: str) -> Finding:
    about, answer = f"{PUSH}「{group}」", await webhooks.send(group, b"{}")
    if answer.code == NO_WEBHOOK:
        return Finding(about=about, ok=False, said=f"{note_of(answer)}。{remedy(answer.code)}")
    return Finding(about=about, ok=True, said="企业微信没有说它的 key 失效")


def _calendar(now: datetime) -> Finding:
    years = [year for year in (now.year, now.year + 1) if not is_announced(year)]
    if not years:
        return Finding(about="节假日", ok=True, said="今明两年的调休都已知")
    listed = "、".join(str(year) for year in years)
    return Finding(
        about="节假日", ok=None, said=f"{listed} 年的调休还不知道；公布后写进规则文件的 days_off 和 workdays"
    )
