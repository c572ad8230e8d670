"""Does WeCom know the app, its people and its addresses as our settings say? A check each, with what to do about it."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Callable, Iterable
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlsplit

import aiohttp

from bot.directory import Directory
from bot.findings import Finding, guarded
from bot.labels import Labels
from bot.settings import Settings
from bot.staffing import look_up
from bot.wecom.codes import remedy
from bot.wecom.contacts import OUT_OF_SIGHT, Contacts, NotToldError
from bot.wecom.crypto import CallbackCrypto, crypto_of
from rules.rosterfile import RosterFile
from rules.staff import Employment, Staff

SIDE_BY_SIDE = 8
CALL = aiohttp.ClientTimeout(total=5)
SHOWN = 10
"""So many people are named; of more, how many they are."""
NO_KF_ACCOUNT = 95004
OUT_OF_RANGE = 60021
NO_SUCH_MEMBER = 60111


async def check_up(
    settings: Settings, directory: Directory | None, contacts: Contacts, now: datetime
) -> AsyncGenerator[Finding]:
    """Every finding, as it comes in; for an app whose token was found good. Without `directory` nobody is asked about."""
    first = await guarded("应用", lambda: _app(settings, contacts))
    yield first
    if first.ok is False:
        return
    if directory is not None and (written := directory.written) is not None:
        yield await guarded("名册对企业微信", lambda: _people(written, directory.staff, contacts))
        if written.departments or written.tags:
            yield await guarded("部门与标签", lambda: _labels(written, directory.staff, contacts))
    crypto = crypto_of(settings.wecom)
    if crypto is not None and settings.http.public_url is not None:
        yield await guarded(
            "回调地址", lambda: _callback(f"{settings.http.public_url}/wecom/callback", crypto, now)
        )
    if settings.kf.open_kfid:
        yield await guarded("微信客服", lambda: _kf(settings.kf.open_kfid, contacts))


async def _app(settings: Settings, contacts: Contacts) -> Finding:
    """Whether the app is enabled, may be called from here, and where its logins may come back to."""
    app = await contacts.app(settings.wecom.agent_id or 0)
    if app.closed:
        return Finding(about="应用", ok=False, said=f"「{app.name}」被停用了。{remedy(50003)}")
    host = urlsplit(settings.http.public_url or "").netloc
    if not host:
        return Finding(about="应用", ok=True, said=f"「{app.name}」能调用，本机的 IP 是可信的")
    trusted = app.trusted_domain.removeprefix("https://").removeprefix("http://").rstrip("/")
    if host in {trusted, trusted.partition(":")[0]}:
        return Finding(about="应用", ok=True, said=f"「{app.name}」能调用，{host} 是它的可信域名")
    named = f"可信域名是 {trusted}" if trusted else "还没有可信域名"
    return Finding(
        about="应用",
        ok=None,
        said=f"「{app.name}」能调用；{named}，不是 {host}：网页上的企业微信登录和侧边栏要它。{remedy(50001)}",
    )


async def _people(written: RosterFile, staff: Staff, contacts: Contacts) -> Finding:
    """Whether WeCom knows everybody whom the roster names, and whether the app sees them."""
    turns = asyncio.Semaphore(SIDE_BY_SIDE)

    async def ask(userid: str) -> Employment | None:
        """None for somebody whom the app may not see."""
        async with turns:
            try:
                return (await look_up(contacts, staff, userid)).employment
            except NotToldError as error:
                if error.code in OUT_OF_SIGHT:
                    return None
                raise

    standing = dict(zip(written.userids, await asyncio.gather(*map(ask, written.userids)), strict=True))

    def those(wanted: Callable[[Employment | None], bool]) -> list[str]:
        return [userid for userid, employment in standing.items() if wanted(employment)]

    gone = those(lambda one: one is Employment.LEFT)
    hidden = those(lambda one: one is None)
    faults = [
        _listed("已离职或账号不存在", gone, remedy(NO_SUCH_MEMBER)),
        _listed("已禁用", those(lambda one: one is Employment.DISABLED), "没有权限，卡片也到不了"),
        _listed("不在应用的可见范围", hidden, remedy(OUT_OF_RANGE)),
        _listed("还没激活企业微信", those(lambda one: one is Employment.INACTIVE), "卡片到不了"),
    ]
    said = "；".join(fault for fault in faults if fault)
    good = f"名册上的 {len(standing)} 人企业微信都认识，都在可见范围内"
    return Finding(about="名册对企业微信", ok=not said, said=said or good)


def _listed(what: str, userids: list[str], mend: str) -> str:
    if not userids:
        return ""
    more = f" 等 {len(userids)} 人" if len(userids) > SHOWN else ""
    return f"{what}：{'、'.join(userids[:SHOWN])}{more}（{mend}）"


async def _labels(written: RosterFile, staff: Staff, contacts: Contacts) -> Finding:
    """Whether each department and tag of the roster is one that the app sees, and who is in it."""
    troubles = set[str]()
    labels = await Labels.remembered(written, staff).looked_up(contacts, troubles)
    if troubles:
        return Finding(about="部门与标签", ok=False, said="；".join(sorted(troubles)))
    counted = _counts(labels.departments.items()) + _counts(labels.tags.items())
    return Finding(about="部门与标签", ok=True, said="、".join(counted))


def _counts(people: Iterable[tuple[str, frozenset[str]]]) -> list[str]:
    return [f"{label} {len(userids)} 人" for label, userids in people]


async def _callback(address: str, crypto: CallbackCrypto, now: datetime) -> Finding:
    """Whether the address, called as WeCom calls it when it is saved, proves to be this very service."""
    stamp, nonce, word = str(int(now.timestamp())), secrets.token_hex(8), secrets.token_hex(8)
    sealed = crypto.seal(word.encode(), timestamp=stamp, nonce=nonce)
    query = {
        "msg_signature": sealed.signature,
        "timestamp": stamp,
        "nonce": nonce,
        "echostr": sealed.encrypted,
    }
    try:
        async with (
            aiohttp.ClientSession(timeout=CALL) as session,
            session.get(address, params=query, allow_redirects=False) as response,
        ):
            status, body = response.status, await response.text()
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        said = f"从本机连不上 {address}（{type(error).__name__}）。服务没有启动，或只有公网能到；企业微信要从公网到得了"
        return Finding(about="回调地址", ok=None, said=said)
    if status == HTTPStatus.OK and body == word:
        said = f"{address} 答对了验证；再确认管理后台 接收消息 的 URL 就是它"
        return Finding(about="回调地址", ok=True, said=said)
    if status == HTTPStatus.UNAUTHORIZED:
        said = f"{address} 的服务用的是别的 Token 或 EncodingAESKey：改好设置后重启 dingdan serve"
        return Finding(about="回调地址", ok=False, said=said)
    said = f"{address} 答了 HTTP {status}，不像盯单：检查反向代理把 /wecom/callback 转到哪里"
    return Finding(about="回调地址", ok=False, said=said)


async def _kf(open_kfid: str, contacts: Contacts) -> Finding:
    """Whether the account of the settings is one that the app may use."""
    accounts = await contacts.kf_accounts()
    if open_kfid in accounts:
        return Finding(about="微信客服", ok=True, said="应用能用这个客服账号")
    listed = "、".join(accounts) or "一个也没有"
    return Finding(
        about="微信客服",
        ok=False,
        said=f"应用能用的账号里没有 {open_kfid}（有：{listed}）。{remedy(NO_KF_ACCOUNT)}",
    )
