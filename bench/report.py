"""How are the findings written down? As tables of ratios: absolute figures mean nothing elsewhere."""

from bench.ingest import KINDS
from bench.rounds import Rounds


def ingest_section(found: Rounds) -> list[str]:
    """The servers of each database beside the ORM."""
    names = [name for one in found.all[:1] for name in (*one.figures, *one.failures)]
    lines = [
        "| server | per request | min/s | median/s | ours to it, min | median |",
        "|---|---|---|---|---|---|",
    ]
    for kind in KINDS:
        for name in names:
            values = found.values(name, kind.name)
            if not values:
                continue
            database = name.rpartition(", ")[2] if ", " in name else "PostgreSQL"
            ratio = found.ratio(kind.name, f"ours, {database}", name)
            assert ratio
            lines.append(
                f"| {name} | {kind.per_request} | {min(values):,.0f} | {sorted(values)[len(values) // 2]:,.0f}"
                f" | {ratio.min:.2f} | {ratio.median:.2f} |"
            )
    return lines
