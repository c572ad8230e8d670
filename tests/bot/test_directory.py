"""Which rules are in force when a file and the board have both had their say, or the file has become faulty?"""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.directory import RULES, keep, load_directory
from bot.settings import SettingsError, load
from bot.signals import Signals
from bot.storage.opening import open_store
from bot.storage.store import Store
from handlers.documents import Origin
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


# --- the file and the board ------------------------------------------------------------

AGED = '{"max_age": "%s"}'


async def published(store: Store, hours: int) -> None:
    """Somebody publishes on the board that this is the age at which nobody is told any more."""
    body = AGED % f"{hours}h"
    await store.run("test", lambda work: work.documents.add(RULES, body, NOW, origin=Origin.BOARD))


@pytest.mark.parametrize(
    ("file_before", "board", "file_now", "in_force"),
    [
        pytest.param(30, 40, 30, 40, id="the file has not changed"),
        pytest.param(30, 40, 50, 50, id="the file has changed"),
        pytest.param(30, 40, 40, 40, id="the file says what the board says"),
        pytest.param(24, 40, 24, 40, id="the file says what is usual"),
    ],
)
async def test_what_was_published_holds_until_the_file_says_something_new(
    tmp_path: Path, file_before: int, board: int, file_now: int, in_force: int
) -> None:
    file, database = tmp_path / "rules.yaml", f"sqlite://{tmp_path}/dingdan.db"
    settings = load({"DINGDAN_RULES_FILE": str(file), "DINGDAN_DATABASE_URL": database})
    async with open_store(database, Signals()) as store:
        file.write_text(f"max_age: {file_before}h\n", "utf-8")
        await load_directory(settings, store, NOW)
        await published(store, board)
        file.write_text(f"# a remark\nmax_age: {file_now}h\n", "utf-8")

        for _ in range(2):  # a start changes nothing for the next one
            directory = await load_directory(settings, store, NOW)
            assert directory.rules.current.max_age == timedelta(hours=in_force)
        file_at_last = f"max_age: {file_now}h\n"
        await published(store, 60)
        file.write_text(file_at_last, "utf-8")
        directory = await load_directory(settings, store, NOW)
        assert directory.rules.current.max_age == timedelta(hours=60)


async def test_a_file_that_was_stored_before_there_were_all_keys_is_no_new_one(tmp_path: Path) -> None:
    file, database = tmp_path / "rules.yaml", f"sqlite://{tmp_path}/dingdan.db"
    settings = load({"DINGDAN_RULES_FILE": str(file), "DINGDAN_DATABASE_URL": database})
    file.write_text("max_age: 30h\n", "utf-8")
    async with open_store(database, Signals()) as store:
        await keep(RULES, AGED % "30h", NOBODY, store, NOW)
        await published(store, 40)

        directory = await load_directory(settings, store, NOW)
    assert directory.rules.current.max_age == timedelta(hours=40)
