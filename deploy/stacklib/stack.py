"""Up, down, status and env over all servers of one folder. Callers hold the folder's lock."""

import contextlib
import shutil
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from . import nats, ports, postgres, watch
from .processes import Process, alive, stop, tail
from .report import WRONG_USE, StackError, say
from .state import Folder, State

READY_SECONDS = 60
# Another stack, or anything else, may take a port between our look and the server's bind.
ATTEMPTS = 4
PORT_TAKEN = "address already in use"
# After a kill -9 the backends of the old server hold its shared memory for a moment.
STILL_ENDING = ("pre-existing shared memory block", 'lock file "postmaster.pid" already exists')


@dataclass(frozen=True)
class Wish:
    """What `up` was asked for; None leaves the choice to what the folder remembers."""

    nodes: int | None = None
    postgres: bool | None = None
    durable: bool | None = None
    fast: bool | None = None
    secure: bool | None = None
    temporary: bool = False
    owner: int | None = None


def up(folder: Folder, wish: Wish) -> bool:
    """Starts what is not running; False when all of it was."""
    known = folder.load()
    state = known or State()
    apply(state, wish, first=known is None)
    missing = [name for name in state.servers() if not running(state, name)]
    if missing:
        start_all(folder, state, missing)
    if wish.owner is not None and not alive(state.processes.get("watch")):
        state.processes["watch"] = watch.start(folder, wish.owner)
    folder.save(state)
    return bool(missing)


def apply(state: State, wish: Wish, first: bool) -> None:
    """A folder's shape is settled at its first start, how careful it is with the disk at each cold start."""
    for what in ("nodes", "postgres", "secure"):
        wanted = getattr(wish, what)
        if wanted is None:
            continue
        if not first and wanted != getattr(state, what):
            raise StackError(
                f"this folder has {what} = {getattr(state, what)}: use another --dir, or down --wipe first", WRONG_USE
            )
        setattr(state, what, wanted)
    for what in ("durable", "fast"):
        wanted = getattr(wish, what)
        if wanted is None or wanted == getattr(state, what):
            continue
        if any(running(state, name) for name in state.servers()):
            raise StackError(
                f"it runs with {what} = {getattr(state, what)}: take it down first to change that", WRONG_USE
            )
        setattr(state, what, wanted)
    state.temporary = state.temporary or wish.temporary


def running(state: State, name: str) -> bool:
    return alive(state.processes.get(name))


def start_all(folder: Folder, state: State, names: list[str]) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        assign_ports(state)
        try:
            for name in names:
                if not running(state, name):
                    launch(folder, state, name)
            wait_ready(folder, state, names)
            return
        except PortTakenError as taken:
            if attempt == ATTEMPTS:
                raise StackError(f"no free port could be held in {ATTEMPTS} tries") from taken
            stop_all(state, names)
            state.ports.clear()
        except StackError:
            stop_all(state, names)
            folder.save(state)
            raise


class PortTakenError(Exception):
    """Somebody else listens where a server of ours wanted to."""


def assign_ports(state: State) -> None:
    """Keeps the ports of last time, unless nothing of ours runs and somebody else took one."""
    wanted = nats.port_names(state) + (["postgres"] if state.postgres else [])
    stopped = [name for name in wanted if not running(state, name.split(".")[0])]
    taken = [name for name in stopped if name in state.ports and not ports.free(state.ports[name])]
    if taken and len(stopped) < len(wanted):
        raise StackError(f"port {state.ports[taken[0]]} of {taken[0]} is taken by another process: down, then up")
    if taken:
        say(f"port {state.ports[taken[0]]} is taken by another process: choosing new ones")
        state.ports.clear()
    fresh = [name for name in wanted if name not in state.ports]
    state.ports.update(zip(fresh, ports.choose(len(fresh)), strict=True))


def launch(folder: Folder, state: State, name: str) -> None:
    say(f"starting {'PostgreSQL' if name == 'postgres' else f'NATS {name}'}")
    log_of(folder, name).unlink(missing_ok=True)
    state.processes[name] = postgres.start(folder, state) if name == "postgres" else nats.start(folder, state, name)
    # Saved before it is ready: an `up` that dies here must not leave a server that nobody remembers.
    folder.save(state)


