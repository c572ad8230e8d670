"""What does each import start with? An empty database."""

from pathlib import Path

import pytest

from tests.bot.imports.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk with an empty SQLite database and the default rules."""
    return Desk.at(tmp_path)
