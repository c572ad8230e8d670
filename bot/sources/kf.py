"""What does a record of 微信客服 tell (page 94670)? A customer wrote, a message bounced, a conversation moved."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

import msgspec
import structlog

from bot.sources.cloudevents import EventError, read_back
from handlers.messages import CUSTOMER, ConversationMoved, CustomerWrote, MessageBounced, News, Reported
from rules.contact import Because, Channel
from rules.events import EventType
from rules.instants import from_ms

SOURCE = "/wecom/kf"
BY_CUSTOMER, BY_SYSTEM, BY_COLLEAGUE = 3, 4, 5
"""`origin` of a record; what the app itself sent is not told."""
LONGEST_SUBJECT = 80
MOST_MENTIONS = 20
LATEST = 4_000_000_000
"""No `send_time` that can be right is greater, in seconds."""

_NUMBER = re.compile(r"(?<![0-9A-Za-z_-])[0-9A-Za-z][0-9A-Za-z_-]{3,79}(?![0-9A-Za-z_-])", re.ASCII)
_ENDED = 3
_MOVES: Mapping[int | None, Because] = {
    **dict.fromkeys((1, 2, 4), Because.WITH_COLLEAGUE),
    _ENDED: Because.SESSION_ENDED,
}
"""`change_type` of session_status_change: picked from the pool, handed on, ended, taken up again."""

UNKNOWN_CAUSE = "原因不明"
FAILURES: Mapping[int | None, tuple[str, Because | None]] = {
    0: (UNKNOWN_CAUSE, None),
    1: ("客服账号已删除", Because.ACCOUNT_SHUT),
    2: ("应用已关闭", Because.ACCOUNT_SHUT),
    4: ("顾客上次来信已超过 48 小时", Because.WINDOW_CLOSED),
    5: ("客服会话已关闭", Because.SESSION_ENDED),
    6: ("顾客上次来信后的 5 条已用完", Because.QUOTA_SPENT),
    7: ("没有绑定视频号", None),
    8: ("企业主体没有验证", Because.ACCOUNT_SHUT),
    9: ("没有绑定视频号", None),
    10: ("顾客拒收", Because.CUSTOMER_REFUSES),
    11: ("企业没有成员登录企业微信", Because.ACCOUNT_SHUT),
    12: ("这种消息不能发给顾客", None),
    13: ("内容违规，已被拦截", None),
}
"""`fail_type` of msg_send_fail: why the message did not reach the customer, and what that says of others."""

log = structlog.get_logger("kf")


def news_of(record: Mapping[str, Any], open_kfid: str, now: datetime) -> News | None:
    """What the record tells; None for what nobody waits for, and for what cannot be read."""
    at = _time(record, now)
    if at is None:
        return None
    origin = _number(record, "origin")
    if origin == BY_CUSTOMER:
        return _wrote(record, at, now)
    if origin == BY_SYSTEM:
        return _event(_part(record, "event"), open_kfid, at)
    return _moved(record, open_kfid, Because.WITH_COLLEAGUE, at) if origin == BY_COLLEAGUE else None


def _time(record: Mapping[str, Any], now: datetime) -> datetime | None:
    """When it happened: WeCom tells whole seconds, and its clock may be ahead of ours."""
    seconds = _number(record, "send_time")
    if seconds is None or not 0 < seconds < LATEST:
        return None
    return min(from_ms(seconds * 1000), now)


def _wrote(record: Mapping[str, Any], at: datetime, now: datetime) -> CustomerWrote | None:
    open_kfid, external_userid = _text(record, "open_kfid"), _text(record, "external_userid")
    text = _text(_part(record, "text"), "content")
    if not (open_kfid and external_userid):
        return None
    try:
        report = _report(_text(record, "msgid"), open_kfid, external_userid, at, now)
    except EventError as error:
        log.warning("kf.unreadable", field=error.field)
        return None
    return CustomerWrote(
        report=report,
        mentions=frozenset(_NUMBER.findall(text)[:MOST_MENTIONS]),
        open_kfid=open_kfid,
        external_userid=external_userid,
    )


def _report(msgid: str, open_kfid: str, external_userid: str, at: datetime, now: datetime) -> Reported:
    """The event of a message, as it is kept: without its words. Raises EventError."""
    event = {
        "specversion": "1.0",
        "id": msgid,
        "source": SOURCE,
        "type": EventType.CONTACTED,
        "subject": (CUSTOMER + external_userid)[:LONGEST_SUBJECT],
        "time": at.isoformat(),
        "data": {"channel": Channel.KF, "open_kfid": open_kfid, "external_userid": external_userid},
    }
    return read_back(msgspec.json.encode(event), now)


def _event(event: Mapping[str, Any], open_kfid: str, at: datetime) -> News | None:
    kind = _text(event, "event_type")
    if kind == "msg_send_fail":
        return _bounced(event, open_kfid, at)
    now = _MOVES.get(_number(event, "change_type")) if kind == "session_status_change" else None
    return None if now is None else _moved(event, open_kfid, now, at)


def _bounced(event: Mapping[str, Any], open_kfid: str, at: datetime) -> MessageBounced | None:
    message, fail_type = _text(event, "fail_msgid"), _number(event, "fail_type")
    why, shut = FAILURES.get(fail_type, (f"{UNKNOWN_CAUSE} {fail_type}", None))
    if not message:
        return None
    return MessageBounced(
        message=message,
        why=why,
        shut=shut,
        open_kfid=_text(event, "open_kfid") or open_kfid,
        external_userid=_text(event, "external_userid"),
        at=at,
    )


def _moved(fields: Mapping[str, Any], open_kfid: str, now: Because, at: datetime) -> ConversationMoved:
    return ConversationMoved(
        now=now,
        open_kfid=_text(fields, "open_kfid") or open_kfid,
        external_userid=_text(fields, "external_userid"),
        at=at,
    )


def _text(fields: Mapping[str, Any], name: str) -> str:
    value: object = fields.get(name)
    return value if isinstance(value, str) else ""


def _number(fields: Mapping[str, Any], name: str) -> int | None:
    value: object = fields.get(name)
    return value if isinstance(value, int) else None


def _part(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value: object = fields.get(name)
    return cast(Mapping[str, Any], value) if isinstance(value, dict) else {}
