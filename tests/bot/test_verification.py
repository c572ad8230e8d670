"""`dingdan doctor --verify`: what it prints, and how it ends."""

import json
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.running import FAILURE, OK, USAGE, run_migration, run_verification
from bot.settings import Settings, load
from handlers.laws import Law, Why
from tests.databases import sqlite_url

LETTER_WITHOUT_LEASE = (
    "INSERT INTO letters VALUES ('l1', 'l1', 'line', 'app', 'zhangsan', 0, NULL, NULL, NULL, 'P2', false, NULL,"
    " '{}', X'00', 'sending', 1, false, 0, NULL, NULL, '', 1, NULL, NULL)"
)


def leave_alone(_log_format: str) -> None:
    """In place of setting up the log."""


@pytest.fixture
def settings(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Those of a service whose database is empty. Its log is not set up: that would be for the whole process."""
    monkeypatch.setattr("bot.running.set_up", leave_alone)
    settings = load({"DINGDAN_DATABASE_URL": sqlite_url(tmp_path)})
    assert run_migration(settings) == OK
    capsys.readouterr()
    return settings


def test_a_sound_database_has_a_line_for_each_law(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_verification(settings, None, as_json=False) == OK

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(Law)
    assert lines[0] == "· 应答过的事件都在库里：核对 0，不符 0 · every acknowledged event is stored"


def test_a_violation_is_told_in_words_and_for_programs(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with sqlite3.connect(tmp_path / "dingdan.db") as database:
        database.execute(LETTER_WITHOUT_LEASE)
    database.close()

    assert run_verification(settings, None, as_json=False) == FAILURE
    said = capsys.readouterr().out
    assert "✗ 每封信都在合法的状态，在途的有租约：核对 1，不符 1 · every letter is in a legal state" in said
    assert "    l1 在途，却没有租约：app sending · under way without a lease" in said

    assert run_verification(settings, None, as_json=True) == FAILURE
    (broken,) = [law for law in json.loads(capsys.readouterr().out) if not law["ok"] and law["broken"]]
    assert broken == {
        "law": Law.LETTERS,
        "ok": False,
        "checked": 1,
        "broken": 1,
        "violations": [{"why": Why.NO_LEASE, "about": "l1", "detail": "app sending"}],
    }


@pytest.mark.parametrize(("content", "said"), [(None, "No such file"), ("{", "line 1: ")])
def test_a_history_that_cannot_be_read_is_named(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, said: str
) -> None:
    history = tmp_path / "history.jsonl"
    if content is not None:
        history.write_text(content)

    assert run_verification(settings, history, as_json=False) == USAGE
    assert said in capsys.readouterr().err


def test_a_history_is_only_for_verifying() -> None:
    assert CliRunner().invoke(app, ["doctor", "--history", "history.jsonl"]).exit_code == USAGE
