"""Runs a command with a database and a Redis beside it: given ones, throw-away ones, or SQLite and none.

    python -m hlom_portal.tests.servers python -m pytest

``DATABASE_URL`` and ``REDIS_URL`` are used when set. Otherwise PostgreSQL and Redis are started on free
ports in a temporary folder if their binaries are on the machine, and removed at the end. The first line
printed says which.
"""

import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

# initdb refuses root, so as root the servers run under the first of these accounts that exists.
_OTHER_ACCOUNTS = ("postgres", "nobody")
_DEBIAN_BINARIES = "/usr/lib/postgresql/*/bin"


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def find_binary(name: str) -> str | None:
    """The newest Debian binary of that name, or the one on the PATH."""
    if os.environ.get("HLOM_NO_DEBIAN_BINARIES"):
        return shutil.which(name)
    debian = sorted(glob.glob(f"{_DEBIAN_BINARIES}/{name}"), key=lambda path: int(path.split("/")[4]))
    return debian[-1] if debian else shutil.which(name)


def _account() -> str | None:
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in _OTHER_ACCOUNTS if name in names), None)


def _run(*command: str, account: str | None) -> None:
    # initdb and pg_ctl look at the current folder; another account may not read ours.
    subprocess.run(
        command, check=True, user=account, group=account and _group(account), cwd="/", stdout=subprocess.DEVNULL
    )


def _group(account: str) -> int:
    return pwd.getpwnam(account).pw_gid


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A throw-away PostgreSQL, tuned for tests (no fsync); yields its DATABASE_URL."""
    initdb, server = find_binary("initdb"), find_binary("postgres")
    if not initdb or not server:
        raise FileNotFoundError("initdb and postgres")
    account, port, data = _account(), free_port(), folder / "postgres"
    data.mkdir()
    if account:
        shutil.chown(data, account)
    _run(
        initdb, "-D", str(data), "-U", "portal", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", account=account
    )
    options = [
        "fsync=off",
        "full_page_writes=off",
        "max_connections=200",
        f"unix_socket_directories={data}",
        "listen_addresses=127.0.0.1",
    ]
    process = subprocess.Popen(
        [server, "-D", str(data), "-p", str(port), *(word for option in options for word in ("-c", option))],
        user=account,
        group=account and _group(account),
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for_port(port, process)
        yield f"postgres://portal@127.0.0.1:{port}/postgres"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """A throw-away Redis that keeps nothing; yields its REDIS_URL."""
    server = shutil.which("redis-server")
    if not server:
        raise FileNotFoundError("redis-server")
    port = free_port()
    process = subprocess.Popen(
        [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_for_port(port, process)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for_port(port: int, process: subprocess.Popen[bytes], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing answers on port {port}")


def _describe(name: str, given: bool, url: str | None) -> str:
    if url is None:
        return f"no {name}"
    return f"{name} ({'given' if given else 'throw-away'})"


def main(command: list[str]) -> int:
    """Starts what is missing, says so, runs the command, and returns its exit code."""
    given = {name: os.environ.get(name) for name in ("DATABASE_URL", "REDIS_URL")}
    urls = dict(given)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hlom-servers-")))
        folder.chmod(0o755)
        for name, start in (("DATABASE_URL", postgres), ("REDIS_URL", redis)):
            if not urls[name]:
                try:
                    urls[name] = stack.enter_context(start(folder))
                except FileNotFoundError as missing:
                    print(f"not on this machine: {missing}", file=sys.stderr)
        database = _describe("PostgreSQL", bool(given["DATABASE_URL"]), urls["DATABASE_URL"])
        broker = _describe("Redis", bool(given["REDIS_URL"]), urls["REDIS_URL"])
        print(f"Tests run on {database if urls['DATABASE_URL'] else 'SQLite'} and {broker}.", flush=True)
        environment = os.environ | {name: url for name, url in urls.items() if url}
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
