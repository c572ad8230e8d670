"""The program that dingdan is started from hundreds of times: it has imported all of it, and forks: python -m tests.processes.template FD.

What comes over the socket `FD` is one byte and a socket for each command. Over that comes what to start, a line of
JSON, and back go its process and, in time, its exit code, a line each. Whoever hangs up `FD` ends the template.
"""

import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
import time
from typing import TypedDict

IMPORTED = (
    "bot.running",
    "bot.app",
    "bot.playing",
    "bot.checkup",
    "bot.sandbox.server",
    "asyncpg",
    "aiosqlite",
)


class Wish(TypedDict):
    """What to start: `python -m module arguments…` in a folder, with what is in its environment and where it writes."""

    module: str
    arguments: list[str]
    folder: str
    environment: dict[str, str]
    log: str


def serve(control: socket.socket) -> None:
    """Fork for whoever asks."""
    while True:
        asked, received, _, _ = socket.recv_fds(control, 1, 1)
        if not asked:
            return
        if os.fork() == 0:
            control.close()
            keep(socket.socket(fileno=received[0]))
            return
        os.close(received[0])


def keep(asking: socket.socket) -> None:
    """Be the parent of one command, and tell what became of it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    wish: Wish = json.loads(asking.makefile().readline())
    child = os.fork()
    if child == 0:
        asking.close()
        become(wish)
        return
    asking.sendall(f"{child}\n".encode())
    _, status = os.waitpid(child, 0)
    asking.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def become(wish: Wish) -> None:
    """Run it as if it had just been started."""
    output = os.open(wish["log"], os.O_WRONLY | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(output, stream)
    os.close(output)
    os.chdir(wish["folder"])
    os.environ.clear()
    os.environ.update(wish["environment"])
    time.tzset()
    sys.argv = [wish["module"], *wish["arguments"]]
    runpy.run_module(wish["module"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for name in IMPORTED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    serve(socket.socket(fileno=int(sys.argv[1])))
