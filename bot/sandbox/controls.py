"""Which levers does the sandbox have? POST /_faults, /_click, /_say, /_clock, /_knobs /_confirm ... and GET /_state."""

import asyncio
import contextlib
import dataclasses
import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast

from aiohttp import web

from bot.sandbox.config import Knobs
from bot.sandbox.control_answers import answering, read_body
from bot.sandbox.controls_people import PeopleControls
from bot.sandbox.faults import Fault, FaultKind, FaultMenu
from bot.sandbox.fields import Node
from bot.sandbox.misuse import Misuse
from bot.sandbox.people import People
from bot.sandbox.pressing import Choices
from bot.sandbox.state import (
    Json,
    delivery_json,
    event_json,
    faults_json,
    message_json,
    stamp,
    state,
)
from bot.sandbox.tokens import AccessTokens
from bot.sandbox.watch import Movable
from bot.sandbox.world import World

SOCKET = "socket"
LONGEST_WAIT_SECONDS = 60


class Controls:
    def __init__(
        self, *, people: People, faults: FaultMenu, tokens: AccessTokens, api_paths: Sequence[str]
    ) -> None:
        self._people = people
        self._tokens = tokens
        self._faults = faults
        self._paths = (*api_paths, "aibot_subscribe", "ping", *people.api.commands, SOCKET, "*")

    @property
    def _world(self) -> World:
        return self._people.world

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/_state", answering(self._get_state)),
            web.get("/_faults", answering(self._get_faults)),
            web.post("/_faults", answering(self._post_faults)),
            web.delete("/_faults", answering(self._delete_faults)),
            web.post("/_click", answering(self._click)),
            web.post("/_say", answering(self._say)),
            web.post("/_clock", answering(self._clock)),
            web.post("/_knobs", answering(self._knobs)),
            web.post("/_tokens", answering(self._end_tokens)),
            *PeopleControls(self._people).routes(),
        ]

    async def _get_state(self, request: web.Request) -> Json:
        """With ?after=<version>&wait_seconds=<s>: answer once something has changed."""
        after = request.query.get("after", "")
        if after.isdigit():
            seconds = _seconds(request.query.get("wait_seconds", "30"), "wait_seconds")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(seconds, LONGEST_WAIT_SECONDS)):
                    await self._world.changes.after(int(after))
        return state(self._people, self._faults)

    async def _get_faults(self, _request: web.Request) -> Json:
        return {"faults": faults_json(self._faults)}

    async def _post_faults(self, request: web.Request) -> Json:
        node = await read_body(request)
        node.only({"path", "fault", "times", "probability", "seconds", "userids", "fail_type"})
        path = node.text("path").removeprefix("/cgi-bin/")
        if path not in self._paths:
            raise Misuse("path", f"one of {', '.join(self._paths)}")
        if path == SOCKET:
            return self._break_socket(node)
        self._faults.add(_fault(node, path))
        return {"faults": faults_json(self._faults)}

    async def _delete_faults(self, _request: web.Request) -> Json:
        self._faults.clear()
        return {"faults": []}

    async def _click(self, request: web.Request) -> Json:
        node = await read_body(request)
        node.only({"userid", "task_id", "message", "button", "selected", "wait"})
        target = node.optional_text("message") or node.text("task_id")
        clicked = await self._people.click(node.text("userid"), target, node.text("button"), _choices(node))
        if clicked.delivery:
            if node.values.get("wait") is not False:
                await self._people.courier.settled(clicked.delivery)
            return {"callback": delivery_json(clicked.delivery)}
        return {"bot_event": event_json(clicked.event) if clicked.event else None}

    async def _say(self, request: web.Request) -> Json:
        node = await read_body(request)
        node.only({"userid", "chat", "text", "customer", "open_kfid"})
        if node.has("customer"):
            open_kfid = node.optional_text("open_kfid")
            self._people.customer_says(node.text("customer"), node.text("text"), open_kfid)
            return {"heard": True}
        chat = node.optional_text("chat") or None
        said = await self._people.say(node.text("userid"), node.text("text"), chat)
        if said.delivery:
            await self._people.courier.settled(said.delivery)
        shown: Json = {"heard": said.heard, "message": message_json(self._world, said.message)}
        if not said.heard:
            shown["hint"] = f"in a group the bot only hears @bot or @{self._world.config.bot_name}"
        return shown | ({"callback": delivery_json(said.delivery)} if said.delivery else {})

    async def _clock(self, request: web.Request) -> Json:
        node = await read_body(request)
        node.only({"advance_seconds", "now"})
        watch = self._world.watch
        if not isinstance(watch, Movable):
            raise Misuse("now", "this sandbox runs on a clock without hands; start it with a ManualClock")
        if node.has("now"):
            watch.move_to(_moment(node.text("now")))
        else:
            watch.advance(timedelta(seconds=_number(node, "advance_seconds", math.nan)))
        self._world.changes.note()
        return {"now": stamp(self._world.now())}

    async def _end_tokens(self, request: web.Request) -> Json:
        """Make every access_token bad before its time."""
        (await read_body(request)).only(set())
        return {"invalidated": self._tokens.invalidate()}

    async def _knobs(self, request: web.Request) -> Json:
        """Turn some knobs; the others stay."""
        node = await read_body(request)
        names = {field.name for field in dataclasses.fields(Knobs)}
        for name in node.values:
            if name not in names:
                raise Misuse(name, f"one of {', '.join(sorted(names))}")
        turned = {name: _knob(self._world.knobs, node, name) for name in node.values}
        self._world.knobs = dataclasses.replace(self._world.knobs, **turned)
        self._world.changes.note()
        return {"knobs": dataclasses.asdict(self._world.knobs)}

    def _break_socket(self, node: Node) -> Json:
        """What may happen to the connection of the bot."""
        fault, hub = node.text("fault"), self._people.hub
        match fault:
            case "drop" | "abort":
                done = hub.drop()
            case "silent_link":
                done = hub.silence()
            case "kick":
                done = hub.kick()
            case "close":
                done = hub.hang_up()
            case _:
                raise Misuse("fault", "the socket can abort, silent_link, kick and close")
        if not done:
            raise Misuse("path", f"no bot is connected, so there is nothing to {fault}")
        return {"done": fault}


