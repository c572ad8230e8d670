"""How is the outcome of a drill told? As text, as JSON, and as a page with its own style and no script."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jinja2

from replies.pages.drill import DRILL, MISSES, STEPS
from replies.words import Language, Words
from rules.calendar import SHANGHAI
from rules.durations import format_duration
from rules.golden import FIFTEEN, TEN, Share
from rules.response import Course, Response, Step, by_group

_PAGES = jinja2.Environment(
    loader=jinja2.PackageLoader("bot.drill"), autoescape=True, undefined=jinja2.StrictUndefined
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A drill that is over."""

    name: str
    about: str
    real: bool
    began_at: datetime
    lasts: timedelta
    response: Response

    def as_text(self, language: Language = Language.ZH) -> str:
        """For a terminal."""
        return "\n".join(_lines(self, Words(language, DRILL), language))

    def as_page(self, language: Language = Language.ZH) -> str:
        """A page that stands by itself."""
        words = Words(language, DRILL)
        return _PAGES.get_template("report.html").render(
            report=self,
            response=self.response,
            t=words,
            language=language,
            steps={step: text.said(language) for step, text in STEPS.items()},
            misses={miss: text.said(language) for miss, text in MISSES.items()},
            missed={course.order: miss for course, miss in self.response.missed()},
            groups=_groups(self.response),
            began=f"{self.began_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
            lasts=format_duration(self.lasts),
            within={"within_ten": self.response.within(TEN), "within_fifteen": self.response.within(FIFTEEN)},
            ten=TEN,
            fifteen=FIFTEEN,
            took=took,
            said=_of,
        )

    def as_json(self) -> str:
        """For programs."""
        return json.dumps(self.as_data(), ensure_ascii=False, indent=2)

    def as_data(self) -> dict[str, Any]:
        """For programs: durations in seconds, null for what did not happen."""
        response = self.response
        return {
            "name": self.name,
            "real": self.real,
            "began_at": self.began_at.astimezone(SHANGHAI).isoformat(),
            "lasts_seconds": self.lasts.total_seconds(),
            "noticed": _share(response.noticed),
            "within_ten": _share(response.within(TEN)),
            "within_fifteen": _share(response.within(FIFTEEN)),
            "steps": {step: _waits(response, step) for step in Step},
            "incidents": list(response.incidents.values()),
            "promises": response.promises,
            "readers": [
                {"name": one.name, "cards": one.cards, "lines": one.lines} for one in response.readers
            ],
            "missed": [{"order": course.order, "miss": miss} for course, miss in response.missed()],
            "orders": [_order(course) for course in response.courses],
        }


def took(course: Course, step: Step) -> str:
    """`1m20s`; a dash for what did not happen."""
    wait = course.took(step)
    return "—" if wait is None else _said(wait)


def _said(wait: timedelta) -> str:
    return format_duration(timedelta(seconds=int(wait.total_seconds())))


def _groups(response: Response) -> list[tuple[str, Response]]:
    return [(name, Response(courses=courses)) for name, courses in by_group(response.courses).items()]


def _share(share: Share) -> dict[str, int | None]:
    return {"part": share.part, "of": share.of, "percent": share.percent}


def _waits(response: Response, step: Step) -> dict[str, float | int | None]:
    waits = response.waits(step)
    median, p90 = waits.median, waits.p90
    return {
        "n": waits.n,
        "median_seconds": None if median is None else median.total_seconds(),
        "p90_seconds": None if p90 is None else p90.total_seconds(),
    }


def _order(course: Course) -> dict[str, Any]:
    waits = {step: course.took(step) for step in Step}
    return {
        "order": course.order,
        "group": course.group,
        "in_trouble": course.in_trouble,
        "noticed": course.noticed_at is not None,
        "incident": course.incident,
        **{f"{step}_seconds": None if wait is None else wait.total_seconds() for step, wait in waits.items()},
    }


# --- as text ------------------------------------------------------------------------------


def _lines(report: Report, t: Words, language: Language) -> Iterator[str]:
    response, began = report.response, f"{report.began_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    ten, fifteen = response.within(TEN), response.within(FIFTEEN)
    yield t("title", name=report.name)
    yield f"{t('real' if report.real else 'sandbox')} · {t('when', at=began, lasts=format_duration(report.lasts))}"
    yield ""
    yield t("summary", reached=ten.of, ten=ten.part, fifteen=fifteen.part)
    yield f"{t('noticed')}  {t('of', part=response.noticed.part, of=response.noticed.of)}"
    yield f"{t('incidents')}  {_incidents(response, t)}"
    yield f"{t('promises')}  {t('unknown') if response.promises is None else response.promises}"
    yield ""
    yield t("steps")
    for step in Step:
        waits = response.waits(step)
        said = (STEPS[step].said(language), f"n={waits.n}", *(_of(waits.median), _of(waits.p90)))
        yield f"  {said[0]}  {said[1]}  {t('median')} {said[2]}  {t('p90')} {said[3]}"
    yield ""
    yield t("readers")
    yield from (
        f"  {one.name}  {t('cards')} {one.cards}  {t('lines')} {one.lines}" for one in response.readers
    )
    yield ""
    yield t("missed")
    missed = [
        f"  {course.order}  {course.group}  {MISSES[miss].said(language)}"
        for course, miss in response.missed()
    ]
    yield from missed or [f"  {t('nothing_missed')}"]
    yield ""
    yield t("orders")
    yield from (_of_order(course, language) for course in response.courses)


def _incidents(response: Response, t: Words) -> str:
    sizes = tuple(response.incidents.values())
    if not sizes:
        return t("none")
    return f"{len(sizes)}  {t('incidents_told', orders=sum(sizes), sizes=' '.join(map(str, sizes)))}"


def _of(wait: timedelta | None) -> str:
    return "—" if wait is None else _said(wait)


def _of_order(course: Course, language: Language) -> str:
    steps: Sequence[str] = [f"{STEPS[step].said(language)} {took(course, step)}" for step in Step]
    return f"  {course.order}  {course.group}  {'  '.join(steps)}"
