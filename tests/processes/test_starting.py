"""A service that cannot start says in a line each which settings are at fault, and ends."""

import socket
from pathlib import Path

import pytest

from bot.running import FAILURE, USAGE
from tests.processes.commands import command

pytestmark = pytest.mark.processes

WRONG, UNREACHABLE = "设置有误  DINGDAN_", "数据库连不上  DINGDAN_"


async def start(folder: Path, **settings: str) -> tuple[int, str]:
    """How a service with these settings ends, and what it writes."""
    environment = {"DINGDAN_HTTP__PORT": "0", **{f"DINGDAN_{name}": text for name, text in settings.items()}}
    async with command(folder, "serve", environment=environment) as service:
        code = await service.exit_code()
        return code, service.output().rstrip()


async def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        code, line = await start(tmp_path, HTTP__PORT=str(taken.getsockname()[1]))

    assert code == USAGE
    assert "\n" not in line
    assert line.startswith(f"{WRONG}HTTP__PORT: ")
    assert "address already in use" in line


async def test_tokens_that_cannot_be_read(tmp_path: Path) -> None:
    code, line = await start(tmp_path, INGEST__TOKENS_FILE="none.yaml")

    assert code == USAGE
    assert "\n" not in line
    assert line.startswith("设置有误  none.yaml:1:1 ")


async def test_every_fault_of_both_files_at_once(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text("budget: {contact: soon}")

    code, lines = await start(tmp_path, RULES_FILE="rules.yaml", ROSTER_FILE="none.yaml")

    assert code == USAGE
    rules, roster = lines.splitlines()
    assert rules.startswith("设置有误  DINGDAN_RULES_FILE: rules.yaml:1:19 budget.contact: ")
    assert roster.startswith("设置有误  DINGDAN_ROSTER_FILE: none.yaml:1:1 ")


async def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    code, line = await start(tmp_path, DATABASE_URL="sqlite://file/data/dingdan.db")

    assert code == FAILURE
    assert "\n" not in line
    assert line.startswith(f"{UNREACHABLE}DATABASE_URL: ")
    assert "Not a directory" in line


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "dingdan.db").write_text("no database at all, and long enough to be read as one" * 20)

    code, line = await start(tmp_path, DATABASE_URL="sqlite://dingdan.db")

    assert code == FAILURE
    assert "\n" not in line
    assert line.startswith(f"{UNREACHABLE}DATABASE_URL: ")
    assert "file is not a database" in line


async def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    code, line = await start(tmp_path, DATABASE_URL="postgres://dingdan@127.0.0.1:1/dingdan")

    assert code == FAILURE
    assert "\n" not in line
    assert line.startswith(f"{UNREACHABLE}DATABASE_URL: ")
    assert "refused" in line
