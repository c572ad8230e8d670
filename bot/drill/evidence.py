"""What became of the orders of a drill? Read off the service by its API, as anybody could."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.drill.script import Marks, Played, Script
from bot.drillfile import DrillFile
from bot.sandbox.server import Sandbox
from bot.sandbox.world import Chat, Speaker
from bot.telling import Teller
from rules.response import Course, Reader, Response

OURS = frozenset({Speaker.APP, Speaker.BOT, Speaker.WEBHOOK})
CARDS = frozenset({"case_card", "incident_card", "task_card", "overflow"})
LINES = frozenset({"line", "digest"})
TAKEN = frozenset({"claimed", "handed_over"})

Case = Mapping[str, Any]


async def response_of(
    drill: DrillFile, script: Script, marks: Marks, teller: Teller, wecom: Sandbox | None = None
) -> Response:
    """How the drill went. What people read is counted in the sandbox, else by the letters of the cases."""
    listed = await teller.cases(shop=marks.shop)
    ours = {one.order: one for one in script.orders}
    cases = [await teller.look(f"/api/anomalies/{case['id']}") for case in listed if case["order_no"] in ours]
    incidents = {case["incident"] for case in cases if case["incident"] is not None}
    told = [await teller.look(f"/api/incidents/{incident}") for incident in sorted(incidents)]
    joined = {one["order_no"]: _moment(one, "joined_at") for incident in told for one in incident["items"]}
    apart = {group.name for group in drill.groups if group.apart}
    first = _first_of_each(cases)
    return Response(
        courses=[_course(one, first.get(one.order), joined, one.group in apart) for one in script.orders],
        readers=_readers_by_letters(cases) if wecom is None else _readers_in(wecom),
        promises=_promises(cases),
    )


def _first_of_each(cases: Iterable[Case]) -> dict[str, Case]:
    """The case of each order's trouble: the first one; a later one is of a later stage."""
    return {
        case["order_no"]: case for case in sorted(cases, key=lambda case: case["opened_at"], reverse=True)
    }


def _course(played: Played, case: Case | None, joined: Mapping[str, datetime], apart: bool) -> Course:
    course = Course(order=played.order, group=played.group, in_trouble=played.in_trouble, apart=apart)
    if case is None:
        return course
    return replace(
        course,
        noticed_at=_time(case["opened_at"]),
        card_at=_card_at(case, joined.get(played.order)),
        claimed_at=min((_moment(line) for line in case["timeline"] if line["what"] in TAKEN), default=None),
        reached_at=_time(case["reached_at"]),
        closed_at=_time(case["closed_at"]),
        incident=case["incident"],
    )


def _card_at(case: Case, joined_at: datetime | None) -> datetime | None:
    """When the first card about it had arrived; of those of an incident, when the incident's spoke of it too."""
    cards = (letter for letter in case["letters"] if letter["kind"] in CARDS and letter["state"] == "sent")
    return min((_moment(letter, "done_at") for letter in cards), default=joined_at)


def _promises(cases: Sequence[Case]) -> int | None:
    """How many promises the messages gave, where the service counts them."""
    given = [case["promises"] for case in cases if "promises" in case]
    return sum(map(len, given)) if given else None


# --- who read how much ------------------------------------------------------------------


def _readers_in(wecom: Sandbox) -> list[Reader]:
    """Of the group, and of each member."""
    members = wecom.config.members or {}
    group = wecom.group()
    people = [_reader(name, wecom.member(userid)) for userid, name in members.items()]
    return [_reader(group.title, group), *people]


def _reader(name: str, chat: Chat) -> Reader:
    ours = [message for message in chat.messages if message.speaker in OURS]
    cards = sum(message.card is not None for message in ours)
    return Reader(name=name, cards=cards, lines=len(ours) - cards)


def _readers_by_letters(cases: Iterable[Case]) -> list[Reader]:
    """Of those that the letters about the orders went to; what is about many at once is in none of them."""
    cards, lines = Counter[str](), Counter[str]()
    for letter in (letter for case in cases for letter in case["letters"] if letter["state"] == "sent"):
        for reader in letter["members"] or filter(None, [letter["group"]]):
            cards[reader] += letter["kind"] in CARDS
            lines[reader] += letter["kind"] in LINES
    return [Reader(name=name, cards=cards[name], lines=lines[name]) for name in sorted(cards | lines)]


def _moment(told: Mapping[str, Any], key: str = "at") -> datetime:
    return datetime.fromisoformat(told[key])


def _time(told: str | None) -> datetime | None:
    return None if told is None else datetime.fromisoformat(told)
