"""A private certificate authority and what it signs: certificates of NATS, of PostgreSQL, and one for clients."""

import subprocess
import tempfile
from pathlib import Path

from .report import StackError
from .state import write_private

# The authority outlives what it signs: rotating a certificate then changes one file on one server.
AUTHORITY_DAYS = 3650
DAYS = 397
PURPOSES = {
    # A NATS server is the client of its routes, a replica that of its primary.
    "nats": "serverAuth,clientAuth",
    "postgres": "serverAuth,clientAuth",
    "client": "clientAuth",
}


def make(folder: Path, names: dict[str, list[str]]) -> None:
    """Makes what the folder lacks: `ca.pem`, and NAME.pem with NAME.key; `names` says how each server is addressed."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    authority(folder)
    for name, purpose in PURPOSES.items():
        if not (folder / f"{name}.pem").exists():
            sign(folder, name, purpose, names.get(name, []))


def authority(folder: Path) -> None:
    if (folder / "ca.pem").exists():
        return
    write_private(folder / "ca.key", private_key())
    request = ["req", "-x509", "-new", "-sha256", "-key", str(folder / "ca.key"), "-days", str(AUTHORITY_DAYS)]
    extensions = ["basicConstraints=critical,CA:TRUE,pathlen:0", "keyUsage=critical,keyCertSign,cRLSign"]
    added = [word for extension in extensions for word in ("-addext", extension)]
    made = openssl(*request, "-subj", "/CN=Nabij private authority", *added, "-config", "/dev/null")
    (folder / "ca.pem").write_bytes(made)


def sign(folder: Path, name: str, purpose: str, addresses: list[str]) -> None:
    key = folder / f"{name}.key"
    write_private(key, private_key())
    subject = ["-subj", f"/CN=nabij {name}", "-config", "/dev/null"]
    request = openssl("req", "-new", "-sha256", "-key", str(key), *subject)
    wanted = [
        "basicConstraints=critical,CA:FALSE",
        "keyUsage=critical,digitalSignature",
        f"extendedKeyUsage={purpose}",
        "authorityKeyIdentifier=keyid",
    ]
    if addresses:
        wanted.append("subjectAltName=" + ",".join(alternative(address) for address in addresses))
    with tempfile.NamedTemporaryFile("w", prefix="nabij-") as extensions:
        extensions.write("\n".join(wanted) + "\n")
        extensions.flush()
        signer = ["-CA", str(folder / "ca.pem"), "-CAkey", str(folder / "ca.key"), "-CAcreateserial"]
        made = openssl(
            "x509", "-req", "-sha256", *signer, "-days", str(DAYS), "-extfile", extensions.name, given=request
        )
    (folder / f"{name}.pem").write_bytes(made)


def alternative(address: str) -> str:
    return f"{'IP' if address.replace('.', '').isdigit() else 'DNS'}:{address}"


def private_key() -> str:
    made = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    return made.decode()


def openssl(*words: str, given: bytes = b"") -> bytes:
    try:
        done = subprocess.run(["openssl", *words], input=given, capture_output=True, check=False)
    except FileNotFoundError as absent:
        raise StackError("the program openssl is missing: apt-get install openssl") from absent
    if done.returncode != 0:
        raise StackError(f"openssl {words[0]} failed:\n{done.stderr.decode(errors='replace').strip()}")
    return done.stdout
