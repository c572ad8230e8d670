"""Can what the templates promise be kept, by what history says? The work of `dingdan check-config --promises`."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.storage.promiselist import HistoryFilter
from bot.storage.views import Views
from replies.library import Template, Templates, in_use
from replies.timewords import duration
from rules.book import Reply, RuleBook
from rules.durations import format_duration
from rules.honesty import SHARE, History, Honest
from rules.promises import Slot
from rules.repliesfile import titled

LOOKS_BACK = timedelta(days=60)
A_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pledge:
    """What a template promises, beside how long it took for such orders."""

    template: Template
    reply: Reply | None
    """The one of the rule book that it is the text of; None for a built-in one."""
    slot: Slot
    within: timedelta
    too_short: bool
    """Whether it is over before the team has the time to reach the customer once more."""
    honest: Honest | None
    """None where no such order is known."""

    @property
    def in_time(self) -> float | None:
        """To which share it happened within the time that is promised."""
        return None if self.honest is None else self.honest.curve.within(self.within)


async def pledges(views: Views, templates: Templates, book: RuleBook, now: datetime) -> list[Pledge]:
    """Every promise of every template, those of the rule book among them; none is changed by it."""
    wanted = HistoryFilter(slots=frozenset(Slot), shops=None, since=now - LOOKS_BACK)
    history = History(await views.promise_samples(wanted, now))
    return [
        Pledge(
            template=template,
            reply=reply,
            slot=slot,
            within=within,
            too_short=within <= book.budget.contact,
            honest=None if template.stage is None else history.of(slot, template.stage),
        )
        for template, reply in in_use(templates, book.replies)
        for slot, within in template.promises.items()
    ]


def as_text(found: Sequence[Pledge], book: RuleBook) -> str:
    """For people: a line for each."""
    return "\n".join(line for one in found for line in _lines(one, book))


def _lines(one: Pledge, book: RuleBook) -> Iterator[str]:
    said = f"{_called(one)} {one.slot}: 答应 {format_duration(one.within)}"
    if one.too_short:
        said += f"，不比回复预算 budget.contact（{format_duration(book.budget.contact)}）长，没有人来得及跟进"
    if one.honest is None or one.in_time is None:
        yield f"{said}；还没有这样的订单"
        return
    n, within = one.honest.curve.n, one.honest.within
    taken = f"八成在 {duration(within)} 内" if within is not None else "不到八成，还看不出"
    mark = "" if one.in_time >= SHARE else "，偏短"
    yield f"{said}；历史上{taken}（n={n}），答应的时间内 {one.in_time:.0%}{mark}"


def _called(one: Pledge) -> str:
    """A built-in text by its file, one of the rule book by what tells it from the others."""
    if one.reply is None:
        return f"{one.template.name}.liquid"
    return f"replies: {titled(one.reply.name, sorted(one.reply.shops), sorted(one.reply.lanes))}"


def as_data(found: Sequence[Pledge]) -> str:
    """For programs."""
    listed = [
        {
            "template": one.template.name,
            "own": one.reply is not None,
            "shops": sorted(one.reply.shops) if one.reply else [],
            "lanes": sorted(one.reply.lanes) if one.reply else [],
            "slot": one.slot,
            "promised_seconds": one.within // A_SECOND,
            "too_short": one.too_short,
            "n": 0 if one.honest is None else one.honest.curve.n,
            "within_seconds": None
            if one.honest is None or one.honest.within is None
            else one.honest.within // A_SECOND,
            "share": None if one.in_time is None else round(one.in_time, 4),
        }
        for one in found
    ]
    return json.dumps(listed, ensure_ascii=False)
