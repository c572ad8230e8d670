"""How are the findings written down? As tables of ratios: absolute figures mean nothing elsewhere."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

from bench import machine
from bench.rounds import RESTLESS, Rounds, size_of
from bench.targets import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A subject: its table, its targets and what was left out."""

    title: str
    rounds: Sequence[Rounds]
    figures: Sequence[str]
    """The columns; the first is compared."""
    ours: Callable[[str], str]
    """Which of ours stands beside a contender."""
    less_is_better: bool = False
    targets: Sequence[Target]
    notes: Sequence[str] = ()


def report(sections: Sequence[Section]) -> str:
    """The whole of RESULTS.md."""
    lines = ["# What was measured", "", *_ground(sections), "", "## Targets", ""]
    lines += _targets([target for section in sections for target in section.targets])
    for section in sections:
        lines += ["", f"## {section.title}", "", *_table(section), "", *_does(section), *_left_out(section)]
    return "\n".join([*lines, ""])


def _ground(sections: Sequence[Section]) -> list[str]:
    """The machine, and how quiet it was."""
    looks = [look for one in _rounds(sections) for found in one.all for look in (found.before, found.after)]
    ceilings = ", ".join(
        f"{min(look[name] for look in looks):,.0f} to {max(look[name] for look in looks):,.0f} {name} a second"
        for name in (looks[0] if looks else ())
    )
    total = sum(len(one.all) for one in _rounds(sections))
    dropped = sum(len(one.dropped) for one in _rounds(sections))
    words = (
        f"`make bench`, {datetime.now(UTC):%Y-%m-%d}: {machine.description()}; load, server, database and Redis"
        f" share them. The disk and loopback did {ceilings}. Contenders took turns, round by round; ratios are"
        f" those of one round. {dropped} of {total} rounds were dropped, because one of these two moved by more"
        f" than {RESTLESS:.0%} meanwhile."
    )
    lines = [words]
    if any(one.restless for one in _rounds(sections)):
        lines += [
            "",
            "**The machine was too restless**: where no round was quiet, all of them are shown below.",
        ]
    return lines


def _targets(targets: Sequence[Target]) -> list[str]:
    lines = ["| | target | bound | median | worst round | |", "|---|---|---|---|---|---|"]
    for target in targets:
        sign = "≥" if target.at_least else "≤"
        found = (
            f"{number(median(target.values))} | {number(target.worst)} | {'met' if target.met else '**not met**'}"
            if target.values
            else "| | not measured"
        )
        lines.append(f"| ({target.letter}) | {target.what} | {sign} {number(target.bound)} | {found} |")
    return lines


def _table(section: Section) -> list[str]:
    if not section.rounds:
        return []
    first = section.figures[0]
    lines = [
        f"| | {' | '.join(section.figures)} | ours is better by, median (min), in {first} |",
        f"|---{'|---' * len(section.figures)}|---|",
    ]
    for rounds in section.rounds:
        for contender in rounds.contenders:
            cells = [_cell(rounds.values(contender.name, figure)) for figure in section.figures]
            lines.append(
                f"| {contender.name} | {' | '.join(cells)} | {_better(section, rounds, contender.name)} |"
            )
    return lines


def _cell(values: Sequence[float]) -> str:
    return number(median(values)) if values else ""


def _better(section: Section, rounds: Rounds, name: str) -> str:
    ours = section.ours(name)
    if ours == name:
        return ""
    pair = ((ours, section.figures[0]), (name, section.figures[0]))
    ratios = rounds.ratios(*(reversed(pair) if section.less_is_better else pair))
    return f"{number(median(ratios))} ({number(min(ratios))})" if ratios else ""


def _does(section: Section) -> list[str]:
    """What stands behind the figures; said once for those that do the same."""
    names: dict[str, dict[str, None]] = {}
    for rounds in section.rounds:
        for contender in rounds.contenders:
            name = contender.name.removesuffix(size_of(contender.name))
            names.setdefault(contender.does, {})[name] = None
    return [f"- {'; '.join(found)}: {does}." for does, found in names.items()]


def _left_out(section: Section) -> list[str]:
    """Rounds that were dropped, and contenders that did not come to an end."""
    lines = [f"- {note}" for note in section.notes]
    for rounds in section.rounds:
        for place, found in enumerate(rounds.all, 1):
            if found.moved > RESTLESS:
                lines.append(f"- Round {place} was restless: a ceiling moved by {found.moved:.0%}.")
            lines += [f"- Round {place}, {name} dropped out: {why}." for name, why in found.failures.items()]
    return lines


def number(value: float) -> str:
    """Three digits that count."""
    if not math.isfinite(value):
        return "never"
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def _rounds(sections: Sequence[Section]) -> list[Rounds]:
    return [rounds for section in sections for rounds in section.rounds]
