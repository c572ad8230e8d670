"""A service that cannot start says in one line which setting is at fault, and ends."""

import socket
from pathlib import Path

import pytest

from bot.running import FAILURE, USAGE, run_service
from bot.settings import load
from tests.databases import sqlite_url


def start(folder: Path, **settings: str) -> int:
    environment = {"DATABASE_URL": sqlite_url(folder), "HTTP__PORT": "0", **settings}
    return run_service(load({f"DINGDAN_{name}": value for name, value in environment.items()}))


def test_a_port_that_is_taken(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        assert start(tmp_path, HTTP__PORT=str(taken.getsockname()[1])) == USAGE

    _assert_one_line(capfd, "设置有误  DINGDAN_HTTP__PORT: ", "address already in use")


def test_a_folder_that_cannot_be_made(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()

    assert start(tmp_path, DATABASE_URL=f"sqlite://{tmp_path}/file/data/dingdan.db") == FAILURE

    _assert_one_line(capfd, "数据库连不上  DINGDAN_DATABASE_URL: ", "Not a directory")


def test_a_file_that_is_no_database(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "dingdan.db").write_text("no database at all, and long enough to be read as one" * 20)

    assert start(tmp_path) == FAILURE

    _assert_one_line(capfd, "数据库连不上  DINGDAN_DATABASE_URL: ", "file is not a database")


def test_a_server_that_is_not_there(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert start(tmp_path, DATABASE_URL="postgres://dingdan@127.0.0.1:1/dingdan") == FAILURE

    _assert_one_line(capfd, "数据库连不上  DINGDAN_DATABASE_URL: ", "refused")


def test_tokens_that_cannot_be_read(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert start(tmp_path, INGEST__TOKENS_FILE=str(tmp_path / "none.yaml")) == USAGE

    _assert_one_line(capfd, "设置有误  DINGDAN_INGEST__TOKENS_FILE: ", "No such file")


def _assert_one_line(capfd: pytest.CaptureFixture[str], start: str, part: str) -> None:
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith(start)
    assert part in line
