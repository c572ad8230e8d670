"""Are the settings and the files that they name right? The work of `dingdan check-config`."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from bot.faults import Fault, FileError
from bot.files import load_readers_file, load_roster, load_rule_book, load_tokens_file, located
from bot.holidays import days_off
from bot.settings import Settings, SettingsError, load
from replies.dutyoutlook import told
from replies.slipwords import slip_said
from replies.wordlint import remarks
from replies.words import Language
from rules.bookfile import RuleBookFile
from rules.booklint import lint
from rules.gaps import findings
from rules.roster import Roster
from rules.staff import Staff

Checked = Literal["rules", "roster", "tokens", "api-tokens"]
NAMES: dict[Checked, str] = {
    "rules": "规则书",
    "roster": "名册",
    "tokens": "令牌文件",
    "api-tokens": "接口令牌文件",
}
DEFAULTS: dict[Checked, str] = {
    "rules": "未指定，沿用库中的版本，没有则用默认规则",
    "roster": "未指定，沿用库中的版本",
    "tokens": "未指定",
    "api-tokens": "未指定",
}
LOADERS: dict[Checked, Callable[[Path], object]] = {
    "rules": load_rule_book,
    "roster": lambda path: load_roster(path, datetime.now(UTC)),
    "tokens": load_tokens_file,
    "api-tokens": load_readers_file,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFile:
    """What was found in one file; `path` None when there is none to check."""

    path: Path | None
    faults: list[Fault]
    hints: tuple[Fault, ...] = ()
    """What is no fault and still to be mended: a lane that no order can match, hours in which nobody is on shift."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found."""

    settings: list[str]
    files: dict[Checked, CheckedFile]

    @property
    def ok(self) -> bool:
        """Whether `dingdan serve` would accept it all."""
        return not self.settings and not any(file.faults for file in self.files.values())

    def as_json(self) -> str:
        """For machines; line and column count from 1."""
        files = {kind: _as_data(file) for kind, file in self.files.items()}
        return json.dumps(
            {"ok": self.ok, "settings": {"faults": self.settings}, **files}, ensure_ascii=False, indent=2
        )

    def as_text(self) -> str:
        """For people and editors: the faults first, one a line, then how each part fares."""
        faults = [f"设置有误  {fault}" for fault in self.settings]
        faults += [str(fault) for file in self.files.values() for fault in file.faults]
        faults += [f"提示  {hint}" for file in self.files.values() for hint in file.hints]
        states = [f"设置：{_state(self.settings)}"]
        states += [f"{NAMES[kind]}：{self._state_of(kind, file)}" for kind, file in self.files.items()]
        return "\n".join([*faults, *states])

    def _state_of(self, kind: Checked, file: CheckedFile) -> str:
        if file.path is not None:
            return f"{file.path} {_state(file.faults)}"
        return "未检查，请先改正设置" if self.settings else DEFAULTS[kind]


def check_config(given: Mapping[Checked, Path | None]) -> Report:
    """Check the settings and the files they name; a file that is given is checked in the stead of theirs."""
    settings, faults = _settings()
    named: dict[Checked, Path | None] = {}
    if settings is not None:
        named = {
            "rules": settings.rules_file,
            "roster": settings.roster_file,
            "tokens": settings.ingest.tokens_file,
            "api-tokens": settings.api.tokens_file,
        }
    files: dict[Checked, CheckedFile] = {}
    for kind in LOADERS:
        path = given.get(kind) or named.get(kind)
        files[kind] = CheckedFile(path=path, faults=_faults_of(kind, path))
    now = datetime.now(UTC)
    files["rules"] = replace(files["rules"], hints=_of_rules(files, now))
    files["roster"] = replace(files["roster"], hints=_of_duty(files, now))
    return Report(settings=faults, files=files)


def _of_rules(files: Mapping[Checked, CheckedFile], now: datetime) -> tuple[Fault, ...]:
    """What the rule book can hardly mean; whom it names is held against a roster that names everybody."""
    path, staff = files["rules"].path, files["roster"].path
    if path is None or files["rules"].faults or files["roster"].faults:
        return ()
    book = load_rule_book(path)
    roster = Roster(members={})
    if staff is not None and (file := load_roster(staff, now)).names_everybody:
        roster = file.compile(book.compile(0).calendar.zone)
    found = (*lint(book, roster, now), *remarks(book))
    return tuple(located(path, [(one.at, slip_said(one.slip, one.others, Language.ZH)) for one in found]))


def _of_duty(files: Mapping[Checked, CheckedFile], now: datetime) -> tuple[Fault, ...]:
    """What is wrong with the duty of the next seven days, as far as the files tell: who is in a department, only WeCom does."""
    path, rules = files["roster"].path, files["rules"].path
    if path is None or files["roster"].faults or files["rules"].faults:
        return ()
    file = load_roster(path, now)
    over = [(("overrides", number), "已经过去，可以删掉") for number in file.over(now)]
    if not file.names_everybody:
        unknown = "有按部门或标签写的成员，值班的空档要由运行中的服务来查（每晚 20:00，网页 /duty）"
        return tuple(located(path, [*over, ((), unknown)]))
    book = (RuleBookFile() if rules is None else load_rule_book(rules)).compile(
        1, days_off(now.year - 1, now.year + 1)
    )
    roster = file.compile(book.calendar.zone)
    found = told(findings(roster, file, Staff(), (), book.calendar, now), roster)
    return tuple(located(path, [*over, *(((), f"{one.wrong} → {one.mend}") for one in found)]))


def _settings() -> tuple[Settings | None, list[str]]:
    try:
        return load(), []
    except SettingsError as error:
        return None, error.faults


def _faults_of(kind: Checked, path: Path | None) -> list[Fault]:
    if path is None:
        return []
    try:
        LOADERS[kind](path)
    except FileError as error:
        return error.faults
    return []


def _state(faults: list[Fault] | list[str]) -> str:
    return f"有 {len(faults)} 处错误" if faults else "正常"


def _as_data(file: CheckedFile) -> dict[str, object]:
    return {
        "file": None if file.path is None else str(file.path),
        "faults": [_placed(fault) for fault in file.faults],
        "hints": [_placed(hint) for hint in file.hints],
    }


def _placed(fault: Fault) -> dict[str, object]:
    return {
        "line": fault.line,
        "column": fault.column,
        "path": fault.path,
        "message": fault.message,
        "suggestion": fault.suggestion,
    }
