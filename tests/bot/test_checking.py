"""Does `check-config` look at every file that the service would read, and say where each fault is?"""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.doctor import examine
from bot.files import check
from bot.settings import load
from bot.web.tokens import load_tokens
from rules.instants import from_ms
from tests.databases import sqlite_url

SECRET = "hush-hush-wms"
FAULTY = f"""\
{SECRET}:
  sorce: /wms/hz1
  types: [order.stag]
"two words": {{}}
"""


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    file = tmp_path / "tokens.yaml"
    file.write_text(FAULTY, "utf-8")
    return file


def test_the_faults_of_the_tokens_are_told_with_their_places_and_without_the_tokens(tokens: Path) -> None:
    done = CliRunner().invoke(app, ["check-config", "--tokens", str(tokens)])

    assert done.exit_code == 1
    faults = [line for line in done.output.splitlines() if line.startswith(str(tokens))]
    assert [line.removeprefix(f"{tokens}:").partition(" ")[0] for line in faults] == ["2:3", "3:11", "4:1"]
    assert "did you mean 'source'?" in faults[0]
    assert "did you mean 'order.stage'?" in faults[1]
    assert "visible ASCII" in faults[2]
    assert f"令牌文件：{tokens} 有 3 处错误" in done.output
    assert SECRET not in done.output


