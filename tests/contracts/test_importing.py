"""An import means the same on either database."""

from pathlib import Path

from handlers.messages import Intake
from tests.bot.imports.desk import Desk

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


async def test_the_example_comes_in_once_and_is_watched_when_asked(url: str, tmp_path: Path) -> None:
    desk = Desk.at(tmp_path, DINGDAN_DATABASE_URL=url)
    files = EXAMPLES / "orders.csv", EXAMPLES / "import-map.yaml"
    dry = await desk.import_(*files, dry_run=True)
    assert await desk.rows("SELECT * FROM orders") == []
    first = await desk.import_(*files)
    assert dry.answers == first.answers == {Intake.ACCEPTED: 16}
    assert (first.rows, first.orders, len(first.faults), len(first.out_of_order)) == (6, 5, 1, 1)

    stored = await desk.everything()
    assert (await desk.import_(*files)).answers == {Intake.DUPLICATE: 16}
    assert await desk.everything() == stored
    assert stored["due"] == []
    assert await desk.rows("SELECT * FROM outlooks") == []

    await desk.import_(*files, live=True)
    assert [row["order_no"] for row in await desk.rows("SELECT order_no FROM due WHERE live")] == [
        "DB20251222-885"
    ]
    watched = await desk.rows("SELECT order_no FROM orders WHERE armed AND status = 'open' ORDER BY order_no")
    assert await desk.rows("SELECT order_no FROM outlooks ORDER BY order_no") == watched != []
