"""Where does what is known of an order come to light? Every rendering, each in one list: extend them with yours.

`RENDERINGS` are the functions that make words of an order and its case. What the service answers are the screens of
the board, all of them by themselves, and `ADDRESSES`.
tests/security/test_personal_data.py plants phone numbers and addresses everywhere, and looks for them in all of it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import msgspec

from bot.storage.views import OrderFile
from bot.web.board.anomalies import anomaly_row
from bot.web.board.case import CaseFiles
from bot.web.board.casefile import case_file, timeline_of
from bot.web.board.everything import screens
from bot.web.board.experiments import ExperimentFiles
from bot.web.board.incidents import IncidentFiles
from bot.web.board.order import OrderQuery
from bot.web.board.portrait import portrait
from bot.web.board.readers import Reader
from bot.web.board.rehearsals import RehearsalFiles
from bot.web.board.replypreviews import sample_of
from bot.web.board.rules import RuleFiles
from bot.web.board.screens import Asked
from bot.web.board.sources import SourceFiles
from handlers.desk import Sheet
from replies import commands, notices
from replies.cards import Card
from replies.digests import overflow_card
from replies.drafts import Blocked, Draft
from replies.faces import case_card, case_notice, copy_card, reason_form
from replies.rows import rows
from replies.situation import Situation
from replies.summaries import Reading, case_list, day, order_summary
from replies.taskfaces import Asking, task_card
from rules.actions import Action
from rules.calendar import SHANGHAI
from rules.editions import Rules
from rules.events import EventKey
from rules.promises import Slot
from rules.tasks import TaskKind
from tests.replies.builders import LI, ROSTER, TEMPLATES, WANG, ZHANG, asked

LINK = "https://dingdan.example/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """An order with a case, and all that is known of them."""

    file: OrderFile
    sheet: Sheet
    typed: str
    """What somebody wrote in a chat."""

    @property
    def situation(self) -> Situation:
        """The case as it stands."""
        return self.sheet.situation

    @property
    def words(self) -> Draft | Blocked:
        """The reply that is offered."""
        return self.sheet.draft


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _asked(scene: Scene) -> Asked[OrderQuery]:
    reader = Reader(member=ROSTER.members[WANG])
    return Asked(reader=reader, path={}, query=OrderQuery(), now=scene.situation.now, zone=SHANGHAI)


def _reading(scene: Scene) -> Reading:
    return Reading(rules=Rules.only(scene.situation.book), roster=ROSTER, now=scene.situation.now)


def _copied(scene: Scene) -> str:
    return _json(copy_card(scene.situation, scene.words)) if isinstance(scene.words, Draft) else ""


def _lines(scene: Scene) -> str:
    """What is written into groups and to members beside cards."""
    case = scene.situation
    return "\n".join([
        *(notices.note(action, case, ZHANG) for action in (Action.CLAIM, Action.ESCALATE)),
        notices.send_result(case, scene.typed),
        notices.please_confirm(case, LI),
        notices.whether_sent(case, LI, in_sidebar=True),
        notices.reminder(case),
        notices.handed_over(case, LI, ZHANG),
        notices.pushed(case, WANG),
        *(notices.promise_near(case, slot, case.now) for slot in Slot),
        *(notices.promise_broken(case, slot, case.now, WANG) for slot in Slot),
        notices.nobody_reached(case, [ZHANG]),
        notices.greet_in_group(scene.typed),
        notices.webhook_gone(scene.typed, scene.typed),
        notices.greet_the_bot(scene.typed),
        notices.ask_reason_text(case),
        *(notices.task_answered(case, kind, ZHANG) for kind in TaskKind),
        *(notices.task_told(case, kind, ZHANG) for kind in TaskKind),
        *(notices.task_ignored(case, kind, [ZHANG]) for kind in TaskKind),
        notices.recoveries([case]),
    ])  # fmt: skip


def _answers(scene: Scene) -> str:
    """What commands are answered."""
    order, cases, reading = scene.situation.order, [scene.situation.anomaly], _reading(scene)
    return "\n".join([
        order_summary(order, cases, reading),
        case_list("未关闭", cases, reading, LINK),
        day(cases, 1, reading),
        commands.order_unknown(scene.typed),
        commands.order_ambiguous("认领", "YT1", [order.key, order.key]),
        commands.no_case(order.key.order_no),
        commands.unknown_command(scene.typed),
        commands.bad_duration(scene.typed),
        commands.greeting(scene.typed),
    ])  # fmt: skip


def _task(scene: Scene, kind: TaskKind) -> Card:
    """The card of a task."""
    situation = asked(scene.situation, kind)
    before = [Asking(who=LI, at=situation.now)]
    return task_card(situation, situation.tasks[kind], before=before)


def _preview(scene: Scene) -> str:
    """What a reply that is being written says of the case, beside today's."""
    return _json(sample_of(scene.situation, scene.situation.book, TEMPLATES, _asked(scene)))


