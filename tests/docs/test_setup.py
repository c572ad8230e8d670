"""docs/setup.md: what the doctor says, the settings that are named anywhere, the codes and their remedies."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.doctor import examine
from bot.leader import LEASE, STEP_BACK_SECONDS
from bot.metrics import Metrics
from bot.sandbox.config import SandboxConfig
from bot.sandbox.server import Sandbox
from bot.settings import CONFIG_FILE, OF_OTHERS, load, variable_names
from bot.storage.figures import Figures, OutboxFigures
from bot.wecom.codes import remedy
from handlers.ledger import Ledger
from tests.databases import sqlite_url
from tests.docs.pages import DOCS, ROOT, blocks, code_in, name_of, pages, prose, table_of

PAGE = DOCS / "setup.md"
NOW = datetime(2025, 3, 3, 2, 0, tzinfo=UTC)
"""The holidays of that year and the next are announced."""
MISSPELT = "DINGDAN_HTTP__PROT"
"""The slip that docs/settings.md shows."""


async def test_the_doctor_says_what_the_page_says(tmp_path: Path) -> None:
    (shown,) = blocks(PAGE, "text")
    settings = load({"DINGDAN_DATABASE_URL": sqlite_url(tmp_path)})
    said = [f"{finding}\n" async for finding in examine(settings, NOW)]
    assert "".join(said) == shown.text


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_every_setting_that_is_named_exists(page: Path) -> None:
    known = {CONFIG_FILE, *variable_names(), *(f"{name}_FILE" for name in variable_names())}
    named = set(re.findall(r"DINGDAN_[A-Z][A-Z_]*[A-Z]", page.read_text("utf-8")))
    assert named <= known | {MISSPELT, OF_OTHERS.rstrip("_")}


def test_the_environment_file_is_taken() -> None:
    (block,) = blocks(PAGE, "ini")
    environment = dict(line.split("=", 1) for line in block.text.splitlines())
    assert load(environment).wecom.can_send


def test_the_sandbox_prints_as_many_settings_as_the_page_says() -> None:
    environment = Sandbox(SandboxConfig()).environment()
    assert len(environment) == 11
    assert "十一行" in prose(PAGE)


def test_each_code_that_is_named_has_a_remedy_of_its_own() -> None:
    codes = [int(code) for code in table_of(PAGE, "错误码").column("错误码")]
    assert remedy(0) not in [remedy(code) for code in codes]


def test_the_waits_are_those_of_the_service() -> None:
    text = prose(PAGE)
    assert f"{LEASE.total_seconds():.0f} 秒后由别的接手" in text
    assert STEP_BACK_SECONDS == 600
    assert "十分钟内不再抢" in text


def test_every_metric_has_a_row() -> None:
    nothing = Figures(
        open_cases={},
        outbox=OutboxFigures(ready=0, oldest_due_at=None, lost={}),
        alerts=Ledger(alerts=0, fates={}),
    )
    told = Metrics().render(nothing, NOW).decode()
    kinds = re.findall(r"^# TYPE (\S+) (counter|gauge|histogram)$", told, re.MULTILINE)
    names = {name for name, _ in kinds if not name.endswith("_created")}
    assert {code_in(cell) for cell in table_of(PAGE, "指标").column("指标")} == names


def test_each_line_of_the_log_is_one_that_is_written() -> None:
    sources = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "bot").rglob("*.py")))
    rows = table_of(PAGE, "日志").rows
    assert len(rows) == 6
    for row in rows:
        assert re.search(rf'log\.info\(\s*"{code_in(row["日志"])}"', sources), row
