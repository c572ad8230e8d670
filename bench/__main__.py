"""Measures everything in one run and writes bench/RESULTS.md."""

import argparse
import sys
import tempfile
from contextlib import ExitStack

import uvloop

from bench import ingest, machine
from bench.report import ingest_section
from tests.servers import postgres_server


def main() -> None:
    """Run the command."""
    options = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    options.add_argument("subject", nargs="?", choices=["ingest"])
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seconds", type=float, default=3, help="of each measurement in a round")
    given = options.parse_args()
    tempfile.tempdir = str(machine.scratch())
    with ExitStack() as stack:
        databases = {"SQLite": None, "PostgreSQL": stack.enter_context(postgres_server(durable=True))}
        found = uvloop.run(ingest.measured(databases, given.rounds, given.seconds))
    sys.stdout.write("\n".join(ingest_section(found)) + "\n")


if __name__ == "__main__":
    main()