def wait_ready(folder: Folder, state: State, names: list[str]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    for name in names:
        while not ready(state, name):
            if not running(state, name):
                revive(folder, state, name)
            if time.monotonic() > deadline:
                raise StackError(f"{name} was not ready after {READY_SECONDS} s:\n{tail(log_of(folder, name))}")
            time.sleep(0.05)


def revive(folder: Folder, state: State, name: str) -> None:
    """A server that ended at once: tells why, or tries again where waiting helps."""
    told = tail(log_of(folder, name), 40)
    if PORT_TAKEN in told.lower():
        raise PortTakenError
    if name == "postgres" and any(reason in told for reason in STILL_ENDING):
        time.sleep(0.3)
        state.processes[name] = postgres.start(folder, state)
        folder.save(state)
        return
    raise StackError(f"{name} ended at once:\n{told}")


def ready(state: State, name: str) -> bool:
    if not running(state, name):
        return False
    return postgres.ready(state) if name == "postgres" else nats.ready(state, name)


def log_of(folder: Folder, name: str) -> Path:
    return postgres.log(folder) if name == "postgres" else nats.log(folder, name)


def stop_one(state: State, name: str) -> None:
    process: Process | None = state.processes.get(name)
    # SIGINT is PostgreSQL's fast shutdown: SIGTERM would wait for every client to leave.
    stop(process, signal.SIGINT if name == "postgres" else signal.SIGTERM, 30)


def stop_all(state: State, names: list[str]) -> None:
    for name in reversed(names):
        stop_one(state, name)
        state.processes.pop(name, None)


def down(folder: Folder, wipe: bool) -> bool:
    """Ends what this folder started; False when nothing ran."""
    state = folder.load()
    if state is None:
        return False
    ran = any(running(state, name) for name in state.servers())
    stop_all(state, state.servers())
    watch.end(state.processes.pop("watch", None))
    folder.save(state)
    if wipe or state.temporary:
        remove(folder)
    return ran


def remove(folder: Folder) -> None:
    """Takes away what a stack writes and nothing else that lies in the folder."""
    postgres.wipe(folder)
    for name in ("nats", "certificates", "nkeys", "passwords"):
        shutil.rmtree(folder.path / name, ignore_errors=True)
    for name in ("postgres.log", "watch.log", "state.json", "secrets.json", "lock"):
        (folder.path / name).unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        folder.path.rmdir()


def addresses(folder: Folder, state: State, service: str | None = None) -> dict[str, str]:
    """What `env` prints: everything a service or a test needs to connect."""
    if state.secure:
        return least_rights(folder, state, service or "cli")
    found = {"NATS_URL": nats.url(folder, state, "app"), "NATS_ADMIN_URL": nats.url(folder, state, "admin")}
    if state.postgres:
        found["DATABASE_URL"] = postgres.url(folder, state)
    if state.nodes > 1:
        found["NABIJ_REPLICAS"] = str(state.nodes)
    return found


def least_rights(folder: Folder, state: State, service: str) -> dict[str, str]:
    """Where one service of a secure stack connects and as whom; secrets are named, not shown."""
    shown = {"CA_FILE": "ca.pem", "CERT_FILE": "client.pem", "KEY_FILE": "client.key"}
    found = {
        "NATS_URL": nats.url(folder, state, service),
        "NABIJ_LOG__USER": service,
        "NABIJ_LOG__NKEY_FILE": str(folder.nkeys / f"{service}.nk"),
        **{f"NABIJ_LOG__{key}": str(folder.certificates / file) for key, file in shown.items()},
    }
    if state.postgres:
        # The administrator of the log is the owner of the views.
        role = "nabij" if service == "admin" else f"nabij_{service}"
        found["DATABASE_URL"] = postgres.url(folder, state, role)
        found["NABIJ_DATABASE__PASSWORD_FILE"] = str(postgres.password_file(folder, role))
        found["NABIJ_DATABASE__CA_FILE"] = str(folder.certificates / "ca.pem")
    if state.nodes > 1:
        found["NABIJ_LOG__REPLICAS"] = str(state.nodes)
    return found
