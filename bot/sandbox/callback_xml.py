"""How does a callback read before it is encrypted? Plaintext XML of wecom.md §2 (90239, 90240)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.wecom.markup import cdata

Post = Callable[[str, str, bytes], object]
"""Delivers a callback: event, userid, plaintext."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    corp_id: str
    agent_id: int
    userid: str
    created: int
    """Unix seconds."""

    def xml(self, msgtype: str) -> str:
        return (
            f"<ToUserName>{cdata(self.corp_id)}</ToUserName><FromUserName>{cdata(self.userid)}</FromUserName>"
            f"<CreateTime>{self.created}</CreateTime><MsgType>{cdata(msgtype)}</MsgType>"
            f"<AgentID>{self.agent_id}</AgentID>"
        )


def text_message(head: Head, *, text: str, msgid: int) -> bytes:
    return _xml(f"{head.xml('text')}<Content>{cdata(text)}</Content><MsgId>{msgid}</MsgId>")


def card_event(
    head: Head,
    *,
    event: str,
    key: str,
    task_id: str,
    card_type: str,
    response_code: str,
    selected: Mapping[str, tuple[str, ...]],
) -> bytes:
    """template_card_event and template_card_menu_event; `selected` maps question keys to option ids."""
    return _xml(
        f"{head.xml('event')}<Event>{cdata(event)}</Event><EventKey>{cdata(key)}</EventKey>"
        f"<TaskId>{cdata(task_id)}</TaskId><CardType>{cdata(card_type)}</CardType>"
        f"<ResponseCode>{cdata(response_code)}</ResponseCode>{_selected_items(selected)}"
    )


def kf_event(*, corp_id: str, created: int, token: str, open_kfid: str) -> bytes:
    """kf_msg_or_event, which has neither a sender nor an app (§9.1)."""
    return _xml(
        f"<ToUserName>{cdata(corp_id)}</ToUserName><CreateTime>{created}</CreateTime>"
        f"<MsgType>{cdata('event')}</MsgType><Event>{cdata('kf_msg_or_event')}</Event>"
        f"<Token>{cdata(token)}</Token><OpenKfId>{cdata(open_kfid)}</OpenKfId>"
    )


def contact_event(*, corp_id: str, created: int, event: str, change: str, fields: Mapping[str, str]) -> bytes:
    """change_contact and change_external_contact, which come from `sys` and from no app (§2)."""
    inside = "".join(f"<{name}>{cdata(value)}</{name}>" for name, value in fields.items())
    return _xml(
        f"<ToUserName>{cdata(corp_id)}</ToUserName><FromUserName>{cdata('sys')}</FromUserName>"
        f"<CreateTime>{created}</CreateTime><MsgType>{cdata('event')}</MsgType>"
        f"<Event>{cdata(event)}</Event><ChangeType>{cdata(change)}</ChangeType>{inside}"
    )


def _selected_items(selected: Mapping[str, tuple[str, ...]]) -> str:
    if not selected:
        return ""
    items = "".join(
        f"<SelectedItem><QuestionKey>{cdata(question)}</QuestionKey>"
        f"<OptionIds>{''.join(f'<OptionId>{cdata(option)}</OptionId>' for option in options)}</OptionIds>"
        "</SelectedItem>"
        for question, options in selected.items()
    )
    return f"<SelectedItems>{items}</SelectedItems>"


def _xml(inside: str) -> bytes:
    return f"<xml>{inside}</xml>".encode()
