"""What came in, from a frame of the bot's socket or a callback of the app? Our own messages, with an identity."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from xml.etree.ElementTree import Element

from handlers.messages import (
    CardClicked,
    ChatEntered,
    Incoming,
    LetterId,
    NewsAnnounced,
    Sender,
    StaffChanged,
    Surface,
    TextReceived,
)
from rules.events import UserId
from rules.staff import Employment

Body = Mapping[str, Any]
Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A message, and the identity that repeats of it share. WeCom repeats callbacks, with new signatures."""

    identity: str
    message: Incoming


def from_frame(frame: Body, now: datetime) -> Arrival | None:
    """The message of a socket frame (pages 100719 and 101027); None for kinds that nobody waits for."""
    body = _part(frame, "body")
    sender = Sender(
        surface=Surface.GROUP if body.get("chattype") == "group" else Surface.SINGLE,
        userid=UserId(_text(_part(body, "from"), "userid")),
        chat=_text(body, "chatid") or _text(_part(body, "from"), "userid"),
        reply_to=_text(_part(frame, "headers"), "req_id"),
        at=now,
    )
    message = (
        _of_event(_part(body, "event"), sender) if body.get("msgtype") == "event" else _of_words(body, sender)
    )
    if message is None or not sender.userid:
        return None
    return Arrival(identity=f"bot:{_text(body, 'msgid') or sender.reply_to}", message=message)


def from_fields(fields: Fields, tree: Element | None, now: datetime) -> Arrival | None:
    """The message of a callback (pages 90239 and 90240), as `read_fields` gives it.

    None for kinds that nobody waits for.
    """
    if fields.get("Event", "").lower() == "kf_msg_or_event":
        return _announcement(fields, now)
    sender = Sender(
        surface=Surface.APP,
        userid=UserId(fields.get("FromUserName", "")),
        chat=fields.get("FromUserName", ""),
        reply_to=fields.get("ResponseCode", ""),
        at=now,
    )
    message = _of_fields(fields, tree, sender)
    if message is None or not sender.userid:
        return None
    return Arrival(identity=_identity(fields), message=message)


def _announcement(fields: Fields, now: datetime) -> Arrival | None:
    """微信客服 has news (page 94670); the event names an account, and nobody."""
    account, token = fields.get("OpenKfId", ""), fields.get("Token", "")
    if not account:
        return None
    sender = Sender(surface=Surface.KF, userid=UserId(""), chat=account, reply_to="", at=now)
    return Arrival(
        identity=_identity({**fields, "AgentID": "", "EventKey": token, "TaskId": account}),
        message=NewsAnnounced(sender=sender, account=account, token=token),
    )


def created_at(fields: Fields) -> int | None:
    """CreateTime of a callback, in seconds; None when it has none."""
    text = fields.get("CreateTime", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else None


def _of_event(event: Body, sender: Sender) -> Incoming | None:
    if event.get("eventtype") == "enter_chat":
        return ChatEntered(sender=sender)
    click = _part(event, "template_card_event")
    card, key = _text(click, "task_id", "taskid"), _text(click, "event_key", "eventkey")
    if event.get("eventtype") != "template_card_event" or not card:
        return None
    return CardClicked(sender=sender, card=LetterId(card), key=key, selected=_selected(click))


def _selected(click: Body) -> dict[str, str]:
    """Page 101027: one item for each selector, each with a list of option ids."""
    chosen: dict[str, str] = {}
    for item in _parts(_part(click, "selected_items", "selecteditems"), "selected_item"):
        options: Any = _part(item, "option_ids").get("option_id")
        if isinstance(options, list) and options:
            chosen[_text(item, "question_key")] = str(cast(list[Any], options)[0])
    return chosen


def _of_words(body: Body, sender: Sender) -> Incoming | None:
    """A text, or the texts of a mixed message (page 100719); `@机器人` in front is not part of it."""
    parts = [body, *_parts(_part(body, "mixed"), "msg_item")]
    texts = [_text(_part(part, "text"), "content") for part in parts]
    text = re.sub(r"^@[^\s/／]+\s*", "", " ".join(filter(None, texts)).strip())
    return TextReceived(sender=sender, text=text) if any(texts) else None


def _of_fields(fields: Fields, tree: Element | None, sender: Sender) -> Incoming | None:
    kind = fields.get("MsgType", "").lower()
    event = fields.get("Event", "").lower()
    if kind == "text":
        return TextReceived(sender=sender, text=fields.get("Content", "").strip())
    if kind == "event" and event == "enter_agent":
        return ChatEntered(sender=sender)
    if kind == "event" and event == "change_contact":
        return _of_contacts(fields, sender)
    if (
        kind == "event"
        and event in {"template_card_event", "template_card_menu_event"}
        and fields.get("TaskId")
    ):
        return CardClicked(
            sender=sender,
            card=LetterId(fields["TaskId"]),
            key=fields.get("EventKey", ""),
            selected={} if tree is None else _chosen(tree),
        )
    return None


_EMPLOYMENT: Mapping[str, Employment] = {
    "1": Employment.ACTIVE,
    "2": Employment.DISABLED,
    "4": Employment.INACTIVE,
    "5": Employment.LEFT,
}
"""Page 90970. Only user/get is said to give 5; it is understood here as well."""


def _of_contacts(fields: Fields, sender: Sender) -> Incoming | None:
    """Page 90970. Only who is there and who is not; departments and tags are looked up in their time."""
    change, userid = fields.get("ChangeType", "").lower(), UserId(fields.get("UserID", ""))
    if change == "delete_user":
        employment: Employment | None = Employment.LEFT
    else:
        employment = _EMPLOYMENT.get(fields.get("Status", "")) if change == "update_user" else None
    if employment is None or not userid:
        return None
    return StaffChanged(sender=sender, userid=userid, employment=employment)


def _chosen(tree: Element) -> dict[str, str]:
    """Page 90240: one item for each selector, each with its options."""
    return {
        item.findtext("QuestionKey", ""): item.findtext("OptionIds/OptionId", "")
        for item in tree.iterfind("SelectedItems/SelectedItem")
    }


def _identity(fields: Fields) -> str:
    """MsgId where there is one; else all that tells two clicks of the same second apart (page 90238)."""
    if fields.get("MsgId"):
        return f"app:{fields.get('AgentID', '')}:{fields['MsgId']}"
    names = ("ToUserName", "AgentID", "MsgType", "Event", "FromUserName", "CreateTime", "TaskId", "EventKey")
    contact = ("ChangeType", "UserID", "Status")
    whole = "\x1f".join(fields.get(name, "") for name in (*names, "ResponseCode", *contact))
    return "app:" + hashlib.sha256(whole.encode()).hexdigest()


def _part(body: Body, *names: str) -> Body:
    value = next((body[name] for name in names if name in body), None)
    return cast(Body, value) if isinstance(value, dict) else {}


def _parts(body: Body, name: str) -> list[Body]:
    items: Any = body.get(name)
    return (
        [item for item in cast(list[Any], items) if isinstance(item, dict)] if isinstance(items, list) else []
    )


def _text(body: Body, *names: str) -> str:
    value = next((body[name] for name in names if name in body), "")
    return str(value) if isinstance(value, str | int) else ""
