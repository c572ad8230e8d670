"""Measures ours beside its peers, all subjects or the named ones, and writes bench/RESULTS.md when it was all."""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import uvloop

from bench import machine
from bench.report import Section, report
from bench.subjects import SUBJECTS, Run
from tests.servers import postgres_server, redis_server

RESULTS = Path(__file__).with_name("RESULTS.md")


def main() -> None:
    """Run the command."""
    options = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    options.add_argument("subjects", nargs="*", metavar="subject", help=f"of {', '.join(SUBJECTS)}")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seconds", type=float, default=3, help="of each measurement in a round")
    options.add_argument("--orders", type=int, nargs="+", default=[10_000, 100_000], help="open orders")
    given = options.parse_args()
    unknown = set(given.subjects) - set(SUBJECTS)
    if unknown:
        options.error(f"no such subject: {', '.join(sorted(unknown))}")
    tempfile.tempdir = str(machine.scratch())
    with ExitStack() as stack:
        run = Run(
            rounds=given.rounds,
            seconds=given.seconds,
            sizes=sorted(given.orders),
            databases={"SQLite": None, "PostgreSQL": stack.enter_context(postgres_server(durable=True))},
            redis=stack.enter_context(redis_server()),
        )
        written = report(uvloop.run(sections(run, given.subjects or list(SUBJECTS))))
    if not given.subjects:
        RESULTS.write_text(written, "utf-8")
    sys.stdout.write(written)


async def sections(run: Run, subjects: Sequence[str]) -> list[Section]:
    """What each subject found, one after the other."""
    return [await SUBJECTS[name](run) for name in subjects]


if __name__ == "__main__":
    main()
