"""Which rules are in force when the file has become faulty? Those that were; a new fault stops the start."""

from pathlib import Path

import pytest

from bot.directory import RULES, keep, load_directory
from bot.settings import SettingsError, load
from bot.signals import Signals
from bot.storage.opening import open_store
from handlers.trail import NOBODY
from tests.contracts.builders import NOW

NOBODY_IS_CALLED = "ladder: [{after: 3m, do: remind_owner}]\n"
STORED = '{"ladder": [{"after": "3m", "do": "remind_owner"}]}'
"""As a version wrote it that asked for less."""


async def steps(folder: Path, text: str) -> int:
    """How many steps the ladder has that is in force with such a file."""
    file = folder / "rules.yaml"
    file.write_text(text, "utf-8")
    database = f"sqlite://{folder}/dingdan.db"
    settings = load({"DINGDAN_RULES_FILE": str(file), "DINGDAN_DATABASE_URL": database})
    async with open_store(database, Signals()) as store:
        await keep(RULES, STORED, NOBODY, store, NOW)
        return len((await load_directory(settings, store, NOW)).rules.current.ladder)


async def test_a_ladder_that_is_in_force_keeps_nobody_from_starting(tmp_path: Path) -> None:
    assert await steps(tmp_path, NOBODY_IS_CALLED) == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [("max_age: 2d\n", "ladder[0].do: the last step must lead"), ("max_age: soon\n", "max_age: ")],
)
async def test_a_faulty_file_that_says_something_new_is_refused(
    tmp_path: Path, more: str, field: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        await steps(tmp_path, NOBODY_IS_CALLED + more)
    assert any(
        f"DINGDAN_RULES_FILE: {tmp_path}/rules.yaml" in fault and field in fault
        for fault in caught.value.faults
    )
