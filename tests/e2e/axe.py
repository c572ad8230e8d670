"""Can everybody use a page? What axe-core finds wrong with it, in the browser."""

from pathlib import Path
from typing import Any

from playwright.async_api import Page

AXE = Path(__file__).parent.parent / "independent" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = {"serious", "critical"}
RUN = """axe.run({resultTypes: ["violations"]}).then(
    found => ({held: found.passes.length, violations: found.violations})
)"""
"""Of the rules that hold only the number: a third of the time."""


async def no_serious_findings(page: Page) -> None:
    """Fail with every serious finding: its rule, and where it is. Our own policy would not let axe in by a tag."""
    assert AXE.exists(), "axe-core is missing: make tests/independent/node_modules/.package-lock.json"
    await page.evaluate(AXE.read_text("utf-8"))
    found: dict[str, Any] = await page.evaluate(RUN)
    serious = [
        (violation["id"], [node["target"] for node in violation["nodes"]])
        for violation in found["violations"]
        if violation["impact"] in SERIOUS
    ]
    assert found["held"], "axe has looked at nothing"
    assert serious == []
