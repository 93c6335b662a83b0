"""The PostgreSQL programs: on the PATH, under /usr/lib/postgresql, else Debian's package."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from .report import StackError, say
from .state import locked

OLDEST = 15
# Debian's package would start a server of its own at install; a stack starts nothing but its own.
NO_MAIN_CLUSTER = Path("/etc/postgresql-common/createcluster.d/nabij.conf")


def find() -> Path:
    """The folder that holds `postgres` and `initdb`."""
    found = newest()
    if found is None:
        install()
        found = newest()
    if found is None:
        raise StackError(f"PostgreSQL {OLDEST} or later was installed but not found under /usr/lib/postgresql")
    return found


def newest() -> Path | None:
    """The PATH wins over Debian's folders; of those the newest."""
    on_path = shutil.which("postgres")
    candidates = [Path(on_path).resolve().parent] if on_path else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=major, reverse=True)
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists() and version(folder) >= OLDEST:
            return folder
    return None


def major(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdigit() else 0


def version(folder: Path) -> int:
    told = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
    match = re.search(r"(\d+)(?:\.\d+)*", told.stdout)
    return int(match.group(1)) if match else 0


def install() -> None:
    missing = f"PostgreSQL {OLDEST} or later is missing"
    if shutil.which("apt-get") is None:
        raise StackError(f"{missing}, and this is no Debian: install it and run this again")
    if os.geteuid() != 0:
        raise StackError(f"{missing}, and only root can install it: apt-get install postgresql")
    with locked(Path("/var/lock/nabij-apt.lock"), "the installation of PostgreSQL"):
        if newest() is None:
            say("installing Debian's PostgreSQL (a minute)")
            apt("update")
            apt("install", "postgresql-common")
            NO_MAIN_CLUSTER.parent.mkdir(parents=True, exist_ok=True)
            NO_MAIN_CLUSTER.write_text(
                "# Written by Nabij's deploy/stack: it starts its own server.\ncreate_main_cluster = false\n"
            )
            apt("install", "postgresql")


def apt(*words: str) -> None:
    options = ["-qq", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=600"]
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(["apt-get", *options, *words], capture_output=True, text=True, env=env, check=False)
    if done.returncode != 0:
        raise StackError(f"apt-get {' '.join(words)} failed:\n{done.stderr.strip()}")
