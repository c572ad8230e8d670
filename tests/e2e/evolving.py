"""What does the board look like where rules are changed? To be photographed: a lane that is tried, and a bad week."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from rules.reports import RehearsalState
from tests.deployment import Deployment
from tests.scenarios.pages import Reader, a_reader, own_link
from tests.scenarios.shop import Shop, a_shop
from tests.scenarios.test_causes import LAST_WEEK, a_bad_week
from tests.scenarios.test_experiments import counted, drafted, taken_over
from tests.scenarios.test_proposals import a_shop_with_history
from tests.scenarios.test_rehearsals import comes_to
from tests.scenarios.test_rules_page import TEAM
from tests.scenarios.test_weekly_report import a_monday_later

LANE: dict[str, Any] = {
    "lanes": [
        {
            "name": "618 大促",
            "match": {"field": "tags", "op": "contains", "value": "618"},
            "stages": {"picking": {"limits": [{"when": "not_started", "after": "20m"}], "priority": "P1"}},
        }
    ]
}
Scene = tuple[Shop, Mapping[str, str]]
"""A shop, and the addresses that show it, by what their pictures are called."""


@asynccontextmanager
async def a_lane_is_tried(on: Deployment) -> AsyncGenerator[Scene]:
    """A promotion lane was drafted and rehearsed over a short history, and a tenth of the orders go by it."""
    async with a_shop(on, roster=TEAM) as shop, a_reader(shop) as reader:
        await _some_history(shop)
        await reader.opens(await own_link(shop, "wuyue"))
        draft = await drafted(shop, LANE, "618 大促")
        rehearsal = await _rehearsed(shop, reader, draft)
        await reader.opens("/experiments")
        await reader.submits("start", draft=draft, goals="reached")
        (row,) = await shop.rows("SELECT id FROM experiments")
        await taken_over(shop)
        await counted(shop, row["id"], {"reached": 231}, {"reached": 203})
        yield (
            shop,
            {
                "rules": "/rules",
                "draft": f"/rules/drafts/{draft}",
                "lane": f"/rules/drafts/{draft}?part=lane&at=0",
                "rehearsals": "/rehearsals",
                "rehearsal": f"/rehearsals/{rehearsal}",
                "experiments": "/experiments",
                "experiment": f"/experiments/{row['id']}",
            },
        )


async def _some_history(shop: Shop) -> None:
    """Eight orders, half of them of the promotion; not all were picked in time."""
    for number in range(8):
        await shop.created(f"DB{number}", tags=["618"] if number % 2 else [], amount_fen=60_000)
        for stage in ("payment", "confirm"):
            await shop.stage(f"DB{number}", stage, "completed")
    await shop.passes(minutes=30)
    for number in range(4):
        await shop.stage(f"DB{number}", "picking", "started")
    await shop.passes(hours=1)


async def _rehearsed(shop: Shop, reader: Reader, draft: str) -> str:
    await reader.opens("/rehearsals")
    await reader.submits("ask", book=f"draft:{draft}", against="1")
    (row,) = await shop.rows("SELECT id FROM rehearsals")
    await comes_to(shop, row["id"], RehearsalState.DONE, RehearsalState.FAILED)
    return row["id"]


@asynccontextmanager
async def a_bad_week_is_looked_into(on: Deployment) -> AsyncGenerator[Scene]:
    """A new carrier did not come to the suburbs: its cause, the evidence, what was decided, and the week's report."""
    async with a_shop(on, roster=TEAM) as shop, a_bad_week(shop), a_reader(shop) as reader:
        await reader.opens(await own_link(shop, "wangwu"))
        for week in ("2026-02-16", LAST_WEEK):
            await reader.opens(f"/causes?week={week}")
            await reader.submits("find")
        (found,) = (await _json(reader, f"/api/causes?week={LAST_WEEK}"))["causes"][:1]
        cause = f"reason={found['reason']}"
        await reader.opens(f"/decisions?cause={cause}")
        today = shop.clock.now().date()
        await reader.submits(
            "write",
            text="郊区改派另一家承运商，先试两周",
            about="cause",
            cause=cause,
            expected="reason_share",
            owner="lisi",
            day=str(today),
            look_on=str(today + timedelta(weeks=2)),
        )
        await a_monday_later(shop, timedelta())
        yield (
            shop,
            {
                "causes": f"/causes?week={LAST_WEEK}",
                "evidence": f"/evidence?{cause}&since={LAST_WEEK}&until=2026-03-01",
                "decisions": "/decisions",
                "decision": "/decisions/1",
                "reports": "/reports",
                "report": "/reports/2026-W09",
            },
        )


async def _json(reader: Reader, path: str) -> Any:
    async with reader.http.get(f"{reader.shop.address}{path}") as response:
        return await response.json()


@asynccontextmanager
async def limits_are_proposed(on: Deployment) -> AsyncGenerator[Scene]:
    """A quarter of orders has been looked at."""
    async with a_shop_with_history(on) as shop:
        yield shop, {"proposals": "/proposals"}


SCENES = (a_lane_is_tried, a_bad_week_is_looked_into, limits_are_proposed)
