"""Servers and services of one soak: a stack of its own, and services of `nabij` that are started again."""

import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Service:
    """A process of ours; whoever kills it finds it started again."""

    name: str
    command: list[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    ended_with: list[int] = field(default_factory=list)

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.starts += 1

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)


class World:
    """Everything that runs; `stop` ends it all, and nothing else."""

    def __init__(self, folder: Path, program: Path) -> None:
        self.folder = folder
        self.program = program
        self.services: dict[str, Service] = {}
        self._stopping = threading.Event()
        self._watch: threading.Thread | None = None

    def stack(self, *words: str) -> str:
        command = [str(ROOT / "deploy/stack"), *words, "--dir", str(self.folder / "stack")]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout

    def start_servers(self) -> dict[str, str]:
        self.stack("up", "--temporary", "--owner", str(os.getpid()))
        addresses: dict[str, str] = json.loads(self.stack("env", "--json"))
        return addresses

    def nabij(self, *words: str) -> list[str]:
        return [str(self.program), "--config", str(self.folder / "nabij.toml"), *words]

    def run(self, *words: str) -> str:
        return subprocess.run(self.nabij(*words), check=True, stdout=subprocess.PIPE, text=True).stdout.strip()

    def serve(self, name: str, *words: str) -> None:
        service = Service(name, self.nabij(*words), self.folder / f"{name}.log")
        service.start()
        self.services[name] = service

    def keep_up(self) -> None:
        """Starts again what ended, as a supervisor does."""

        def watch() -> None:
            while not self._stopping.wait(0.5):
                for service in self.services.values():
                    ended = service.process.poll() if service.process else None
                    if ended is not None:
                        service.ended_with.append(ended)
                        service.start()

        self._watch = threading.Thread(target=watch, daemon=True)
        self._watch.start()

    def wait_ready(self, address: str, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"{address}/readyz", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.2)
        raise TimeoutError(f"{address} is not ready: see {self.folder}")

    def stop(self) -> None:
        self._stopping.set()
        if self._watch is not None:
            self._watch.join()
        for service in self.services.values():
            if service.process is not None and service.process.poll() is None:
                service.process.terminate()
        for service in self.services.values():
            if service.process is not None:
                try:
                    service.process.wait(timeout=20)
                except subprocess.TimeoutExpired:
                    service.process.kill()
        self.stack("down", "--wipe")


def deploy_folder(folder: Path, rules: Path) -> Path:
    """The shipped settings with other rules, whose times fit into minutes."""
    copy = folder / "deploy"
    copy.mkdir()
    for entry in (ROOT / "deploy").iterdir():
        if entry.name != "rules" and entry.name != "roster.toml":
            (copy / entry.name).symlink_to(entry)
    shutil.copytree(rules, copy / "rules")
    return copy
