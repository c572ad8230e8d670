"""Which levers move people? POST /_confirm, /_contact, /_staff and /_kf."""

from aiohttp import web

from bot.sandbox.control_answers import answering, read_body
from bot.sandbox.misuse import Misuse
from bot.sandbox.people import People
from bot.sandbox.state import Json, employee_json, task_json


class PeopleControls:
    def __init__(self, people: People) -> None:
        self._people = people

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/_confirm", answering(self._confirm)),
            web.post("/_contact", answering(self._contact)),
            web.post("/_staff", answering(self._staff)),
            web.post("/_kf", answering(self._kf)),
        ]

    async def _confirm(self, request: web.Request) -> Json:
        """The employee confirms a mass message; without msgid the oldest that waits for him."""
        node = await read_body(request)
        node.only({"userid", "msgid", "results"})
        userid = node.text("userid")
        waiting = self._people.mass.pending(userid)
        msgid = node.optional_text("msgid") or (waiting[0].msgid if waiting else "")
        given = node.optional_node("results")
        results = {target: given.integer(target) for target in given.values} if given else None
        return {"task": task_json(self._people.mass.confirm(userid, msgid, results))}

    async def _contact(self, request: web.Request) -> Json:
        """A customer and an employee add each other, or the customer deletes the employee."""
        node = await read_body(request)
        node.only({"userid", "customer", "change", "state"})
        userid, customer = node.text("userid"), node.text("customer")
        friends = self._people.friends
        match node.text("change"):
            case "add":
                code = friends.add(userid, customer, node.optional_text("state"))
                return {"welcome_code": code}
            case "del":
                friends.lose(userid, customer)
                return {}
            case _:
                raise Misuse("change", "add or del")

    async def _staff(self, request: web.Request) -> Json:
        """A member changes, is taken on, or with `deleted` leaves the directory."""
        node = await read_body(request)
        node.only({"userid", "name", "status", "departments", "tags", "deleted"})
        staff, userid = self._people.staff, node.text("userid")
        if node.flag("deleted"):
            staff.leaves(userid)
            return {"userid": userid, "deleted": True}
        one = staff.change(
            userid,
            name=node.text("name") if node.has("name") else None,
            status=node.integer("status") if node.has("status") else None,
            departments=node.integers("departments", most=100) if node.has("departments") else None,
            tags=node.integers("tags", most=100) if node.has("tags") else None,
        )
        return employee_json(staff, one)

    async def _kf(self, request: web.Request) -> Json:
        """What a servicer or a customer does in 微信客服; `do` names it."""
        node = await read_body(request)
        node.only({"do", "customer", "userid", "text", "scene", "open_kfid"})
        servicers, account = self._people.servicers, node.optional_text("open_kfid")
        match node.text("do"):
            case "enter":
                servicers.enter(node.text("customer"), node.optional_text("scene"), open_kfid=account)
            case "pick":
                servicers.pick(node.text("userid"), node.text("customer"), account)
            case "end":
                servicers.end(node.text("userid"), node.text("customer"), account)
            case "say":
                servicers.say(node.text("userid"), node.text("customer"), node.text("text"), account)
            case "recall":
                servicers.recall(node.text("customer"), account)
            case "reject" | "accept" as what:
                servicers.reject(node.text("customer"), rejects=what == "reject", open_kfid=account)
            case "rest" | "receive" as what:
                servicers.rest(node.text("userid"), rests=what == "rest", open_kfid=account)
            case _:
                raise Misuse("do", "enter, pick, end, say, recall, reject, accept, rest or receive")
        return {}
