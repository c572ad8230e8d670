"""How does 企业群发 work? A task that each employee must confirm before a customer hears of it (92135)."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import cast

from bot.sandbox.attachments import sendable
from bot.sandbox.endpoints import Answer, Asked, Endpoint, Endpoints, ok
from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.faults import FaultKind
from bot.sandbox.fields import Node
from bot.sandbox.friends import Friends, place
from bot.sandbox.mass_tasks import Cap, Result, Sent, Share, Task
from bot.sandbox.media import Media
from bot.sandbox.misuse import Misuse
from bot.sandbox.paging import page
from bot.sandbox.watch import wire_time
from bot.sandbox.world import Content, Speaker, World
from bot.witness import Seen

MOST_CUSTOMERS = 10_000
MOST_GROUPS = 2000
REMINDERS = 3
A_DAY = timedelta(hours=24)
LONGEST_SPAN_SECONDS = 31 * 24 * 3600


class Mass:
    """The tasks so far; `confirm` is the employee's button."""

    def __init__(self, world: World, media: Media, friends: Friends) -> None:
        self._world = world
        self._media = media
        self._friends = friends
        self._cap = Cap()
        self.tasks: dict[str, Task] = {}

    @property
    def endpoints(self) -> Endpoints:
        methods = {
            "add_msg_template": self._add,
            "get_groupmsg_task": self._task_list,
            "get_groupmsg_send_result": self._send_list,
            "remind_groupmsg_send": self._remind,
            "cancel_groupmsg_send": self._cancel,
            "get_groupmsg_list_v2": self._list,
        }
        bare = {"remind_groupmsg_send", "cancel_groupmsg_send"}
        return {
            f"externalcontact/{name}": Endpoint(answer=method, bare=name in bare)
            for name, method in methods.items()
        }

    def pending(self, userid: str) -> tuple[Task, ...]:
        """The tasks that wait for this employee, oldest first."""
        return tuple(task for task in self.tasks.values() if task.waits_for(userid))

    def confirm(self, userid: str, msgid: str, results: Mapping[str, int] | None = None) -> Task:
        """The employee presses 发送; `results` per target, where it shall not be the natural one. Raises Misuse."""
        task = self.tasks.get(msgid)
        if task is None or not task.waits_for(userid):
            waiting = ", ".join(one.msgid for one in self.pending(userid)) or "none"
            raise Misuse("msgid", f"{userid} has to confirm: {waiting}")
        share, given = task.shares[userid], results or {}
        for target, status in given.items():
            if target not in share.results or status not in tuple(Sent)[1:]:
                raise Misuse(f"results.{target}", f"1, 2 or 3 for one of {', '.join(share.results)}")
        share.confirmed_at = wire_time(self._world.watch)
        for target, result in share.results.items():
            chosen = given.get(target)
            result.status = self._natural(task, userid, target) if chosen is None else Sent(chosen)
            result.at = share.confirmed_at
            if result.status is Sent.DELIVERED:
                self._deliver(task, userid, target)
        self._world.changes.note()
        return task

    def _natural(self, task: Task, userid: str, target: str) -> Sent:
        if task.chat_type == "single" and not self._friends.knows(userid, target):
            return Sent.NOT_A_FRIEND
        used_up = self._cap.is_used_up(target, self._world.now(), self._world.knobs.mass_cap)
        return Sent.CAPPED if used_up else Sent.DELIVERED

    def _deliver(self, task: Task, userid: str, target: str) -> None:
        self._cap.take(target, self._world.now())
        if task.chat_type == "single":
            self._world.saw(Seen.CUSTOMER_ACCEPTED, task.msgid, target)
            place(self._world, userid, target, task.content)
            self._friends.chatted(userid, target)
            return
        chat = self._world.customer_group(target)
        for content in (Content(text=task.content.text), *task.content.attachments):
            self._world.put(chat, Speaker.MEMBER, userid, content)

    def _add(self, asked: Asked) -> Answer:
        request = asked.node()
        self._check_permission()
        chat_type = request.optional_text("chat_type") or "single"
        request.flag("allow_select")
        request.optional_node("tag_filter")
        content = sendable(request, self._media)
        sender = self._sender(request, asked)
        if chat_type == "single":
            targets, failed = self._customers(request, sender, asked)
        elif chat_type == "group":
            targets, failed = self._groups(request, sender), []
        else:
            request.refuse("chat_type", Errcode.BAD_PARAMETER, "must be single or group")
        if not targets:
            raise Refused(Errcode.NOBODY_TO_SEND, "no customer to send to")
        task = Task(
            msgid=f"msg{secrets.token_urlsafe(24)}",
            chat_type=chat_type,
            creator=sender or "",
            at=self._world.now(),
            created=wire_time(self._world.watch),
            content=content,
            attachments=list(cast(Sequence[object], request.values.get("attachments") or ())),
            shares=_shares(targets),
            swallowed=asked.has_fault(FaultKind.SILENTLY_DROP),
        )
        self.tasks[task.msgid] = task
        self._world.changes.note()
        return ok(fail_list=failed, msgid=task.msgid)

    def _check_permission(self) -> None:
        if not self._world.knobs.contact_permitted:
            raise Refused(Errcode.NO_PERMISSION, "this app has no permission for customer contact")

    def _sender(self, request: Node, asked: Asked) -> str | None:
        sender = request.optional_text("sender")
        if not sender:
            return None
        member = self._world.member(sender)
        if member is None or asked.spoils(sender):
            raise Refused(Errcode.NO_SUCH_USERID, "sender is no member")
        if not self._friends.may_write(member):
            raise Refused(Errcode.NOT_VISIBLE, "sender has no customer contact, or the app may not see it")
        return member

    def _customers(self, request: Node, sender: str | None, asked: Asked) -> tuple[dict[str, str], list[str]]:
        """Customer -> the employee who is asked to send; and those to whom nobody can."""
        named = list(dict.fromkeys(request.texts("external_userid", most=MOST_CUSTOMERS)))
        if not named and not sender:
            raise Refused(Errcode.EMPTY_PARAMETER, "external_userid and sender are both empty")
        if not named and sender:
            named = list(self._friends.customers_of(sender))
        targets: dict[str, str] = {}
        for customer in named:
            employee = sender or self._friends.employee_of(customer)
            if employee and self._friends.knows(employee, customer) and not asked.spoils(customer):
                targets[customer] = employee
        return targets, [customer for customer in named if customer not in targets]

    def _groups(self, request: Node, sender: str | None) -> dict[str, str]:
        """Customer group -> its owner, who must be the sender."""
        if sender is None:
            raise Refused(Errcode.EMPTY_PARAMETER, "sender is required for groups")
        owners = self._world.config.customer_groups
        named = request.texts("chat_id_list", most=MOST_GROUPS) or list(owners)
        return {chat_id: sender for chat_id in named if owners.get(chat_id) == sender}

    def _task(self, request: Node, *, dispatched: bool = False) -> Task:
        self._check_permission()
        task = self.tasks.get(request.text("msgid"))
        if task is None:
            raise Refused(Errcode.BAD_PARAMETER, "no such msgid")
        ready = task.at + timedelta(seconds=self._world.knobs.mass_dispatch_seconds)
        if dispatched and self._world.now() < ready:
            raise Refused(Errcode.MASS_DISPATCHING, "the message is still being dispatched")
        return task

    def _task_list(self, asked: Asked) -> Answer:
        request = asked.node()
        task = self._task(request, dispatched=True)
        rows = [
            {"userid": userid, "status": 2, "send_time": share.confirmed_at}
            if share.confirmed_at
            else {"userid": userid, "status": 0}
            for userid, share in task.shares.items()
        ]
        return page(request, "task_list", rows)

    def _send_list(self, asked: Asked) -> Answer:
        request = asked.node()
        task = self._task(request, dispatched=True)
        userid = self._world.member(request.text("userid", Errcode.NO_USERID)) or ""
        if userid not in task.shares:
            raise Refused(Errcode.NO_SUCH_USERID, "this member has no part in the task")
        name = "external_userid" if task.chat_type == "single" else "chat_id"
        rows = [
            {name: target, "userid": userid, "status": int(result.status)}
            | ({"send_time": result.at} if result.at else {})
            for target, result in task.shares[userid].results.items()
        ]
        return page(request, "send_list", rows)

    def _remind(self, asked: Asked) -> Answer:
        task = self._task(asked.node())
        if task.cancelled:
            raise Refused(Errcode.MASS_CANCELLED, "the message was cancelled")
        now = self._world.now()
        if len([at for at in task.reminders if at + A_DAY > now]) >= REMINDERS:
            raise Refused(Errcode.MASS_REMINDED, "3 reminders in 24 h")
        task.reminders.append(now)
        self._world.changes.note()
        return ok()

    def _cancel(self, asked: Asked) -> Answer:
        task = self._task(asked.node())
        if task.cancelled:
            raise Refused(Errcode.CANCELLED_BEFORE, "the message was cancelled before")
        if all(share.confirmed_at for share in task.shares.values()):
            raise Refused(Errcode.SENT_BEFORE, "every employee has sent it")
        task.cancelled = True
        self._world.changes.note()
        return ok()

    def _list(self, asked: Asked) -> Answer:
        request = asked.node()
        self._check_permission()
        chat_type = request.text("chat_type")
        start, end = request.integer("start_time"), request.integer("end_time")
        if not start <= end <= start + LONGEST_SPAN_SECONDS:
            request.refuse("end_time", Errcode.BAD_PARAMETER, "must lie within a month of start_time")
        creator, created_by = (
            request.optional_text("creator"),
            request.choice("filter_type", range(3), default=2),
        )
        rows = [
            _listed(task)
            for task in self.tasks.values()
            if task.chat_type == chat_type and start <= task.created <= end and created_by != 1
            if not creator or task.creator == creator
        ]
        return page(request, "group_msg_list", rows, most=100, default=50)


def _shares(targets: Mapping[str, str]) -> dict[str, Share]:
    shares: dict[str, Share] = {}
    for target, employee in targets.items():
        shares.setdefault(employee, Share(results={})).results[target] = Result()
    return shares


def _listed(task: Task) -> dict[str, object]:
    """create_type 0: made by the corp, not by an employee."""
    row: dict[str, object] = {"msgid": task.msgid, "creator": task.creator, "create_time": task.created}
    text = {"text": {"content": task.content.text}} if task.content.text else {}
    return row | {"create_type": 0, "attachments": task.attachments} | text