def test_the_file_that_the_settings_name_is_checked(tokens: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DINGDAN_INGEST__TOKENS_FILE", str(tokens))

    done = CliRunner().invoke(app, ["check-config", "--json"])

    found = json.loads(done.output)
    assert found["ok"] is False
    assert len(found["tokens"]["faults"]) == 3
    assert SECRET not in done.output


PROGRAMS = f"""\
tokens:
  - {{token: {SECRET}, name: monday, scopes: [orders, exprot], shop: [main]}}
  - {{token: two words, name: the report, scopes: []}}
  - {{token: 12345, name: monday}}
"""
"""Faults of every kind."""


def test_the_faults_of_the_api_tokens_are_told_with_their_places_and_without_the_tokens(
    tmp_path: Path,
) -> None:
    file = tmp_path / "api-tokens.yaml"
    file.write_text(PROGRAMS, "utf-8")

    done = CliRunner().invoke(app, ["check-config", "--api-tokens", str(file)])

    assert done.exit_code == 1
    faults = [line for line in done.output.splitlines() if line.startswith(str(file))]
    found = {line.removeprefix(f"{file}:").partition(":")[0]: line for line in faults}
    assert set(found) == {"2", "3", "4"}
    text = "\n".join(faults)
    for mend in (
        "did you mean 'export'?",
        "did you mean 'shops'?",
        "visible ASCII",
        "1 to 32 letters",
        "at least 1",
    ):
        assert mend in text
    assert "`scopes` is missing" in text
    assert SECRET not in done.output


@pytest.mark.parametrize(
    ("first", "second", "mend"),
    [
        (
            "{token: a, name: one, scopes: [orders]}",
            "{token: b, name: one, scopes: [orders]}",
            "has this name",
        ),
        (
            "{token: a, name: one, scopes: [orders]}",
            "{token: a, name: two, scopes: [orders]}",
            "stands here twice",
        ),
        (
            "{token: a, name: one, scopes: [orders]}",
            "{token: b, name: api, scopes: [orders]}",
            "choose another",
        ),
    ],
)
def test_each_api_token_and_each_name_stands_once(first: str, second: str, mend: str) -> None:
    (fault,) = check(f"tokens:\n- {first}\n- {second}\n", "api-tokens")
    assert fault.line == 3
    assert mend in fault.message


async def test_the_doctor_tells_the_same(tokens: Path, tmp_path: Path) -> None:
    settings = {"DINGDAN_DATABASE_URL": sqlite_url(tmp_path), "DINGDAN_INGEST__TOKENS_FILE": str(tokens)}
    findings = {finding.about: finding async for finding in examine(load(settings), from_ms(0))}
    assert findings["接入"].ok is False
    assert "3:11" in findings["接入"].said
    assert SECRET not in findings["接入"].said

    tokens.write_text(f"{SECRET}: {{}}\n", "utf-8")
    settings["DINGDAN_INGEST__TOKEN"] = "another"
    findings = {finding.about: finding async for finding in examine(load(settings), from_ms(0))}
    assert findings["接入"].ok is True
    assert "2 个令牌" in findings["接入"].said


@pytest.mark.parametrize("text", ["", f"- {SECRET}\n", f"{SECRET}\n", f"{SECRET}:\n", "{}\n"])
def test_a_file_that_gives_nobody_anything_is_a_fault(text: str) -> None:
    (fault,) = check(text, "tokens")
    assert SECRET not in fault.message


def test_a_sound_file_gives_what_it_says(tokens: Path) -> None:
    tokens.write_text(f"12345: {{shops: [north]}}\n{SECRET}: {{}}\n", "utf-8")
    grants = load_tokens(load({"DINGDAN_INGEST__TOKENS_FILE": str(tokens)})).grants
    assert set(grants) == {"12345", SECRET}
    assert grants["12345"].default_shop == "north"


ROSTER = """\
members:
  - {userid: zhangsan, name: 张三, roles: [agent]}
  - {userid: lisi, name: 李四, roles: [agent]}
  - {userid: wangwu, name: 王五, roles: [manager]}
shifts:
  - {userid: zhangsan, from: "08:00", to: "24:00"}
  - {userid: wangwu}
fallback: wangwu
overrides:
  - {do: leave, userid: lisi, from: "2020-01-01", to: "2020-01-05"}
"""


SLIPS = """\
lanes:
  - name: 大促
    match: {field: shop, op: ==, value: north}
    recipients: {agent: [nobody, wangwu]}
  - name: "618"
    match: {all: [{field: shop, op: ==, value: north}, {field: amount_fen, op: '>=', value: 100}]}
  - name: 空
    match: {all: [{field: shop, op: ==, value: north}, {field: shop, op: ==, value: south}]}
replies:
  - name: pickup_not_completed
    text: |
      ---
      title: 还没揽收
      facts: [order_no, carrier_reminded]
      ---
      您好，订单 {{ order_no }}{% if carrier_reminded %}已催快递{% endif %}。
  - lanes: [空]
    name: pickup_not_completed
    text: |
      ---
      title: 空着的
      facts: [order_no]
      ---
      您好，订单 {{ order_no }} 还没有揽收。
"""


def test_what_a_rule_book_can_hardly_mean_are_hints_with_their_place(tmp_path: Path) -> None:
    rules, roster = tmp_path / "rules.yaml", tmp_path / "roster.yaml"
    rules.write_text(SLIPS, "utf-8")
    roster.write_text(ROSTER, "utf-8")

    done = CliRunner().invoke(app, ["check-config", "--rules", str(rules), "--roster", str(roster)])
    alone = CliRunner().invoke(app, ["check-config", "--rules", str(rules), "--json"])
    told = json.loads(alone.output)["rules"]["hints"]

    assert done.exit_code == 0, done.output
    hints = [line.removeprefix(f"提示  {rules}:") for line in done.output.splitlines()]
    assert hints[:5] == [
        "4:25 lanes[0].recipients.agent: 名册里没有，或已离职：nobody。不会找他们，都不在就照名册找。",
        "4:25 lanes[0].recipients.agent: 名册里不是这个职责：王五。照样先找，只要他们能处理订单。",
        "6:12 lanes[1].match: 前面的「大促」已经把它能挑中的订单全挑走了：往上移，或改条件。",
        "8:12 lanes[2].match: 没有订单能同时符合这些条件：改掉互相矛盾的一条。",
        "18:11 replies[1].name: 前面的「物流揽收 · 未完成」已经替它要说的订单都说了：往上移，或换店铺、通道。",
    ]
    assert [hint["line"] for hint in told] == [6, 8, 18]


def test_hours_in_which_nobody_is_on_shift_are_hints_and_no_faults(tmp_path: Path) -> None:
    file = tmp_path / "roster.yaml"
    file.write_text(ROSTER, "utf-8")

    done = CliRunner().invoke(app, ["check-config", "--roster", str(file)])
    told = json.loads(CliRunner().invoke(app, ["check-config", "--roster", str(file), "--json"]).output)

    assert done.exit_code == 0
    assert f"提示  {file}:10:5 overrides[0]: 已经过去，可以删掉" in done.output
    assert "客服 00:00–08:00 没人当班：" in done.output
    assert "/值班 顶班 李四" in done.output
    assert told["ok"]
    assert len(told["roster"]["hints"]) >= 2
    file.write_text(ROSTER.replace("members:", "members:\n  - {tag: 夜班, roles: [agent]}"), "utf-8")
    assert "每晚 20:00" in CliRunner().invoke(app, ["check-config", "--roster", str(file)]).output
    file.write_text(ROSTER.replace("2020-01-05", "2019-01-05"), "utf-8")
    faulty = CliRunner().invoke(app, ["check-config", "--roster", str(file)])
    assert faulty.exit_code == 1
    assert f"{file}:10:" in faulty.output


def test_a_swap_over_midnight_without_the_day_of_its_end_is_refused_with_line_and_mend(
    tmp_path: Path,
) -> None:
    file = tmp_path / "roster.yaml"
    swap = 'do: swap, userid: zhangsan, with: lisi, from: "2026-12-03 22:00", to: "06:00"'
    file.write_text(ROSTER.partition("  - {do: leave")[0] + f"  - {{{swap}}}\n", "utf-8")

    done = CliRunner().invoke(app, ["check-config", "--roster", str(file)])

    assert done.exit_code == 1
    assert f"{file}:10:{swap.index('to:') + 10} overrides[0].to: " in done.output
    assert "such as 2026-12-04 06:00" in done.output
