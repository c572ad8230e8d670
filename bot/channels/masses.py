"""How is 企业群发 ordered, and how is it asked what became of it? Bytes, calls, and what the answers say (page 92135).

Nothing reaches the customer until the employee confirms it in their own client.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

import msgspec

from bot.wecom.answers import Answer
from bot.wecom.client import WecomClient
from bot.wecom.payloads import canonical
from handlers.delivery import Receipt
from handlers.outbox import Letter, LetterKind
from rules.delivery import Outcome
from rules.inquiry import Ask, Found

ADD = "externalcontact/add_msg_template"
PATHS: Mapping[Ask, str] = {
    Ask.LOOK: "externalcontact/get_groupmsg_list_v2",
    Ask.RESULT: "externalcontact/get_groupmsg_send_result",
    Ask.REMIND: "externalcontact/remind_groupmsg_send",
    Ask.CANCEL: "externalcontact/cancel_groupmsg_send",
}
MOST_LISTED, MOST_RESULTS = 100, 1000
"""The largest `limit` of the two lists."""
MOST_PAGES = 20
"""Two thousand tasks around one moment: more than a corp orders."""
BEFORE, AFTER = timedelta(minutes=2), timedelta(minutes=20)
"""Around the attempt: WeCom's clock may differ from ours, and it may have taken its time."""

DISPATCHING, STOPPED, TOO_OFTEN, STOPPED_BEFORE = 41063, 41093, 41094, 97611
_STATUS: Mapping[object, Found] = {
    0: Found.UNSENT,
    1: Found.SENT,
    2: Found.NOT_A_FRIEND,
    3: Found.CAPPED,
}
"""`status` of get_groupmsg_send_result."""
_CODES: Mapping[tuple[Ask, int], Found] = {
    (Ask.RESULT, DISPATCHING): Found.UNSENT,
    (Ask.RESULT, STOPPED): Found.STOPPED,
    (Ask.REMIND, STOPPED): Found.STOPPED,
    (Ask.REMIND, TOO_OFTEN): Found.TOO_OFTEN,
    (Ask.CANCEL, STOPPED): Found.DONE,
    (Ask.CANCEL, STOPPED_BEFORE): Found.DONE,
}


# --- bytes -----------------------------------------------------------------------


def order_bytes(letter: Letter, text: str) -> bytes:
    """One text for one customer, by the employee who knows them. It may have 4000 bytes."""
    return canonical({
        "chat_type": "single",
        "external_userid": [letter.content["external_userid"]],
        "sender": letter.content["employee"],
        "allow_select": False,
        "text": {"content": text},
    })  # fmt: skip


def question_bytes(letter: Letter) -> bytes:
    """What an inquiry asks next."""
    content = letter.content
    match Ask(content["ask"]):
        case Ask.LOOK:
            attempted = int(content["attempted_at"]) // 1000
            return canonical({
                "chat_type": "single",
                "start_time": attempted - int(BEFORE.total_seconds()),
                "end_time": attempted + int(AFTER.total_seconds()),
                "filter_type": 2,
                "limit": MOST_LISTED,
            })  # fmt: skip
        case Ask.RESULT:
            who = {"msgid": content["remote_id"], "userid": content["employee"]}
            return canonical({**who, "limit": MOST_RESULTS})
        case Ask.REMIND | Ask.CANCEL:
            return canonical({"msgid": content["remote_id"]})


# --- calls -----------------------------------------------------------------------


def path_of(letter: Letter) -> str:
    """The call that orders, or that asks what the inquiry asks next."""
    return PATHS[Ask(letter.content["ask"])] if letter.kind is LetterKind.INQUIRY else ADD


async def call(client: WecomClient, letter: Letter) -> Answer:
    """Order, or ask. Of a list in pages all of them, as one answer."""
    body = letter.payload or b""
    path = path_of(letter)
    return await (_all_pages(client, path, body) if path == PATHS[Ask.LOOK] else client.call(path, body))


