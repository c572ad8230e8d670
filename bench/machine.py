"""What is the ground under the figures? Only figures of one run on one machine can be compared."""

import os
import platform
import time
from pathlib import Path
from tempfile import NamedTemporaryFile


def description() -> str:
    """The machine in a line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}"
    )


def scratch() -> Path:
    """A folder on the disk that is measured; the one for temporary files may be memory."""
    folder = Path("var")
    folder.mkdir(exist_ok=True)
    return folder.resolve()


def syncs_per_second(seconds: float) -> float:
    """How often the disk makes 4 KiB durable."""
    block, done = os.urandom(4096), 0
    with NamedTemporaryFile(dir=scratch()) as file:
        began = time.perf_counter()
        while time.perf_counter() < began + seconds:
            file.write(block)
            file.flush()
            os.fdatasync(file.fileno())
            done += 1
        return done / (time.perf_counter() - began)
