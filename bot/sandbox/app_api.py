"""What may the self-built app do? message/send (90236), update_template_card (94888), recall (94867)."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.sandbox import contents
from bot.sandbox.app_targets import Targets, targets
from bot.sandbox.card_parts import Rules, Surface
from bot.sandbox.card_rules import calls_back, check_card
from bot.sandbox.card_updates import new_face, replacement_text
from bot.sandbox.cards import Card
from bot.sandbox.endpoints import Answer, Asked, Endpoint, Endpoints
from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.faults import Fault, FaultKind
from bot.sandbox.fields import Node
from bot.sandbox.media import Media
from bot.sandbox.staff import Staff
from bot.sandbox.tokens import ResponseCodes
from bot.sandbox.watch import day_of
from bot.sandbox.windows import Quota
from bot.sandbox.world import Chat, Content, DropReason, MessageKind, Speaker, World
from bot.witness import Seen

PERSON_TIMES = 200
"""Per account of the corp and day (90236)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    agent_id: int
    at: datetime
    message_ids: tuple[str, ...]


class AppApi:
    """The app's messages. Every method raises Refused."""

    def __init__(self, world: World, codes: ResponseCodes, staff: Staff, media: Media) -> None:
        self._world = world
        self._media = media
        self._staff = staff
        self._codes = codes
        self._quota = Quota(lambda: (world.knobs.app_per_minute, world.knobs.app_per_hour))
        self._task_ids: set[tuple[int, str]] = set()
        self._sent: dict[str, _Sent] = {}
        self._bodies: dict[bytes, datetime] = {}
        self._person_times: dict[tuple[int, date], int] = {}

    @property
    def endpoints(self) -> Endpoints:
        return {
            "message/send": Endpoint(answer=self._send),
            "message/update_template_card": Endpoint(answer=self._update_card, bare=True),
            "message/recall": Endpoint(answer=self._recall, bare=True),
        }

    def _send(self, asked: Asked) -> Answer:
        request, fault = asked.node(), asked.fault
        agent = self._agent(request, asked)
        self._check_options(request)
        reached = targets(request, self._world, self._staff, fault)
        content = self._content(request, agent, reached)
        if self._is_repeat(request, asked.body):
            for member in reached.members:
                self._drop(member, agent, content, DropReason.DUPLICATE)
            return {"errcode": 0, "errmsg": "ok", "msgid": secrets.token_urlsafe(32)}
        self._count(agent, len(reached.members))
        self._claim_task_id(agent, content)
        self._bodies[hashlib.sha256(asked.body).digest()] = self._world.now()
        msgid = self._deliver(agent, reached, content, fault)
        answer: Answer = {"errcode": 0, "errmsg": "ok", **reached.lists(), "msgid": msgid}
        if content.card and calls_back(Node(values=content.card.original.content)):
            answer["response_code"] = self._codes.issue(content.card)
        return answer

    def _update_card(self, asked: Asked) -> Answer:
        request = asked.node()
        agent = self._agent(request, asked)
        code = request.text("response_code")
        card = self._codes.card(code)
        if card.agent != str(agent):
            raise Refused(Errcode.OTHER_APP, "another app has sent this card")
        try:
            invalid = self._update(request, card)
        except Refused:
            if self._world.knobs.refused_update_spends:
                self._codes.spend(code)
            raise
        self._codes.spend(code)
        self._world.changes.note()
        return {"errcode": 0, "errmsg": "ok", **({"invaliduser": invalid} if invalid else {})}

    def _recall(self, asked: Asked) -> Answer:
        """Take a message back, within 24 h."""
        msgid = asked.node().text("msgid")
        sent = self._sent.get(msgid)
        if sent is None or sent.agent_id != asked.agent_id:
            raise Refused(Errcode.BAD_PARAMETER, "no such message of this app")
        if sent.at + timedelta(hours=24) <= self._world.now():
            raise Refused(Errcode.RECALL_TOO_LATE, "a message can be recalled for 24 h")
        del self._sent[msgid]
        for message_id in sent.message_ids:
            self._world.recall(message_id)
        return {"errcode": 0, "errmsg": "ok"}

    def _agent(self, request: Node, asked: Asked) -> int:
        if not request.has("agentid"):
            raise Refused(Errcode.NO_AGENT_ID, "agentid missing")
        agent = request.integer("agentid", Errcode.BAD_AGENT_ID)
        if agent != self._world.config.agent_id and agent not in self._world.config.other_apps:
            raise Refused(Errcode.BAD_AGENT_ID, "invalid agentid")
        if agent != asked.agent_id:
            raise Refused(Errcode.NOT_THIS_APP, "the access_token belongs to another app")
        return agent

    def _check_options(self, request: Node) -> None:
        request.choice("enable_id_trans", range(2))
        request.choice("enable_duplicate_check", range(2))
        if request.has("duplicate_check_interval"):
            request.choice("duplicate_check_interval", range(1, 4 * 3600 + 1))
        request.choice("safe", range(2) if request.values.get("msgtype") == "text" else range(1))

    def _content(self, request: Node, agent: int, reached: Targets) -> Content:
        if request.values.get("msgtype") == "template_card":
            return self._card(request.node("template_card"), agent, reached)
        return contents.of_app(request, self._media, self._world.knobs)

    def _card(self, template: Node, agent: int, reached: Targets) -> Content:
        check_card(template, Rules(surface=Surface.APP, knobs=self._world.knobs))
        has_callback = agent == self._world.config.agent_id and self._world.callback_url
        if self._world.knobs.callback_needed and calls_back(template) and not has_callback:
            raise Refused(Errcode.NO_CALLBACK_URL, "this card calls back, and the app has no callback URL")
        card = Card(surface=Surface.APP, agent=str(agent), content=template.values, readers=reached.members)
        return Content(kind=MessageKind.CARD, card=card)

    def _is_repeat(self, request: Node, body: bytes) -> bool:
        """Whether these bytes were sent before, inside the window that this request asks for."""
        if request.values.get("enable_duplicate_check") != 1:
            return False
        interval = timedelta(seconds=request.choice("duplicate_check_interval", range(14401), default=1800))
        before = self._bodies.get(hashlib.sha256(body).digest())
        return before is not None and before + interval > self._world.now()

    def _count(self, agent: int, persons: int) -> None:
        day = (agent, day_of(self._world.now()))
        taken = self._person_times.get(day, 0) + persons
        if taken > self._world.knobs.app_accounts * PERSON_TIMES:
            raise Refused(Errcode.TOO_OFTEN, "the app's person-times of this day are used up")
        self._person_times[day] = taken

    def _claim_task_id(self, agent: int, content: Content) -> None:
        if not content.card or not content.card.task_id:
            return
        claim = (agent, content.card.task_id)
        if claim in self._task_ids:
            raise Refused(self._world.knobs.duplicate_task_id, "template_card.task_id was used before")
        self._task_ids.add(claim)

    def _deliver(self, agent: int, reached: Targets, content: Content, fault: Fault | None) -> str:
        msgid = secrets.token_urlsafe(32)
        placed: list[str] = []
        for member in reached.members:
            if content.card:
                self._world.saw(Seen.CARD_ACCEPTED, content.card.task_id, member)
            if fault and fault.kind is FaultKind.SILENTLY_DROP:
                self._drop(member, agent, content, DropReason.FAULT)
            elif not self._quota.admit((agent, member), self._world.now()):
                self._drop(member, agent, content, DropReason.OVER_LIMIT)
            else:
                chat = self._chat(member, agent)
                placed.append(self._world.put(chat, Speaker.APP, str(agent), content, msgid).id)
        self._sent[msgid] = _Sent(agent_id=agent, at=self._world.now(), message_ids=tuple(placed))
        return msgid

    def _drop(self, member: str, agent: int, content: Content, reason: DropReason) -> None:
        self._world.drop(self._chat(member, agent), content.text_for(), reason)

    def _chat(self, member: str, agent: int) -> Chat:
        return self._world.app_chat(member, agent)

    def _update(self, request: Node, card: Card) -> list[str]:
        """Change the card; return the userids that do not have it."""
        audience, invalid = self._audience(request, card)
        button, template = request.optional_node("button"), request.optional_node("template_card")
        if (button is None) == (template is None):
            raise Refused(Errcode.BAD_PARAMETER, "exactly one of button and template_card is required")
        if button:
            card.grey(replacement_text(button, card), audience)
        elif template:
            card.show(new_face(template, card, self._world.knobs), audience)
        return invalid

    def _within(self, request: Node) -> list[str]:
        """The members whom the update's partyids and tagids name."""
        parties = request.integers("partyids", most=100)
        tags = request.integers("tagids", most=100)
        members = [one.userid for party in parties for one in self._staff.within(party)]
        return members + [one for tag in tags if tag in self._staff.tags for one in self._staff.tags[tag][1]]

    def _audience(self, request: Node, card: Card) -> tuple[list[str] | None, list[str]]:
        """Who shall see the update (None: everybody who has the card), and who cannot."""
        if request.choice("atall", range(2)) == 1:
            return None, []
        userids = [*request.texts("userids", most=1000), *self._within(request)]
        if not userids:
            raise Refused(Errcode.NO_TARGET, "userids, partyids and tagids are empty and atall is 0")
        spelled: Mapping[str, str | None] = {userid: self._world.member(userid) for userid in userids}
        reached = [member for member in spelled.values() if member in card.readers and member]
        if not reached:
            raise Refused(Errcode.NOBODY_VALID, "none of these members has the card")
        named = request.texts("userids", most=1000)
        return reached, [userid.lower() for userid in named if spelled[userid] not in card.readers]
