"""`dingdan import` as it is typed: what it prints, and how it ends; and the guide, which says just that."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot import running
from bot.cli import app
from bot.files import load_map
from handlers.ports import StoreUnavailableError

ROOT = Path(__file__).parents[3]
TABLE, PLAN = "docs/examples/orders.csv", "docs/examples/import-map.yaml"

Type = Callable[..., Result]


@pytest.fixture
def dingdan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Type:
    """Runs the command in the project's folder, with a database elsewhere."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(running, "set_up", lambda log_format: None)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    environment = {"DINGDAN_DATABASE_URL": f"sqlite://{tmp_path / 'dingdan.db'}"}
    return lambda *words: CliRunner().invoke(app, ["import", *map(str, words)], env=environment)


def test_the_guide_shows_what_the_command_prints(dingdan: Type, tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "import.md").read_text("utf-8")
    shown = re.search(r"```console\n\$ dingdan import (.*)\n([^`]*)```", guide)
    assert shown
    words = [str(tmp_path / word) if word == "errors.csv" else word for word in shown[1].split()]
    result = dingdan(*words)
    assert result.stdout == shown[2]
    assert result.exit_code == 1


def test_the_map_of_the_guide_names_every_column_it_shows() -> None:
    plan = load_map(ROOT / PLAN)
    header = (ROOT / TABLE).read_text("utf-8").splitlines()[0].split(",")
    assert set(plan.columns()) == set(header)


def test_machines_read_the_same(dingdan: Type) -> None:
    result = dingdan(TABLE, "--map", PLAN, "--json")
    told = json.loads(result.stdout)
    assert (told["ok"], told["rows"], told["orders"], told["faulty_rows"]) == (False, 6, 5, 1)
    assert told["events"] == {"new": 16, "known": 0, "conflicts": 0}
    assert told["stages"]["transit"] == {"new": 3, "known": 0, "late": 2, "late_still": 0}
    assert [(fault["row"], fault["column"]) for fault in told["faults"]] == [(5, "订单号")]
    assert told["out_of_order"] == [
        {"row": 7, "order_no": "DB20251222-886", "message": "揽收完成早于付款完成"}
    ]
    assert TABLE.rpartition("/")[2] in result.stderr, "the progress"


@pytest.mark.parametrize(
    ("words", "ends"),
    [(["--dry-run"], "这是预演，什么都没有写入"), (["--live"], "从现在起盯着这些订单"), ([], "不提醒任何人")],
)
def test_it_says_what_was_done(dingdan: Type, words: list[str], ends: str) -> None:
    assert dingdan(TABLE, "--map", PLAN, *words).stdout.rstrip().endswith(ends)


def test_without_faults_it_ends_well(dingdan: Type, tmp_path: Path) -> None:
    lines = (ROOT / TABLE).read_text("utf-8").splitlines(keepends=True)
    good = tmp_path / "good.csv"
    good.write_text("".join(line for line in lines if "E+18" not in line), "utf-8")
    assert dingdan(good, "--map", PLAN).exit_code == 0


def test_many_faults_are_counted_where_they_are_not_shown(dingdan: Type, tmp_path: Path) -> None:
    header = (ROOT / TABLE).read_text("utf-8").splitlines()[0]
    bad = tmp_path / "bad.csv"
    bad.write_text("\n".join([header, *["A" + "," * 10] * 30]), "utf-8")
    result = dingdan(bad, "--map", PLAN)
    assert "……还有 40 处错误" in result.stdout
    assert "有错 30 行" in result.stdout


def test_what_cannot_be_used_is_told_at_once(dingdan: Type, tmp_path: Path) -> None:
    plan = tmp_path / "map.yaml"
    plan.write_text("order_no: 订单号\nevent: []\n", "utf-8")
    result = dingdan(TABLE, "--map", plan)
    assert result.exit_code == 2
    assert f"{plan}:2:1 event: no such key; did you mean 'events'?" in result.stderr
    result = dingdan("nowhere.csv", "--map", PLAN)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "nowhere.csv：读不了" in result.stderr


def test_a_database_that_gives_way_is_told_with_what_to_do(
    dingdan: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def give_way(*_: object) -> None:
        raise StoreUnavailableError

    monkeypatch.setattr(running, "import_orders", give_way)
    result = dingdan(TABLE, "--map", PLAN)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "再运行一次会接着导入" in result.stderr
