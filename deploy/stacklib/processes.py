"""Start, recognise and end processes.

A process is known by its id, its start time and the boot it belongs to, so that an id which the kernel gave to
somebody else in the meantime is never signalled.
"""

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Account:
    """The user that a server runs as, when that is not the caller."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Process:
    pid: int
    started: int
    boot: str


def boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def start_time(pid: int) -> int | None:
    """Clock ticks from boot to the start of `pid`; None when there is no such process or only its zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command name stands in brackets and may itself hold brackets and blanks.
    fields = stat[stat.rindex(")") + 2 :].split()
    return None if fields[0] in "ZX" else int(fields[19])


def identify(pid: int) -> Process | None:
    started = start_time(pid)
    return None if started is None else Process(pid, started, boot_id())


def alive(process: Process | None) -> bool:
    return process is not None and identify(process.pid) == process


def as_account(account: Account | None) -> dict[str, object]:
    """Arguments of `subprocess` that run a command as that user, without the caller's other groups."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def environment(account: Account | None) -> dict[str, str]:
    """The caller's environment less what would steer a server away from its own folder."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "NATS_"))}
    if account is not None:
        kept.update(HOME="/", USER=account.name, LOGNAME=account.name)
    return kept


def spawn(command: list[str], log: Path, account: Account | None = None, cwd: Path = Path("/")) -> Process:
    """Starts a server in a session of its own, so that Ctrl-C in the caller's terminal does not reach it."""
    with log.open("ab") as output:
        child = subprocess.Popen(  # type: ignore[call-overload]
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd=cwd,
            env=environment(account),
            **as_account(account),
        )
    return identify(child.pid) or Process(child.pid, 0, boot_id())


def send(process: Process | None, number: signal.Signals) -> bool:
    """Signals the process if it is still that one; False when it is gone."""
    if process is None or not alive(process):
        return False
    try:
        os.kill(process.pid, number)
    except ProcessLookupError:
        return False
    return True


def wait_gone(process: Process, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while alive(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def stop(process: Process | None, first: signal.Signals, seconds: float) -> None:
    """Asks politely, and after `seconds` no longer."""
    if process is None or not send(process, first):
        return
    # A paused process would never see the request.
    send(process, signal.SIGCONT)
    if not wait_gone(process, seconds):
        send(process, signal.SIGKILL)
        wait_gone(process, 10)


def tail(log: Path, lines: int = 12) -> str:
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return "(no log)"
