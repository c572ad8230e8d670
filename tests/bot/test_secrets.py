"""The secret that signs buttons and links: made once, whole, for its owner only."""

import os
import stat
from pathlib import Path

from pydantic import SecretStr

from bot.secrets import KEY_FILE, load_secret
from bot.settings import Settings


def test_a_secret_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "var"

    secret = load_secret(Settings(), folder)

    assert len(secret) >= 32
    assert load_secret(Settings(), folder) == secret
    assert stat.S_IMODE((folder / KEY_FILE).stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == [KEY_FILE]


def test_a_process_that_died_on_the_way_left_nothing_that_counts(tmp_path: Path) -> None:
    (tmp_path / f"{KEY_FILE}.{os.getpid()}").write_text("half")

    assert len(load_secret(Settings(), tmp_path)) >= 32


def test_the_secret_of_the_settings_comes_first(tmp_path: Path) -> None:
    assert load_secret(Settings(secret_key=SecretStr("given")), tmp_path) == b"given"
    assert not list(tmp_path.iterdir())