def _fault(node: Node, path: str) -> Fault:
    kind, errcode = _kind(node)
    times = None
    if node.has("times"):
        times = node.integer("times")
        if times < 1:
            raise Misuse("times", "1 or more; leave it out for a fault that stays")
    return Fault(
        path=path,
        kind=kind,
        errcode=errcode,
        times=times,
        probability=_number(node, "probability", 1.0),
        seconds=_number(node, "seconds", 6.0),
        userids=tuple(node.texts("userids", most=1000)),
        fail_type=node.choice("fail_type", range(12)),
    )


def _kind(node: Node) -> tuple[FaultKind, int]:
    name = str(node.values.get("fault"))
    if name.removeprefix("-").isdigit():
        return FaultKind.ERRCODE, int(name)
    names = [str(kind) for kind in FaultKind if kind is not FaultKind.ERRCODE]
    if name not in names:
        raise Misuse("fault", f"an errcode such as -1 or 45009, or one of {', '.join(names)}")
    return FaultKind(name), 0


def _choices(node: Node) -> Choices:
    selected = node.optional_node("selected")
    choices: dict[str, str | Sequence[str]] = {}
    for key, value in selected.values.items() if selected else ():
        if isinstance(value, str):
            choices[key] = value
        elif isinstance(value, list) and all(isinstance(one, str) for one in cast(list[object], value)):
            choices[key] = cast(list[str], value)
        else:
            raise Misuse(f"selected.{key}", "the id or text of an option, or an array of them")
    return choices


def _number(node: Node, name: str, default: float) -> float:
    value = node.values.get(name, default)
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise Misuse(name, "a number is required")
    return float(value)


def _seconds(text: str, name: str) -> float:
    try:
        return max(0.0, float(text))
    except ValueError:
        raise Misuse(name, "a number is required") from None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Misuse("now", "an RFC 3339 time such as 2026-03-02T10:00:00+08:00") from None
    if moment.tzinfo is None:
        raise Misuse("now", "needs an offset such as +08:00")
    return moment


def _knob(knobs: Knobs, node: Node, name: str) -> object:
    """The new value, of the same type as the old one."""
    old: object = getattr(knobs, name)
    new = node.values[name]
    if isinstance(old, StrEnum):
        kinds = type(old)
        if new not in tuple(kinds):
            raise Misuse(name, f"one of {', '.join(kinds)}")
        return kinds(str(new))
    if isinstance(old, bool):
        return node.flag(name)
    return node.integer(name) if isinstance(old, int) else _number(node, name, math.nan)
