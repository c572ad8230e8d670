"""`dingdan` that dies of `take.…` only where an alert is folded: python -m tests.chaos.folding."""

import runpy
from datetime import datetime

from bot import failpoints
from handlers import leaving, overflow
from handlers.outbox import Letter, Taken
from handlers.ports import Work
from handlers.world import World

arm_now, fold = failpoints.arm, overflow.fold
held: list[str | None] = []


def arm(name: str | None) -> None:
    if name and name.startswith("take."):
        held.append(name)
    else:
        arm_now(name)


async def fold_and_arm(work: Work, world: World, taken: Taken, now: datetime) -> list[Letter]:
    folded = await fold(work, world, taken, now)
    if folded and held:
        arm_now(held.pop())
    return folded


failpoints.arm = arm
leaving.fold = fold_and_arm
runpy.run_module("bot", run_name="__main__", alter_sys=True)
