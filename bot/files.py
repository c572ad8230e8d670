from pathlib import Path

import yaml

from rules.bookfile import RuleBookFile
from rules.rosterfile import RosterFile


class FileError(Exception):
    faults: list[str] = []


class L(yaml.SafeLoader):
    pass


L.yaml_implicit_resolvers = {
    k: [
        r
        for r in v
        if r[0] not in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:int") or r[0].endswith("int")
    ]
    for k, v in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load_rule_book(p: Path) -> RuleBookFile:
    return RuleBookFile.model_validate(yaml.load(p.read_text(), L))


def load_roster(p: Path) -> RosterFile:
    return RosterFile.model_validate(yaml.load(p.read_text(), L))
