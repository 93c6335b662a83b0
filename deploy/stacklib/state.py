"""What a stack remembers in its folder between two commands."""

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .processes import Process
from .report import say

ROOT = Path(__file__).resolve().parents[2]
PASSWORDS = ("app", "admin", "route", "postgres")
# Of PostgreSQL, in deploy/sql/roles.sql: the owner, then who runs the services.
ROLES = ("nabij", "nabij_projector", "nabij_alerts", "nabij_api", "nabij_cli")


@dataclass
class State:
    nodes: int = 1
    postgres: bool = True
    durable: bool = False
    fast: bool = False
    secure: bool = False
    temporary: bool = False
    ports: dict[str, int] = field(default_factory=dict)
    processes: dict[str, Process] = field(default_factory=dict)

    def servers(self) -> list[str]:
        """Names of the servers, in the order in which they start."""
        nodes = [f"n{number}" for number in range(1, self.nodes + 1)]
        return nodes + (["postgres"] if self.postgres else [])


@dataclass(frozen=True)
class Folder:
    """Where things are: state.json, secrets.json, lock, nats/n1..., postgres/; a secure stack also has
    certificates/, nkeys/ and passwords/."""

    path: Path

    def nats(self, name: str) -> Path:
        return self.path / "nats" / name

    @property
    def postgres(self) -> Path:
        return self.path / "postgres"

    @property
    def certificates(self) -> Path:
        return self.path / "certificates"

    @property
    def nkeys(self) -> Path:
        return self.path / "nkeys"

    @property
    def digest(self) -> str:
        return hashlib.sha256(str(self.path).encode()).hexdigest()[:12]

    def load(self) -> State | None:
        try:
            read = json.loads((self.path / "state.json").read_text())
        except FileNotFoundError:
            return None
        read["processes"] = {name: Process(**known) for name, known in read["processes"].items()}
        return State(**read)

    def save(self, state: State) -> None:
        write_private(self.path / "state.json", json.dumps(asdict(state), indent=2) + "\n")

    def passwords(self) -> dict[str, str]:
        """Made once per folder. They start with a letter: NATS reads a bare leading digit as a number."""
        path = self.path / "secrets.json"
        if not path.exists():
            made = {name: "p" + secrets.token_hex(16) for name in (*PASSWORDS, *ROLES)}
            write_private(path, json.dumps(made, indent=2) + "\n")
        known: dict[str, str] = json.loads(path.read_text())
        return known


def write_private(path: Path, text: str) -> None:
    """Whole or not at all, readable by its owner only."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    partial.replace(path)


@contextlib.contextmanager
def locked(path: Path, what: str) -> Iterator[None]:
    """One command at a time on `path`; the others wait. The kernel lets go when the holder dies."""
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say(f"another command works on {what}; waiting for it")
                fcntl.flock(file, fcntl.LOCK_EX)
            # A `down --wipe` may have removed the file while we waited: then the lock that we hold is nobody's.
            if path.exists() and path.stat().st_ino == os.fstat(file.fileno()).st_ino:
                yield
                return
