"""Ends a stack when the process that wanted it is gone, also when that was killed and could not say goodbye."""

import os
import signal
import sys
import time
from pathlib import Path

from .processes import Process, alive, identify, spawn, stop
from .report import WRONG_USE, StackError
from .state import ROOT, Folder

LOOK_SECONDS = 0.5


def start(folder: Folder, owner: int) -> Process:
    known = identify(owner)
    if known is None:
        raise StackError(f"there is no process {owner} to watch", WRONG_USE)
    command = [sys.executable, str(ROOT / "deploy" / "stack"), "watch", "--dir", str(folder.path)]
    return spawn(
        [*command, "--owner", str(owner), "--started", str(known.started)], folder.path / "watch.log", cwd=Path("/")
    )


def wait(owner: int, started: int) -> None:
    while (known := identify(owner)) is not None and known.started == started:
        time.sleep(LOOK_SECONDS)


def end(process: Process | None) -> None:
    """The watch itself calls this at the end of its own `down`."""
    if process is not None and process.pid != os.getpid() and alive(process):
        stop(process, signal.SIGTERM, 5)
