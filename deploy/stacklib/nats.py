"""The NATS servers of a stack: their configuration files, their health, their addresses."""

import http.client
import json
import shutil
from pathlib import Path

from . import certificates, nats_binary, nkeys
from .processes import Process, spawn
from .state import ROOT, Folder, State, write_private

TEMPLATES = ROOT / "deploy" / "nats"
LOOPBACK = {"nats": ["127.0.0.1", "localhost"], "postgres": ["127.0.0.1", "localhost"]}


def port_names(state: State) -> list[str]:
    nodes = [name for name in state.servers() if name != "postgres"]
    kinds = ["client", "monitor"] + (["route"] if state.nodes > 1 else [])
    return [f"{name}.{kind}" for name in nodes for kind in kinds]


def start(folder: Folder, state: State, name: str) -> Process:
    configure(folder, state, name)
    place = folder.nats(name)
    return spawn([str(nats_binary.find()), "--config", str(place / "nabij.conf")], place / "log", cwd=place)


def configure(folder: Folder, state: State, name: str) -> None:
    """Lays the shared templates beside what only this server has: NATS includes files of the same folder only."""
    place = folder.nats(name)
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    words = folder.passwords()
    shutil.copyfile(TEMPLATES / "nabij.conf", place / "nabij.conf")
    write_private(place / "node.conf", node_settings(folder, state, name))
    cluster = (TEMPLATES / "cluster.conf").read_text() if state.nodes > 1 else "# A single server.\n"
    (place / "cluster.conf").write_text(cluster)
    if state.secure:
        secure(folder, place)
        return
    shutil.copyfile(TEMPLATES / "development.conf", place / "accounts.conf")
    write_private(place / "passwords.conf", settings(APP_PASSWORD=words["app"], ADMIN_PASSWORD=words["admin"]))
    for name_of_file in ("tls.conf", "routes_tls.conf"):
        (place / name_of_file).write_text("# Nothing but the loopback address is listened on.\n")


def secure(folder: Folder, place: Path) -> None:
    """As in real use: TLS towards clients and between servers, users known by NKeys, least rights."""
    for template in ("accounts.conf", "tls.conf", "routes_tls.conf"):
        shutil.copyfile(TEMPLATES / template, place / template)
    (place / "nkeys.conf").write_text(nkeys.settings(nkeys.make(folder.nkeys)))
    certificates.make(folder.certificates, LOOPBACK)
    shown = place / "certificates"
    shown.mkdir(exist_ok=True, mode=0o700)
    for file in ("ca.pem", "nats.pem", "nats.key"):
        shutil.copy2(folder.certificates / file, shown / file)


def node_settings(folder: Folder, state: State, name: str) -> str:
    values: dict[str, object] = {
        "NODE_NAME": name,
        "NODE_LISTEN": listen(state, name, "client"),
        "NODE_MONITOR": listen(state, name, "monitor"),
        "NODE_STORE": str(folder.nats(name) / "data"),
        # A limit, not a reservation of disk: tests make many streams that each reserve their max_bytes.
        "NODE_MAX_FILE": 4 * 2**40,
        "NODE_SYNC": "always" if state.durable else "2m",
    }
    if state.nodes > 1:
        word = folder.passwords()["route"]
        others = [f"n{number}" for number in range(1, state.nodes + 1)]
        values["NODE_CLUSTER_LISTEN"] = listen(state, name, "route")
        values["NODE_ROUTE_PASSWORD"] = word
        values["NODE_ROUTES"] = [f"nats-route://route:{word}@{listen(state, other, 'route')}" for other in others]
    return settings(**values)


def listen(state: State, name: str, kind: str) -> str:
    return f"127.0.0.1:{state.ports[f'{name}.{kind}']}"


def settings(**values: object) -> str:
    """NATS reads JSON values."""
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in values.items())


def ready(state: State, name: str) -> bool:
    """True when the server and its JetStream say so; in a cluster that includes having a leader."""
    connection = http.client.HTTPConnection("127.0.0.1", state.ports[f"{name}.monitor"], timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def url(folder: Folder, state: State, user: str) -> str:
    if state.secure:
        nodes = [name for name in state.servers() if name != "postgres"]
        return ",".join(f"tls://{listen(state, name, 'client')}" for name in nodes)
    word = folder.passwords()[user]
    nodes = [name for name in state.servers() if name != "postgres"]
    return ",".join(f"nats://{user}:{word}@{listen(state, name, 'client')}" for name in nodes)


def log(folder: Folder, name: str) -> Path:
    return folder.nats(name) / "log"