RENDERINGS: Mapping[str, Callable[[Scene], str]] = {
    "the order": lambda scene: _json(portrait(scene.file, scene.situation.book, _asked(scene))),
    "the anomaly, with its history": lambda scene: _json(case_file(scene.sheet, _asked(scene), None)),
    "the anomaly in a list": lambda scene: _json(anomaly_row(scene.situation.anomaly, _asked(scene))),
    "the timeline": lambda scene: _json(timeline_of(scene.sheet, _asked(scene))),
    "the preview of a reply": _preview,
    "the draft": lambda scene: _json(scene.words),
    "the card": lambda scene: _json(case_card(scene.situation, scene.words)),
    "the rows of the card": lambda scene: _json(rows(scene.situation)),
    "the notice": lambda scene: _json(case_notice(scene.situation, [ZHANG])),
    "the words to copy": _copied,
    "the form": lambda scene: _json(reason_form(scene.situation)),
    "the tasks": lambda scene: "\n".join(_json(_task(scene, kind)) for kind in TaskKind),
    "the digest": lambda scene: _json(overflow_card([scene.situation], 2, LINK)),
    "lines in chats": _lines,
    "answers to commands": _answers,
}
"""What is made of a scene. Whoever adds a card, a line, a view or an answer adds it here."""

ADDRESSES = ("/", "/api/health", "/api/ledger", "/metrics")
"""What is read over HTTP beside the screens. Whoever adds an address that is no screen adds it here."""


def addresses_of_screens(case: str, order_no: str, event: EventKey, incident: str) -> Iterator[str]:
    """Every page, twin and export that there is, about this case, this order, this event of it and this incident."""
    nothing: Any = None  # a screen is asked nothing before somebody looks at it
    front: Any = None
    files = CaseFiles(nothing, nothing, nothing)
    incidents = IncidentFiles(nothing, nothing, nothing)
    sources = SourceFiles(store=nothing, listening=nothing)
    all_of_them = screens(
        views=nothing,
        directory=nothing,
        files=files,
        incidents=incidents,
        sources=sources,
        rules=RuleFiles(nothing, nothing, nothing),
        rehearsals=RehearsalFiles(nothing),
        experiments=ExperimentFiles(nothing),
        front=front,
        lessons=nothing,
    )
    for screen in filter(None, all_of_them):
        if screen.name in OF_NO_ORDER:
            continue
        shown = {"event_body": event.id, "incident": incident}.get(screen.name, case)
        parts = {"id": shown, "shop": "main", "order_no": order_no, "source": event.source, "version": "1"}
        filled = {name: quote(part, safe="") for name, part in parts.items()}
        exported = screen.export and (screen.export.address or screen.page)
        listed = (screen.page, screen.twin, *((exported and (f"{exported}.csv", f"{exported}.xlsx")) or ()))
        yield from (_PATTERN.sub("}", address).format(**filled) for address in listed if address)


OF_NO_ORDER = frozenset({"rules_draft", "decision", "rehearsal", "experiment", "report"})
"""The orders in a draft of rules are those of `RENDERINGS`; nothing is about one in what was decided, and the others hold figures."""
_PATTERN = re.compile(r":[^{}]*}")
