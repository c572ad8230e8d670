"""How is the report of a week worded? As a poster for picture and page, and as a line that says the most of it."""

from collections.abc import Callable
from datetime import date, tzinfo

from replies.labels import label
from replies.lengths import shortened
from replies.masking import free
from replies.pages.report import REPORT
from replies.posters import Figure, Mood, Poster, Section
from replies.words import Language, Words
from rules.dates import A_DAY
from rules.golden import Share
from rules.intervals import Interval
from rules.weeks import Change, OpenDecision, ReasonChange, Report

LONGEST_DECISION = 36
GOOD_SCORE = 90
"""A stage below it wants to be seen."""


def poster(report: Report, zone: tzinfo, language: Language, name: Callable[[str], str]) -> Poster:
    """All of it. `name` is what the roster calls somebody."""
    t = Words(language, REPORT)
    return Poster(
        title=t("poster"),
        subtitle=f"{_days(report, zone, t)} · {t('all_shops')}",
        sections=(
            Section(title=t("opened"), figures=(_opened(report, t),)),
            Section(title=t("golden"), figures=_golden(report, t)),
            Section(title=t("reasons"), figures=_reasons(report, t), note=t("interval_note")),
            Section(title=t("money"), figures=_money(report, t), note=t("cut") if report.cut else ""),
            Section(title=t("scores"), figures=_scores(report, t), note=t("scores_note")),
            Section(title=t("decisions"), figures=_decisions(report, t, name)),
        ),
        foot=t("foot", at=f"{report.made_at.astimezone(zone):%Y-%m-%d %H:%M}"),
    )


def line(report: Report, zone: tzinfo, link: str) -> str:
    """The most of it in three lines, with the way to the rest: for whoever does not get the picture as well."""
    t = Words(Language.ZH, REPORT)
    since, until = _bounds(report, zone)
    return t(
        "line",
        since=since,
        until=until,
        opened=report.opened,
        before=report.opened_before,
        ten=_percent(report.within_ten.share),
        ten_before=_percent(report.within_ten.before),
        loss=_yuan(report.loss_fen),
        decisions=report.decisions_open,
        link=link,
    )


def _bounds(report: Report, zone: tzinfo) -> tuple[date, date]:
    """Its first and its last day."""
    return report.since.astimezone(zone).date(), (report.until - A_DAY).astimezone(zone).date()


def _days(report: Report, zone: tzinfo, t: Words) -> str:
    since, until = _bounds(report, zone)
    return t("days", since=since, until=f"{until:%m-%d}")


def _opened(report: Report, t: Words) -> Figure:
    return Figure(
        label=t("opened"),
        value=t("opened_is", count=report.opened),
        note=t("before", count=report.opened_before),
    )


def _golden(report: Report, t: Words) -> tuple[Figure, ...]:
    return (
        _change("within_ten", report.within_ten, t, up=True),
        _change("within_fifteen", report.within_fifteen, t, up=True),
        _change("healed", report.healed, t, up=False),
    )


def _change(key: str, change: Change, t: Words, *, up: bool) -> Figure:
    part, of = change.share
    return Figure(
        label=t(key),
        value=_percent(change.share),
        note=t("share_note", part=part, of=of, before=_percent(change.before)),
        bar=part / of if of else None,
        mood=_mood(change.moved, up=up),
    )


def _mood(moved: Interval | None, *, up: bool) -> Mood:
    """Whether it moved, and not by chance."""
    if moved is None or moved.low <= 0 <= moved.high:
        return Mood.PLAIN
    return Mood.GOOD if (moved.low > 0) is up else Mood.BAD


def _reasons(report: Report, t: Words) -> tuple[Figure, ...]:
    figures = [_reason(one, t) for one in report.reasons]
    rest = Figure(label=t("unexplained"), value=t("opened_is", count=report.unexplained))
    return (*figures, rest)


def _reason(one: ReasonChange, t: Words) -> Figure:
    part, of = one.share
    moved = one.moved
    return Figure(
        label=label(one.reason, t.language),
        value=_percent(one.share),
        note=t(
            "reason_note",
            part=part,
            before=_percent(one.before),
            moved=t("no_compare") if moved is None else t("moved", low=_points(moved.low), high=_points(moved.high)),
        ),
        bar=part / of if of else None,
        mood=_mood(moved, up=False),
    )  # fmt: skip


def _money(report: Report, t: Words) -> tuple[Figure, ...]:
    loss = Figure(
        label=t("loss"),
        value=t("loss_is", amount=_yuan(report.loss_fen)),
        note=t("loss_note", low=_yuan(report.loss_low_fen), high=_yuan(report.loss_high_fen)),
    )
    cell = report.cell
    if cell is None:
        return loss, Figure(label=t("worst"), value=t("no_cell"))
    place = t("cell_is", carrier=free(cell.carrier), region=free(cell.region))
    share = _percent(Share(cell.cases, cell.of))
    return loss, Figure(
        label=f"{t('worst')} · {place}",
        value=t("opened_is", count=cell.cases),
        note=t("cell_note", of=cell.of, share=share),
        bar=cell.cases / cell.of,
    )


def _scores(report: Report, t: Words) -> tuple[Figure, ...]:
    return tuple(
        Figure(
            label=label(one.stage, t.language),
            value=str(one.score),
            note=t("score_note", late=one.late, total=one.total),
            bar=one.score / 100,
            mood=Mood.PLAIN if one.score >= GOOD_SCORE else Mood.BAD,
        )
        for one in report.scores
    )


def _decisions(report: Report, t: Words, name: Callable[[str], str]) -> tuple[Figure, ...]:
    if not report.decisions_open:
        return (Figure(label=t("decisions_none"), value=""),)
    figures = [_decision(one, t, name) for one in report.decisions]
    more = report.decisions_open - len(figures)
    return (*figures, *([Figure(label=t("more", count=more), value="")] if more else []))


def _decision(one: OpenDecision, t: Words, name: Callable[[str], str]) -> Figure:
    return Figure(
        label=f"{one.number}. {shortened(free(one.text), LONGEST_DECISION)}",
        value=name(one.owner),
        note=t("due") if one.due else "",
        mood=Mood.BAD if one.due else Mood.PLAIN,
    )


def _percent(share: Share) -> str:
    return "—" if not share.of else f"{100 * share.part / share.of:.1f}%"


def _points(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-", "−")


def _yuan(fen: int) -> str:
    return f"{fen / 100:,.0f}"
