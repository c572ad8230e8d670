"""What does WeCom answer the self-built app? Pages 91039, 90196, 90236, 94888 and 94677, with every rule enforced."""

import asyncio
import re
import secrets
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from tests.bot.wecom.card_rules import APP, faults
from tests.outside.ledger import OK, Json, Ledger, error

MEMBERS = {"zhangsan": "张三", "lisi": "李四", "wangwu": "王五", "stranger": "赵六"}
MSGID = re.compile(r"[0-9a-zA-Z_-]{1,32}")
TEXT_BYTES = 2048
TOKEN_SECONDS, TWO_DAYS, THREE_DAYS = 7200, 2 * 86_400, 3 * 86_400
MESSAGES_IN_A_WINDOW = 5
MOST_RECORDS = 1000
AT_THE_ASSISTANT = 1
"""Whoever may send messages for the app speaks for it."""
DUPLICATE_MSGID = 95033
"""No number is documented for it."""


@dataclass(kw_only=True, slots=True)
class Fault:
    """How the next call goes wrong: an errcode, another body, a delay, or an answer that gets lost."""

    errcode: int | None = None
    body: Json | None = None
    delay: float = 0
    is_lost: bool = False


@dataclass(kw_only=True, slots=True)
class Call:
    """One call, and its errcode once it was answered."""

    at: float
    path: str
    body: Json
    errcode: int | None = None


@dataclass(kw_only=True, slots=True)
class Window:
    """A customer of 微信客服: when they wrote last, and how often they may still be answered."""

    wrote_at: float = field(default_factory=time.time)
    left: int = MESSAGES_IN_A_WINDOW


