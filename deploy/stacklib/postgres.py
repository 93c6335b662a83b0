"""The PostgreSQL server of a stack.

It listens on the loopback address only and has no Unix socket, whose path must be short while the folder may be
deep. Its roles: `postgres`, the superuser, and those of deploy/sql/roles.sql. In a stack that is not secure, `nabij`,
which owns the database `nabij`, may create others too.
"""

import os
import pwd
import shutil
import socket
import struct
import subprocess
import tempfile
from pathlib import Path

from . import certificates, postgres_binary
from .nats import LOOPBACK
from .processes import Account, Process, as_account, environment, spawn
from .report import StackError, say
from .state import ROLES, ROOT, Folder, State, write_private

# Where the data goes when the server's user cannot reach the stack's folder; that folder then holds a link.
ELSEWHERE = Path("/var/lib/nabij-stack")
SQL = ROOT / "deploy" / "sql"

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
    data = prepare(folder, state, programs, user)
    chosen = SETTINGS | (FAST if state.fast else {}) | {"port": str(state.ports["postgres"])}
    if state.secure:
        chosen |= encrypted(folder, data, user)
    options = [word for key, value in chosen.items() for word in ("-c", f"{key}={value}")]
    return spawn([str(programs / "postgres"), "-D", str(data), *options], log(folder), user)


def log(folder: Folder) -> Path:
    return folder.path / "postgres.log"


def encrypted(folder: Folder, data: Path, user: Account | None) -> dict[str, str]:
    """Nobody comes in without TLS."""
    certificates.make(folder.certificates, LOOPBACK)
    for file in ("ca.pem", "postgres.pem", "postgres.key"):
        shutil.copy2(folder.certificates / file, data / file)
        own(data / file, user)
    rules = data / "pg_hba.conf"
    rules.write_text("hostssl all all 127.0.0.1/32 scram-sha-256\n")
    own(rules, user)
    files = {"ssl_cert_file": "postgres.pem", "ssl_key_file": "postgres.key", "ssl_ca_file": "ca.pem"}
    return {"ssl": "on", "ssl_min_protocol_version": "TLSv1.3", **files}


def own(file: Path, user: Account | None) -> None:
    if user is not None:
        os.chown(file, user.uid, user.gid)


def prepare(folder: Folder, state: State, programs: Path, user: Account | None) -> Path:
    """The data folder, made at the first start; a half-made one of an interrupted start is thrown away."""
    place(folder, user)
    data = folder.postgres.resolve() / "data"
    if (data / "nabij.complete").exists():
        return data
    shutil.rmtree(data, ignore_errors=True)
    say(f"creating a PostgreSQL {postgres_binary.version(programs)} database folder")
    initialise(data, programs, user, folder.passwords())
    if not state.secure:
        # Each test has a database of its own.
        single(data, programs, user, "postgres", "ALTER ROLE nabij CREATEDB;\n\n")
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
    passwords = "".join(f"ALTER ROLE {role} PASSWORD '{words[role]}';\n\n" for role in ROLES)
    single(data, programs, user, "postgres", (SQL / "roles.sql").read_text() + passwords)
    single(data, programs, user, "nabij", (SQL / "rights.sql").read_text())


def single(data: Path, programs: Path, user: Account | None, database: str, statements: str) -> None:
    """The single-user mode needs neither a port nor a client program; `-j` lets a statement have several lines."""
    run([str(programs / "postgres"), "--single", "-j", "-D", str(data), database], user, statements)


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
    """True when the server would go on to ask a password, or says that it wants TLS first: while it recovers it answers
    with another error."""
    startup = struct.pack("!i", 196608) + b"user\0nabij\0database\0nabij\0\0"
    try:
        with socket.create_connection(("127.0.0.1", state.ports["postgres"]), timeout=2) as connection:
            connection.sendall(struct.pack("!i", len(startup) + 4) + startup)
            answer = connection.recv(1024)
            return answer[:1] == b"R" or b"C28000\0" in answer
    except OSError:
        return False


def password_file(folder: Folder, role: str) -> Path:
    """The role's password in a file of its own, as a service reads it."""
    file = folder.path / "passwords" / role
    if not file.exists():
        file.parent.mkdir(exist_ok=True, mode=0o700)
        write_private(file, folder.passwords()[role] + "\n")
    return file


def url(folder: Folder, state: State, role: str = "nabij") -> str:
    if state.secure:
        return f"postgres://{role}@127.0.0.1:{state.ports['postgres']}/nabij?sslmode=require"
    return f"postgres://nabij:{folder.passwords()['nabij']}@127.0.0.1:{state.ports['postgres']}/nabij"


def wipe(folder: Folder) -> None:
    """Removes the data, also where it lies elsewhere; follows no link that this module did not make."""
    if folder.postgres.is_symlink():
        if folder.postgres.readlink() == ELSEWHERE / folder.digest:
            shutil.rmtree(ELSEWHERE / folder.digest, ignore_errors=True)
        folder.postgres.unlink()
    else:
        shutil.rmtree(folder.postgres, ignore_errors=True)
