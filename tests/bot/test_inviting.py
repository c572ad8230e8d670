"""Who is let in by a link of the terminal: the fallback, or a member that the operator names; nobody else."""

from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.directory import load_directory
from bot.inviting import NOBODY_YET, Invitation, invite, invite_by_command
from bot.secrets import ONCE_LIFE
from bot.settings import Settings, SettingsError, load
from bot.signals import Signals
from bot.storage.opening import open_store
from bot.storage.trail import TrailFilter
from bot.storage.views import Views
from handlers.trail import AuditEntry
from tests.contracts.builders import NOW
from tests.databases import sqlite_url

ROSTER = "members: [{userid: wangwu, name: 王五, roles: [manager]}]\nfallback: wangwu\n"
APP = {"DINGDAN_WECOM__CORP_ID": "ww1", "DINGDAN_WECOM__AGENT_ID": "1", "DINGDAN_WECOM__SECRET": "s"}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    roster = tmp_path / "roster.yaml"
    roster.write_text(ROSTER, "utf-8")
    return {"DINGDAN_DATABASE_URL": sqlite_url(tmp_path), "DINGDAN_ROSTER_FILE": str(roster)}


async def invited(settings: Settings, address: str) -> tuple[Invitation | None, list[AuditEntry]]:
    """The invitation of a service that listens there, and what was put down."""
    async with open_store(settings.database_url, Signals()) as store:
        directory = await load_directory(settings, store, NOW)
        found = await invite(settings, directory, store, b"secret", ManualClock(NOW), address, ONCE_LIFE)
        lines = await Views(store).trail(TrailFilter(actor="terminal"), 10)
    return found, [line.entry for line in lines]


@pytest.mark.parametrize(
    ("address", "public_url", "begins"),
    [
        ("http://127.0.0.1:8000", None, "http://127.0.0.1:8000/l/"),
        ("http://0.0.0.0:8000", None, "http://127.0.0.1:8000/l/"),
        ("http://0.0.0.0:8000", "https://board.example", "https://board.example/l/"),
    ],
)
async def test_the_fallback_is_let_in_at_an_address_that_opens(
    environment: dict[str, str], address: str, public_url: str | None, begins: str
) -> None:
    given = {} if public_url is None else {"DINGDAN_HTTP__PUBLIC_URL": public_url}

    found, (line,) = await invited(load({**environment, **given}), address)

    assert found is not None
    assert str(found).startswith(f"打开 {begins}")
    assert (line.deed, line.subject, line.detail) == ("link.given", "wangwu", {})


async def test_nobody_is_where_people_log_in_with_wecom(environment: dict[str, str]) -> None:
    settings = load({**environment, **APP, "DINGDAN_HTTP__PUBLIC_URL": "https://board.example"})

    assert await invited(settings, "http://127.0.0.1:8000") == (None, [])


async def test_without_a_roster_it_is_said_how_to_write_one(tmp_path: Path) -> None:
    found, lines = await invited(
        load({"DINGDAN_DATABASE_URL": sqlite_url(tmp_path)}), "http://127.0.0.1:8000"
    )

    assert (str(found), lines) == (NOBODY_YET, [])
    assert "DINGDAN_ROSTER_FILE=roster.yaml" in NOBODY_YET


async def test_a_member_is_given_a_link_and_nobody_else_is(environment: dict[str, str]) -> None:
    settings = load(environment)

    given = await invite_by_command(settings, "wangwu")
    with pytest.raises(SettingsError) as refused:
        await invite_by_command(settings, "nobody")

    assert str(given).startswith("打开 http://127.0.0.1:8000/l/")
    assert refused.value.faults == ["--login: 名册里没有 nobody；有：wangwu"]
