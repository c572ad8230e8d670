"""The bench takes its own measure in a moment: each subject of ours runs, and its report can be read."""

import pytest

from bench import callback, check, ingest, machine, targets
from bench.memory import Cost
from bench.report import Section, report

pytestmark = pytest.mark.processes

ON_SQLITE = {"SQLite": None}


@pytest.fixture(autouse=True)
def _short_glances(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "GLANCE", 0.02)


async def test_events_are_taken_in_beside_spoilt_ones() -> None:
    found = await ingest.measured(ON_SQLITE, rounds=1, seconds=0.1, programs_on={"SQLite": ["ours"]})

    written = report([
        Section(
            title="(a)",
            rounds=[found],
            figures=[ingest.BATCH.name],
            ours=lambda _: "ours, SQLite",
            targets=targets.of_ingest(found),
        )
    ])  # fmt: skip
    assert not found.all[0].failures
    assert "| nothing |" in written
    assert "| ours, SQLite |" in written
    assert "ours to ORM one by one | ≥ 25 | | | not measured |" in written
    assert found.ratios(("ours, SQLite", ingest.spoilt_name(ingest.SINGLE)), ("nothing", ingest.SINGLE.name))


async def test_callbacks_are_taken_in() -> None:
    found = await callback.measured(ON_SQLITE, "", rounds=1, seconds=0.1, servers=[callback.OURS])

    assert not found.all[0].failures
    assert found.values(callback.OURS.name, callback.PER_SECOND)[0] > 0


async def test_nothing_is_due_when_the_clock_is_looked_at() -> None:
    found = await check.measured(ON_SQLITE, [10], rounds=1, seconds=0.1, ways=[check.ON_SQLITE])

    assert not found.all[0].failures
    assert found.values("ours, SQLite, 10", check.MS)[0] > 0


def test_a_section_without_rounds_has_its_targets_and_notes() -> None:
    costs = [
        Cost(open_orders=size, due_bytes_per_row=60.0, process_bytes=100_000_000 + 2 * size)
        for size in (10, 1000)
    ]

    written = report([
        Section(
            title="(e)",
            rounds=[],
            figures=[],
            ours=str,
            targets=targets.of_memory(costs),
            notes=["None was lost."],
        )
    ])  # fmt: skip

    assert (
        "| (e) | growth of the process from 10 to 1,000 open, bytes per order | ≤ 5 | 2 | 2 | met |"
        in written
    )
    assert "- None was lost." in written
