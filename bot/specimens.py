"""What does WeCom say to a card of each type? One to a member, one into each group, and its answers in the operator's words."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

import aiohttp

from bot import failpoints
from bot.clock import SystemClock
from bot.directory import load_directory
from bot.doctor import wecom_client
from bot.findings import Finding
from bot.leader import Tenure
from bot.redis import EMBEDDED, open_redis
from bot.settings import Settings
from bot.signals import Signals
from bot.storage.ids import new_id
from bot.storage.opening import open_store
from bot.storage.store import Store, Transaction
from bot.wecom.answers import Answer, NoAnswerError, NotSentError
from bot.wecom.client import SEND_MESSAGE
from bot.wecom.codes import remedy
from bot.wecom.payloads import aibot_card, app_card, canonical, webhook_card
from bot.wecom.socket import BotSocket, Frame
from bot.wecom.webhook import Webhooks, load_keys
from replies.cards import Face, Tap
from replies.specimens import is_notice, specimens

SUBSCRIBED_WITHIN_SECONDS = 10
GROUP = 2
Losses = (NoAnswerError, NotSentError, aiohttp.ClientError, OSError, TimeoutError)


async def show_cards(settings: Settings, userid: str) -> AsyncGenerator[Finding]:
    """A card of each type, by every way that is set up. Raises SettingsError for a faulty roster or file of keys."""
    failpoints.arm(settings.failpoint)
    base = settings.http.public_url or f"http://{settings.http.host}:{settings.http.port}"
    faces = specimens(base, f"{base}/static/stages.png")
    async with aiohttp.ClientSession() as session:
        if settings.wecom.can_send:
            async for finding in _to_member(settings, session, faces, userid):
                yield finding
        for group, key in load_keys(settings).items():
            webhooks = Webhooks(session=session, api_base=settings.wecom.api_base, keys={group: key})
            async for finding in _by_webhook(webhooks, group, faces):
                yield finding
        if settings.aibot.can_connect:
            async for finding in _by_bot(settings, session, faces):
                yield finding
    if not (settings.wecom.can_send or settings.aibot.can_connect or load_keys(settings)):
        yield Finding(about="样卡", ok=False, said="应用、机器人、群消息推送都没有设置，没有地方可发")


async def _to_member(
    settings: Settings, session: aiohttp.ClientSession, faces: Mapping[str, Face], userid: str
) -> AsyncGenerator[Finding]:
    async with open_redis(EMBEDDED) as cache:
        client = wecom_client(settings, session, cache)
        for name, face in faces.items():
            message = {
                "touser": userid,
                "msgtype": "template_card",
                "agentid": settings.wecom.agent_id,
                "template_card": app_card(face, new_id(), _key),
            }
            try:
                answer = await client.call(SEND_MESSAGE, canonical(message))
            except Losses as error:
                yield _lost(f"应用 · {name}", error)
            else:
                yield _to_member_said(f"应用 · {name}", answer, userid)


def _to_member_said(about: str, answer: Answer, userid: str) -> Finding:
    """WeCom may accept a message and name the member among those who do not get it (page 90236)."""
    if answer.ok and answer.body.get("unlicenseduser"):
        said = f"{userid} 没有基础接口的许可：管理后台 → 收银台 → 接口许可，为成员激活"
        return Finding(about=about, ok=False, said=said)
    if answer.ok and answer.body.get("invaliduser"):
        return Finding(about=about, ok=False, said=f"{userid} 收不到。{remedy(60021)}")
    return _said(about, answer, f"已发给 {userid}")


async def _by_webhook(webhooks: Webhooks, group: str, faces: Mapping[str, Face]) -> AsyncGenerator[Finding]:
    for name, face in faces.items():
        if not is_notice(face):
            continue
        about = f"群消息推送「{group}」 · {name}"
        try:
            body = canonical({"msgtype": "template_card", "template_card": webhook_card(face)})
            answer = await webhooks.send(group, body)
        except Losses as error:
            yield _lost(about, error)
        else:
            yield _said(about, answer, "已发进群")


async def _by_bot(
    settings: Settings, session: aiohttp.ClientSession, faces: Mapping[str, Face]
) -> AsyncGenerator[Finding]:
    """Over a connection of our own, unless a running service has it: a second subscriber would throw it out."""
    clock = SystemClock()
    async with open_store(settings.database_url, Signals()) as store:
        groups = (await load_directory(settings, store, clock.now())).roster.groups
        if not groups:
            yield Finding(
                about="智能机器人",
                ok=None,
                said="还没有设置群（DINGDAN_AIBOT__GROUP_CHAT_ID），群里的样卡没有发",
            )
            return
        tenure = await Tenure.begin("socket", holder := new_id(), store, clock)
        if tenure is None:
            yield Finding(
                about="智能机器人",
                ok=None,
                said="长连接在运行中的服务手里，群里的样卡没有发。停下 dingdan serve，过 15 秒再试",
            )
            return
        try:
            async with _connected(settings, session, tenure) as socket:
                for group, chat in groups.items():
                    for name, face in faces.items():
                        yield await _into(socket, group, chat, name, face)
        finally:
            await _release(store, holder)


@asynccontextmanager
async def _connected(
    settings: Settings, session: aiohttp.ClientSession, tenure: Tenure
) -> AsyncGenerator[BotSocket]:
    subscribed = asyncio.Event()
    socket = BotSocket(session, settings.aibot, _overhear, on_change=subscribed.set)
    running = asyncio.create_task(socket.run(tenure))
    try:
        await asyncio.wait({asyncio.create_task(subscribed.wait())}, timeout=SUBSCRIBED_WITHIN_SECONDS)
        yield socket
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _overhear(frame: Frame) -> None:
    """What people write meanwhile is not for us."""
    del frame


async def _into(socket: BotSocket, group: str, chat: str, name: str, face: Face) -> Finding:
    about = f"群「{group}」 · {name}"
    card = {"msgtype": "template_card", "template_card": aibot_card(face, new_id(), _key)}
    try:
        answer = await socket.send("aibot_send_msg", canonical({"chatid": chat, "chat_type": GROUP, **card}))
    except Losses as error:
        return _lost(about, error)
    return _said(about, answer, "已发进群")


async def _release(store: Store, holder: str) -> None:
    async def release(work: Transaction) -> None:
        await work.leases.release("socket", holder)

    await store.run("release", release)


def _said(about: str, answer: Answer, done: str) -> Finding:
    if answer.ok:
        return Finding(about=about, ok=True, said=f"{done}，请打开企业微信看看")
    return Finding(about=about, ok=False, said=f"{answer.code} {answer.text}。{remedy(answer.code)}")


def _lost(about: str, error: Exception) -> Finding:
    return Finding(about=about, ok=False, said=f"连不上：{type(error).__name__} {error}".rstrip())


def _key(tap: Tap) -> str:
    """Of no card that is known: a tap is answered with that, and does nothing."""
    return f"specimen-{tap}"
