"""The configuration that a NATS server in a container sees, read by the pinned server itself."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from stacklib import nats_binary

from .findings import ROOT, conclude

NATS = ROOT / "deploy" / "nats"


def main() -> int:
    with tempfile.TemporaryDirectory() as scratch:
        return conclude("nats", check(Path(scratch)), "the configuration of a container")


def check(place: Path) -> Iterator[str]:
    made = subprocess.run([str(ROOT / "deploy" / "secrets"), str(place)], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        yield f"deploy/secrets failed: {made.stderr.strip()}"
        return
    same = ("nabij", "accounts", "cluster", "tls", "routes_tls")
    for name, source in {**{name: name for name in same}, "node": "container"}.items():
        shutil.copyfile(NATS / f"{source}.conf", place / f"{name}.conf")
    command = [str(nats_binary.find()), "-t", "--config", str(place / "nabij.conf")]
    seen = os.environ | {"HOSTNAME": "nats-0"}
    read = subprocess.run(command, cwd=place, capture_output=True, text=True, env=seen, check=False)
    if read.returncode != 0:
        yield read.stderr.strip()


if __name__ == "__main__":
    sys.exit(main())