class AppApi:
    """The server API of one corp, for one app and one 微信客服 account."""

    def __init__(self, ledger: Ledger, *, corp_id: str, agent_id: int) -> None:
        self.secret, self.open_kfid = f"app-{secrets.token_hex(12)}", "wkOutside"
        self.calls: list[Call] = []
        self.faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._ledger, self._corp_id, self._agent_id = ledger, corp_id, agent_id
        self._tokens: dict[str, float] = {}
        self._codes: dict[str, tuple[str, float]] = {}
        self._windows: dict[str, Window] = {}
        self._msgids: set[str] = set()
        self._paths: dict[str, Callable[[Json], Json]] = {
            "user/get": self._tell_of_member,
            "batch/openuserid_to_userid": self._make_plain,
            "message/send": self._send,
            "message/update_template_card": self._update,
            "kf/send_msg": self._answer_customer,
            "kf/sync_msg": self._tell_of_customers,
            "kf/service_state/get": self._tell_of_session,
        }

    # --- what a test does --------------------------------------------------------

    def expire_tokens(self) -> None:
        """All tokens are over at once."""
        self._tokens = dict.fromkeys(self._tokens, 0.0)

    def customer_writes(self, customer: str) -> None:
        """A customer may be answered: five times, within two days."""
        self._windows[customer] = Window()

    def new_code(self, task_id: str) -> str:
        """The right to change a card once, within 72 hours."""
        code = self._ledger.new_id("code")
        self._codes[code] = (task_id, time.time() + THREE_DAYS)
        return code

    def made(self, path: str) -> list[Call]:
        """The calls of one kind, oldest first."""
        return [call for call in self.calls if call.path == path]

    # --- the wire -----------------------------------------------------------------

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Any call below /cgi-bin."""
        path = request.match_info["path"]
        call = Call(at=time.time(), path=path, body=await request.json() if request.can_read_body else {})
        self.calls.append(call)
        fault = self.faults[path].popleft() if self.faults[path] else Fault()
        answer = error(fault.errcode) if fault.errcode else fault.body
        if answer is None:
            answer = self._answer(path, call.body, dict(request.query))
        call.errcode = answer.get("errcode")
        await asyncio.sleep(fault.delay)
        if fault.is_lost and request.transport is not None:
            request.transport.abort()
        return web.json_response(answer)

    def _answer(self, path: str, body: Json, query: dict[str, str]) -> Json:
        if path == "gettoken":
            return self._give_token(query)
        token = query.pop("access_token", None)
        if path not in self._paths or token is None or (body and query):
            return self._ledger.refuse(40058, f"{path} with {sorted(query)} and {sorted(body)}")
        if token not in self._tokens:
            return error(40014)
        if self._tokens[token] < time.time():
            return error(42001)
        return self._paths[path](body or query)

    def _give_token(self, query: dict[str, str]) -> Json:
        if query != {"corpid": self._corp_id, "corpsecret": self.secret}:
            return self._ledger.refuse(40001, "gettoken")
        token = self._ledger.new_id("token")
        self._tokens[token] = time.time() + TOKEN_SECONDS
        return {**OK, "access_token": token, "expires_in": TOKEN_SECONDS}

    # --- members (pages 90196, 95884 and 90236) --------------------------------------

    def _tell_of_member(self, asked: Json) -> Json:
        if set(asked) != {"userid"}:
            return self._ledger.refuse(40058, f"user/get with {sorted(asked)}")
        if asked["userid"] not in MEMBERS:
            return error(60111)
        return {
            **OK,
            "userid": asked["userid"],
            "name": MEMBERS[asked["userid"]],
            "department": [1],
            "status": 1,
        }

    def _make_plain(self, body: Json) -> Json:
        """Page 95884; here nobody has an id that only a third party's app would see."""
        asked = body["open_userid_list"]
        if set(body) != {"open_userid_list"} or not 1 <= len(asked) <= MOST_RECORDS:
            return self._ledger.refuse(40058, f"{body}")
        return {**OK, "userid_list": [], "invalid_open_userid_list": asked}

    def _send(self, body: Json) -> Json:
        to = body["touser"]
        if body["agentid"] != self._agent_id:
            return self._ledger.refuse(40056, f"agentid {body['agentid']!r}")
        if to not in MEMBERS:
            return error(81013)
        if not self._ledger.has_room(to):
            return OK
        match body["msgtype"]:
            case "text":
                return self._ledger.say(to, body["text"]["content"], most_bytes=TEXT_BYTES)
            case "template_card":
                card = body["template_card"]
                shown = self._ledger.show(to, card, faults(card, APP))
                return (
                    shown if shown["errcode"] else {**shown, "response_code": self.new_code(card["task_id"])}
                )
            case other:
                return self._ledger.refuse(40008, f"msgtype {other!r}")

    def _update(self, body: Json) -> Json:
        """Page 94888."""
        task_id, until = self._codes.pop(body["response_code"], ("", 0.0))
        shown, card = self._ledger.by_task(task_id), body["template_card"]
        if shown is None or until < time.time():
            return self._ledger.refuse(40058, "a response_code that is unknown or used up")
        if body["agentid"] != self._agent_id or body["userids"] != [shown.to]:
            return self._ledger.refuse(42015, f"a change for {body['userids']}")
        if wrong := faults(card, APP, update=True):
            return self._ledger.refuse(42045, f"{wrong} in {card}")
        shown.change(card)
        return OK

    # --- customers (page 94677) ---------------------------------------------------

    def _answer_customer(self, body: Json) -> Json:
        window = self._windows.get(body["touser"])
        if body["open_kfid"] != self.open_kfid or body["msgtype"] != "text":
            return self._ledger.refuse(95004, f"{body['msgtype']} from {body['open_kfid']}")
        if not MSGID.fullmatch(body["msgid"]):
            return self._ledger.refuse(40058, f"msgid {body['msgid']!r}")
        if body["msgid"] in self._msgids:
            return {"errcode": DUPLICATE_MSGID, "errmsg": "duplicate msgid"}
        if window is None or window.wrote_at < time.time() - TWO_DAYS:
            return error(95002)
        if window.left == 0:
            return error(95001)
        said = self._ledger.say(body["touser"], body["text"]["content"], most_bytes=TEXT_BYTES)
        if said["errcode"] == 0:
            window.left -= 1
            self._msgids.add(body["msgid"])
        return {**said, "msgid": body["msgid"]}

    def _tell_of_customers(self, body: Json) -> Json:
        """Page 94670; nobody's words are told, for the order system reports who wrote."""
        if body["open_kfid"] != self.open_kfid or not 1 <= body["limit"] <= MOST_RECORDS:
            return self._ledger.refuse(95004, f"{body}")
        return {**OK, "next_cursor": "the-end", "has_more": 0, "msg_list": []}

    def _tell_of_session(self, body: Json) -> Json:
        """Page 94669; no person has taken a conversation over."""
        if body["open_kfid"] != self.open_kfid or body["external_userid"] not in self._windows:
            return self._ledger.refuse(95004, f"{body}")
        return {**OK, "service_state": AT_THE_ASSISTANT, "servicer_userid": ""}
