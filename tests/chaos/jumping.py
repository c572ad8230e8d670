"""`dingdan` on a machine whose clock is wrong by so many seconds as a file says: python -m tests.chaos.jumping."""

import os
import runpy
import time
from pathlib import Path

WRONG_BY = Path(os.environ["WRONG_BY"])
right_time_ns = time.time_ns


def time_ns() -> int:
    return right_time_ns() + int(float(WRONG_BY.read_text()) * 1e9)


time.time_ns = time_ns
time.time = lambda: time_ns() / 1e9
runpy.run_module("bot", run_name="__main__", alter_sys=True)
