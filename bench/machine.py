"""What is the ground under the figures? Only figures of one run on one machine can be compared."""

import asyncio
import os
import platform
import socket
import time
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Thread

GLANCE = 0.5
"""Seconds of a look at a ceiling."""


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


def round_trips_per_second(seconds: float) -> float:
    """How often 64 bytes go to a neighbour on loopback and come back."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        echo = Thread(target=_echo, args=(listener,), daemon=True)
        echo.start()
        with socket.create_connection(listener.getsockname()) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            done, began = 0, time.perf_counter()
            while time.perf_counter() < began + seconds:
                connection.sendall(bytes(64))
                connection.recv(64)
                done += 1
            took = time.perf_counter() - began
        echo.join()
    return done / took


def _echo(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while received := connection.recv(64):
            connection.sendall(received)


async def _syncs() -> float:
    return await asyncio.to_thread(syncs_per_second, GLANCE)


async def _round_trips() -> float:
    return await asyncio.to_thread(round_trips_per_second, GLANCE)


CEILINGS = {"fsyncs": _syncs, "loopback round trips": _round_trips}
"""What the machine does in a second, looked at between rounds: where it moved, somebody else was at work."""
