"""How is a rule book written as a file? So that `bot.yamltree` reads back what was written."""

from collections.abc import Mapping
from typing import Any

import yaml

WIDTH = 110


def as_yaml(tree: Mapping[str, Any], *remarks: str) -> str:
    """The values as YAML, behind remarks of a line each."""
    text = yaml.safe_dump(dict(tree), allow_unicode=True, sort_keys=False, width=WIDTH) if tree else ""
    return "".join(f"# {remark}\n" for remark in remarks) + text
