"""NKeys: the Ed25519 keys by which NATS knows its users.

A seed is the secret half and lies in a file; the public half stands in the server's configuration. Written as NATS
writes them: a prefix, the bytes, a CRC-16, all in base32.
"""

import base64
import binascii
from pathlib import Path

from .certificates import openssl
from .state import write_private

USERS = ("admin", "api", "projector", "alerts", "cli")

SEED, USER = 18 << 3, 20 << 3
# What stands before the 32 bytes of an Ed25519 key in its DER form is always the same.
KEY_BYTES = 32


def make(folder: Path) -> dict[str, str]:
    """The public key of each user; seeds that the folder lacks are made."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return {user: one(folder / f"{user}.nk") for user in USERS}


def one(file: Path) -> str:
    public = file.with_suffix(".pub")
    if not file.exists():
        private = openssl("genpkey", "-algorithm", "ed25519", "-outform", "DER")
        known = openssl("pkey", "-inform", "DER", "-pubout", "-outform", "DER", given=private)
        write_private(file, encoded(bytes([SEED | USER >> 5, (USER & 31) << 3]) + private[-KEY_BYTES:]) + "\n")
        public.write_text(encoded(bytes([USER]) + known[-KEY_BYTES:]) + "\n")
    return public.read_text().strip()


def encoded(raw: bytes) -> str:
    checked = raw + binascii.crc_hqx(raw, 0).to_bytes(2, "little")
    return base64.b32encode(checked).decode().rstrip("=")


def settings(public: dict[str, str]) -> str:
    """`nkeys.conf`: what accounts.conf calls each public key."""
    return "".join(f'{user.upper()}_NKEY: "{key}"\n' for user, key in public.items())
