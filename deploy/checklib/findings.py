"""How a check says what it found."""

from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def conclude(what: str, found: Iterable[str], looked_at: str) -> int:
    """One line per finding and one that sums up; the exit code."""
    findings = sorted(set(found))
    for finding in findings:
        print(f"{what}: {finding}")
    print(f"{what}: {looked_at}, {len(findings)} findings")
    return 1 if findings else 0


def pinned(image: str) -> bool:
    """An image with a version that somebody chose."""
    tag = image.rpartition(":")[2] if ":" in image.rpartition("/")[2] else "latest"
    return tag != "latest" and any(letter.isdigit() for letter in tag)
