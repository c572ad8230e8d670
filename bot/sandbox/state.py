"""What does GET /_state show? Everything that happened, as JSON; no secret and no token."""

import dataclasses
from datetime import datetime

from bot.sandbox.bot_handles import BotEvent
from bot.sandbox.card_display import display
from bot.sandbox.cards import Button, Card, Face
from bot.sandbox.courier import Courier, Delivery
from bot.sandbox.faults import FaultMenu
from bot.sandbox.mass_tasks import Task
from bot.sandbox.people import People
from bot.sandbox.staff import Employee, Staff
from bot.sandbox.watch import SHANGHAI
from bot.sandbox.world import Call, Chat, ChatKind, Drop, Message, World

Json = dict[str, object]


def state(people: People, faults: FaultMenu) -> Json:
    world = people.world
    return {
        "version": world.changes.version,
        "now": stamp(world.now()),
        "corp_id": world.config.corp_id,
        "agent_id": world.config.agent_id,
        "open_kfid": world.config.open_kfid,
        "bot": {"bot_id": world.config.bot_id, "connected": people.hub.connected},
        "callback": {"url": world.callback_url, "verified": people.courier.verified},
        "conversations": [_chat(world, people, chat) for chat in world.chats.values()],
        "staff": [employee_json(people.staff, one) for one in people.staff.everybody()],
        "mass": [task_json(task) for task in people.mass.tasks.values()],
        "sidebars": [
            {"userid": frame.userid, "customer": frame.customer, "calls": frame.calls}
            for frame in people.client.frames.values()
        ],
        "drops": [_drop(drop) for drop in world.drops],
        "calls": [_call(call) for call in world.calls],
        "callbacks": _callbacks(people.courier),
        "bot_events": [event_json(event) for event in people.api.handles.events],
        "faults": faults_json(faults),
        "knobs": dataclasses.asdict(world.knobs),
    }


def stamp(moment: datetime) -> str:
    """RFC 3339 in China's time."""
    return moment.astimezone(SHANGHAI).isoformat(timespec="milliseconds")


def faults_json(menu: FaultMenu) -> list[Json]:
    return [
        {
            "path": fault.path,
            "fault": fault.name,
            "times": fault.times,
            "probability": fault.probability,
            "seconds": fault.seconds,
        }
        for fault in menu.faults
    ]


def message_json(world: World, message: Message) -> Json:
    content = message.content
    return {
        "id": message.id,
        "at": stamp(message.at),
        "from": {
            "kind": message.speaker,
            "id": message.sender,
            "name": world.config.name_of(message.sender),
        },
        "type": content.kind,
        "text": content.text_for(),
        "url": content.url,
        "msgid": message.msgid,
        "recalled": message.recalled,
        "card": _card(content.card) if content.card else None,
    }


def employee_json(staff: Staff, one: Employee) -> Json:
    return {
        "userid": one.userid,
        "name": one.name,
        "status": one.status,
        "departments": list(one.departments),
        "tags": [tag for tag, (_, userids) in staff.tags.items() if one.userid in userids],
    }


def task_json(task: Task) -> Json:
    """A mass message; its text stands in full, since nobody but its author reads this."""
    return {
        "msgid": task.msgid,
        "at": stamp(task.at),
        "chat_type": task.chat_type,
        "text": task.content.text,
        "cancelled": task.cancelled,
        "swallowed": task.swallowed,
        "reminders": [stamp(at) for at in task.reminders],
        "shares": [
            {
                "userid": userid,
                "confirmed": bool(share.confirmed_at),
                "results": {target: int(result.status) for target, result in share.results.items()},
            }
            for userid, share in task.shares.items()
        ],
    }


def delivery_json(delivery: Delivery) -> Json:
    return {
        "what": delivery.what,
        "userid": delivery.userid,
        "at": stamp(delivery.at),
        "outcome": delivery.outcome,
        "reply": delivery.reply,
        "attempts": [
            {"at": stamp(attempt.at), "status": attempt.status, "error": attempt.error}
            for attempt in delivery.attempts
        ],
    }


def _chat(world: World, people: People, chat: Chat) -> Json:
    shown: Json = {
        "id": chat.id,
        "kind": chat.kind,
        "key": chat.key,
        "title": chat.title,
        "greeted": chat.greeted,
        "messages": [message_json(world, message) for message in chat.messages],
    }
    if chat.kind is ChatKind.CUSTOMER:
        session = people.kf.session(chat.key)
        shown["session"] = {
            "state": int(session.state),
            "wrote_at": stamp(session.wrote_at) if session.wrote_at else None,
            "answers": session.answers,
        }
    return shown


def _card(card: Card) -> Json:
    views = {"*": card.face()} | dict(card.own_faces)
    return {
        "task_id": card.task_id,
        "surface": card.surface,
        "readers": sorted(card.readers),
        "changes": card.changes,
        "views": {userid: _face(card, face) for userid, face in views.items()},
    }


def _face(card: Card, face: Face) -> Json:
    shown = display(face.content, card.surface)
    return {
        "card_type": face.card_type,
        "content": face.content,
        "greyed": face.greyed,
        "buttons": [_button(button) for button in face.buttons],
        "text": shown.text,
        "cut": shown.cuts,
    }


def _button(button: Button) -> Json:
    return {"text": button.text, "key": button.key, "kind": button.press, "style": button.style}


def _drop(drop: Drop) -> Json:
    return {"at": stamp(drop.at), "to": drop.to, "reason": drop.reason, "text": drop.text}


def _call(call: Call) -> Json:
    return {
        "at": stamp(call.at),
        "path": call.path,
        "errcode": call.errcode,
        "status": call.status,
        "fault": call.fault,
    }


def _callbacks(courier: Courier) -> list[Json]:
    return [delivery_json(delivery) for delivery in courier.deliveries]


def event_json(event: BotEvent) -> Json:
    return {
        "what": event.kind,
        "userid": event.userid,
        "at": stamp(event.at),
        "chat": event.chat.id,
        "task_id": event.card.task_id if event.card else "",
        "delivered": event.delivered,
        "answered": event.answered,
    }
