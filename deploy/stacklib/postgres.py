"""The PostgreSQL server of a stack.

It listens on the loopback address only and has no Unix socket, whose path must be short while the folder may be
deep. Two roles: `postgres`, its superuser, and `nabij`, which owns the database `nabij` and may create others.
"""

import os
import pwd
import shutil
import socket
import struct
import subprocess
import tempfile
from pathlib import Path

from . import postgres_binary
from .processes import Account, Process, as_account, environment, spawn
from .report import StackError, say
from .state import Folder, State

# Where the data goes when the server's user cannot reach the stack's folder; that folder then holds a link.
ELSEWHERE = Path("/var/lib/nabij-stack")

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    # The queries are short: compiling them costs more than it gives.
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%a ",
    # A statement may hold what a log must not.
    "log_min_error_statement": "panic",
    "log_statement": "none",
}
# All of it can be made again from the log, and a test's data is not worth an fsync.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def account() -> Account | None:
    """PostgreSQL refuses to run as root: then it runs as `postgres`, or as a system user made for it."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nabij-postgres"):
        try:
            known = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, known.pw_uid, known.pw_gid)
    say("creating the system user nabij-postgres, since PostgreSQL does not run as root")
    create = ["useradd", "--system", "--no-create-home", "--home-dir", "/", "--user-group", "nabij-postgres"]
    done = subprocess.run(create, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise StackError(f"could not create a user for PostgreSQL: {done.stderr.strip()}")
    return account()


def start(folder: Folder, state: State) -> Process:
    programs = postgres_binary.find()
    user = account()
    data = prepare(folder, programs, user)
    chosen = SETTINGS | (FAST if state.fast else {}) | {"port": str(state.ports["postgres"])}
    options = [word for key, value in chosen.items() for word in ("-c", f"{key}={value}")]
    return spawn([str(programs / "postgres"), "-D", str(data), *options], log(folder), user)


def log(folder: Folder) -> Path:
    return folder.path / "postgres.log"


def prepare(folder: Folder, programs: Path, user: Account | None) -> Path:
    """The data folder, made at the first start; a half-made one of an interrupted start is thrown away."""
    place(folder, user)
    data = folder.postgres.resolve() / "data"
    if (data / "nabij.complete").exists():
        return data
    shutil.rmtree(data, ignore_errors=True)
    say(f"creating a PostgreSQL {postgres_binary.version(programs)} database folder")
    initialise(data, programs, user, folder.passwords())
    (data / "nabij.complete").touch()
    return data


def place(folder: Folder, user: Account | None) -> None:
    if folder.postgres.exists():
        return
    # A link whose target is gone.
    folder.postgres.unlink(missing_ok=True)
    if user is None or reaches(user, folder.path):
        folder.postgres.mkdir()
        target = folder.postgres
    else:
        target = ELSEWHERE / folder.digest
        say(f"{user.name} cannot reach {folder.path}: the database lies in {target}, with a link to it")
        target.mkdir(parents=True, exist_ok=True)
        folder.postgres.symlink_to(target)
    if user is not None:
        os.chown(target, user.uid, user.gid)


def reaches(user: Account, path: Path) -> bool:
    look = ["sh", "-c", 'cd -- "$1"', "sh", str(path)]
    return subprocess.run(look, capture_output=True, cwd="/", check=False, **as_account(user)).returncode == 0  # type: ignore[call-overload, no-any-return]


def initialise(data: Path, programs: Path, user: Account | None, words: dict[str, str]) -> None:
    with tempfile.NamedTemporaryFile("w", prefix="nabij-") as secret:
        secret.write(words["postgres"])
        secret.flush()
        if user is not None:
            os.chown(secret.name, user.uid, user.gid)
        options = ["--no-sync", "--no-locale", "--encoding=UTF8", "--auth=scram-sha-256", "--username=postgres"]
        run([str(programs / "initdb"), *options, f"--pwfile={secret.name}", "-D", str(data)], user)
    # The single-user mode needs neither a port nor a client program.
    statements = f"CREATE ROLE nabij LOGIN CREATEDB PASSWORD '{words['nabij']}'\nCREATE DATABASE nabij OWNER nabij\n"
    run([str(programs / "postgres"), "--single", "-D", str(data), "postgres"], user, statements)


def run(command: list[str], user: Account | None, text: str | None = None) -> None:
    done = subprocess.run(  # type: ignore[call-overload]
        command,
        input=text,
        capture_output=True,
        text=True,
        cwd="/",
        env=environment(user),
        check=False,
        **as_account(user),
    )
    if done.returncode != 0 or "ERROR" in done.stderr:
        raise StackError(f"{Path(command[0]).name} failed:\n{done.stderr.strip()}")


def ready(state: State) -> bool:
    """True when the server would go on to ask a password: while it recovers it answers with an error instead."""
    startup = struct.pack("!i", 196608) + b"user\0nabij\0database\0nabij\0\0"
    try:
        with socket.create_connection(("127.0.0.1", state.ports["postgres"]), timeout=2) as connection:
            connection.sendall(struct.pack("!i", len(startup) + 4) + startup)
            return connection.recv(1) == b"R"
    except OSError:
        return False


def url(folder: Folder, state: State) -> str:
    return f"postgres://nabij:{folder.passwords()['nabij']}@127.0.0.1:{state.ports['postgres']}/nabij"


def wipe(folder: Folder) -> None:
    """Removes the data, also where it lies elsewhere; follows no link that this module did not make."""
    if folder.postgres.is_symlink():
        if folder.postgres.readlink() == ELSEWHERE / folder.digest:
            shutil.rmtree(ELSEWHERE / folder.digest, ignore_errors=True)
        folder.postgres.unlink()
    else:
        shutil.rmtree(folder.postgres, ignore_errors=True)