async def _all_pages(client: WecomClient, path: str, body: bytes) -> Answer:
    request: dict[str, object] = msgspec.json.decode(body)
    listed: list[object] = []
    for _ in range(MOST_PAGES):
        answer = await client.call(path, canonical(request))
        if not answer.ok:
            return answer
        listed += _list(answer, "group_msg_list")
        request["cursor"] = answer.body.get("next_cursor") or ""
        if not request["cursor"]:
            return Answer(code=0, body={"group_msg_list": listed})
    return Answer(code=-1, text="more tasks than can be looked through")


# --- answers -----------------------------------------------------------------------


def receipt_of(letter: Letter, answer: Answer, receipt: Receipt) -> Receipt:
    """What an answer comes to; `receipt` is what its code alone comes to."""
    if letter.kind is not LetterKind.INQUIRY:
        return _ordered(letter, answer) if answer.ok else receipt
    found, remote_id = _found(letter, answer, receipt)
    return Receipt(
        outcome=Outcome.ACCEPTED if answer.ok else receipt.outcome,
        note=receipt.note,
        retry_after=receipt.retry_after,
        found=found,
        remote_id=remote_id,
    )


def _ordered(letter: Letter, answer: Answer) -> Receipt:
    """Accepted, but perhaps not for our customer."""
    if letter.content["external_userid"] in _list(answer, "fail_list"):
        return Receipt(outcome=Outcome.REFUSED, note="顾客不是这位同事的客户，或今天不能再收群发")
    msgid: object = answer.body.get("msgid")
    if not isinstance(msgid, str) or not msgid:
        return Receipt(outcome=Outcome.UNCLEAR, note="accepted without a msgid")
    return Receipt(outcome=Outcome.HANDED_OVER, remote_id=msgid)


def _found(letter: Letter, answer: Answer, receipt: Receipt) -> tuple[Found, str | None]:
    ask = Ask(letter.content["ask"])
    known = _CODES.get((ask, answer.code))
    if known is not None:
        return known, None
    if receipt.outcome is Outcome.BUSY:
        return Found.UNASKED, None
    if not answer.ok:
        return (Found.REFUSED if ask is Ask.CANCEL and answer.code > 0 else Found.NOTHING), None
    match ask:
        case Ask.LOOK:
            msgid = _same_task(letter, _list(answer, "group_msg_list"))
            return (Found.ABSENT, None) if msgid is None else (Found.THERE, msgid)
        case Ask.RESULT:
            return _result(letter, _list(answer, "send_list")), None
        case Ask.REMIND | Ask.CANCEL:
            return Found.DONE, None


def _same_task(letter: Letter, listed: Iterable[object]) -> str | None:
    """The msgid of the task that is ours by its words; WeCom may leave out who created it (page 93338)."""
    content = letter.content
    others = set(content["others"].split())
    mine = [
        task
        for task in map(_fields, listed)
        if _fields(task.get("text")).get("content") == content["words"]
        and task.get("creator") in {None, "", content["employee"]}
        and str(task.get("msgid")) not in others
    ]
    newest = max(mine, key=_created, default=None)
    return None if newest is None else str(newest["msgid"])


def _created(task: Mapping[str, object]) -> int:
    at = task.get("create_time")
    return at if isinstance(at, int) else 0


def _result(letter: Letter, listed: Iterable[object]) -> Found:
    """A customer who is not listed has not been sent anything."""
    customer = letter.content["external_userid"]
    mine = (row for row in map(_fields, listed) if row.get("external_userid") == customer)
    return next((_STATUS.get(row.get("status"), Found.NOTHING) for row in mine), Found.UNSENT)


def _fields(value: object) -> Mapping[str, object]:
    return cast(Mapping[str, object], value) if isinstance(value, dict) else {}


def _list(answer: Answer, name: str) -> Sequence[Any]:
    value: object = answer.body.get(name)
    return cast(Sequence[Any], value) if isinstance(value, list) else ()
