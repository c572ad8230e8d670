"""Which customer is whose? The employees' external contacts (wecom.md §2, §9.2), and the greeting of a new one."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.sandbox.attachments import Sendable, sendable
from bot.sandbox.callback_xml import Post, contact_event
from bot.sandbox.endpoints import Answer, Asked, Endpoint, Endpoints, ok
from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.faults import FaultKind
from bot.sandbox.media import Media
from bot.sandbox.misuse import Misuse
from bot.sandbox.watch import wire_time
from bot.sandbox.world import Content, DropReason, Speaker, World

WELCOME_LIFE = timedelta(seconds=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Welcome:
    userid: str
    customer: str
    until: datetime


class Friends:
    """Pairs of employee and customer; where the corp names none, everybody knows everybody."""

    def __init__(self, world: World, media: Media, post: Post) -> None:
        self._world = world
        self._media = media
        self._post = post
        self._pairs: dict[tuple[str, str], bool] = {}
        self._last_chat: dict[str, str] = {}
        self._welcomes: dict[str, _Welcome] = {}

    @property
    def endpoints(self) -> Endpoints:
        return {
            "externalcontact/list": Endpoint(answer=self._list, verb="GET"),
            "externalcontact/get": Endpoint(answer=self._get, verb="GET"),
            "externalcontact/send_welcome_msg": Endpoint(answer=self._welcome),
        }

    def knows(self, userid: str, customer: str) -> bool:
        if (userid, customer) in self._pairs:
            return self._pairs[userid, customer]
        named = self._world.config.friends
        if named is None:
            return self._world.customer(customer)
        return customer in named.get(userid, ())

    def may_write(self, userid: str) -> bool:
        """Whether this member has the customer-contact function and the app may see it."""
        allowed = self._world.config.contact_members
        return self._world.member(userid) == userid and (allowed is None or userid in allowed)

    def customers_of(self, userid: str) -> tuple[str, ...]:
        known = dict.fromkeys([*self._world.known_customers(), *(pair[1] for pair in self._pairs)])
        return tuple(customer for customer in known if self.knows(userid, customer))

    def employee_of(self, customer: str) -> str | None:
        """Who last chatted with the customer, else the first of the corp who knows him."""
        last = self._last_chat.get(customer)
        known = (last, *self._world.members()) if last else self._world.members()
        return next((one for one in known if self.may_write(one) and self.knows(one, customer)), None)

    def chatted(self, userid: str, customer: str) -> None:
        self._last_chat[customer] = userid

    def add(self, userid: str, customer: str, state: str = "") -> str:
        """A customer and an employee add each other; return the welcome_code. Raises Misuse."""
        self._check(userid, customer)
        self._pairs[userid, customer] = True
        code = secrets.token_urlsafe(24)
        until = self._world.now() + WELCOME_LIFE
        self._welcomes[code] = _Welcome(userid=userid, customer=customer, until=until)
        self._tell("add_external_contact", userid, customer, {"State": state, "WelcomeCode": code})
        return code

    def lose(self, userid: str, customer: str) -> None:
        """The customer deletes the employee. Raises Misuse."""
        self._check(userid, customer)
        self._pairs[userid, customer] = False
        self._tell("del_follow_user", userid, customer, {})

    def _check(self, userid: str, customer: str) -> None:
        if self._world.member(userid) != userid:
            raise Misuse("userid", f"one of {', '.join(self._world.members())}")
        if not self._world.customer(customer):
            raise Misuse("customer", f"one of {', '.join(self._world.config.customers or ())}")

    def _tell(self, change: str, userid: str, customer: str, more: Mapping[str, str]) -> None:
        fields = {"UserID": userid, "ExternalUserID": customer} | {k: v for k, v in more.items() if v}
        xml = contact_event(
            corp_id=self._world.config.corp_id,
            created=wire_time(self._world.watch),
            event="change_external_contact",
            change=change,
            fields=fields,
        )
        self._post("change_external_contact", userid, xml)
        self._world.changes.note()

    def _list(self, asked: Asked) -> Answer:
        userid = asked.required("userid", Errcode.NO_USERID)
        found = () if not self.may_write(userid) or asked.spoils(userid) else self.customers_of(userid)
        if not found:
            raise Refused(Errcode.NOT_A_CONTACT, "this member has no external contact")
        return ok(external_userid=list(found))

    def _get(self, asked: Asked) -> Answer:
        customer = asked.required("external_userid", Errcode.BAD_EXTERNAL_USERID)
        followers = [one for one in self._world.members() if self.knows(one, customer)]
        if not self._world.customer(customer) or not followers or asked.spoils(customer):
            raise Refused(Errcode.NOT_A_CONTACT, "no external contact of this corp")
        contact = {"external_userid": customer, "name": self._world.config.name_of(customer), "type": 1}
        return ok(
            external_contact=contact | {"gender": 0},
            follow_user=[{"userid": one, "remark": "", "createtime": 0} for one in followers],
        )

    def _welcome(self, asked: Asked) -> Answer:
        request = asked.node()
        code = request.text("welcome_code")
        content = sendable(request, self._media)
        welcome = self._welcomes.pop(code, None)
        if welcome is None or welcome.until <= self._world.now():
            raise Refused(
                self._world.knobs.spent_welcome_code, "welcome_code is used, older than 20 s or unknown"
            )
        place(self._world, welcome.userid, welcome.customer, content, asked)
        self.chatted(welcome.userid, welcome.customer)
        return ok()


def place(world: World, userid: str, customer: str, sent: Sendable, asked: Asked | None = None) -> None:
    """Put what an employee sends into the customer's chat."""
    chat = world.customer_chat(customer)
    if asked is not None and asked.has_fault(FaultKind.SILENTLY_DROP):
        world.drop(chat, sent.text, DropReason.FAULT)
        return
    for content in (*([Content(text=sent.text)] if sent.text else []), *sent.attachments):
        world.put(chat, Speaker.MEMBER, userid, content)
