"""deploy/compose/compose.yaml."""

import json
import re
import sys
from collections.abc import Iterator
from typing import Any

import compose_spec
import yaml

from .findings import ROOT, conclude, pinned

FILE = ROOT / "deploy" / "compose" / "compose.yaml"

# How many of each there must be.
COPIES = {"api": 2, "alerts": 2}
SERVERS = ["nats-0", "nats-1", "nats-2", "postgres-0", "postgres-1", "projector-0", "projector-1"]


def main() -> int:
    compose: dict[str, Any] = yaml.safe_load(FILE.read_text())
    services: dict[str, Any] = compose["services"]
    found = [*schema(compose), *topology(services), *files(compose), *anchoring(services)]
    for name, service in services.items():
        found += [f"{name}: {problem}" for problem in (*house(service), *names(service, compose))]
    return conclude("compose", found, f"{len(services)} services")


def schema(compose: dict[str, Any]) -> Iterator[str]:
    """PyYAML has resolved the anchors and merges by now, which the specification's parser does not."""
    try:
        compose_spec.PyCompose.from_json(json.dumps(compose))
    except ValueError as error:
        yield str(error)


def topology(services: dict[str, Any]) -> Iterator[str]:
    for name in (*SERVERS, *COPIES):
        if name not in services:
            yield f"{name} is missing"
    for name, copies in COPIES.items():
        if services.get(name, {}).get("deploy", {}).get("replicas") != copies:
            yield f"{name} does not run {copies} times"


def files(compose: dict[str, Any]) -> Iterator[str]:
    for name, config in compose["configs"].items():
        if not (FILE.parent / config["file"]).is_file():
            yield f"the config {name} is no file: {config['file']}"
    for name, secret in compose["secrets"].items():
        if not secret["file"].startswith("../../.nabij/secrets/"):
            yield f"the secret {name} lies where it could be committed: {secret['file']}"


def house(service: dict[str, Any]) -> Iterator[str]:
    if not pinned(service["image"]):
        yield f"the image {service['image']} has no version"
    if "healthcheck" not in service:
        yield "no health check"
    if not service.get("read_only") or service.get("cap_drop") != ["ALL"]:
        yield "its file system is writable, or it keeps capabilities"
    if "no-new-privileges:true" not in service.get("security_opt", []):
        yield "a program in it may gain privileges"
    if "memory" not in service.get("deploy", {}).get("resources", {}).get("limits", {}):
        yield "no limit of memory"
    for key in service.get("environment", {}):
        named = any(word in key for word in ("PASSWORD", "SECRET", "TOKEN", "_KEY")) and not key.endswith("_FILE")
        if (named and "KEYS__OTHERS" not in key) or re.search(r"://[^/]*:[^/]*@", str(service["environment"][key])):
            yield f"{key} stands in plain sight: give it as a file"


def names(service: dict[str, Any], compose: dict[str, Any]) -> Iterator[str]:
    """Every name that the service uses is defined, and what it waits for can become healthy."""
    for kind in ("configs", "secrets"):
        for used in service.get(kind, []):
            source = used["source"] if isinstance(used, dict) else used
            if source not in compose[kind]:
                yield f"there is no {source} under {kind}"
    for volume in service.get("volumes", []):
        if volume.partition(":")[0] not in compose["volumes"]:
            yield f"there is no volume {volume}"
    for network in service.get("networks", []):
        if network not in compose["networks"]:
            yield f"there is no network {network}"
    for other in service.get("depends_on", {}):
        if "healthcheck" not in compose["services"].get(other, {}):
            yield f"it waits for {other}, which is no service with a health check"
    if "NABIJ_LOG__USER" in service.get("environment", {}):
        yield from own_secrets(service)


def anchoring(services: dict[str, Any]) -> Iterator[str]:
    """Whoever follows the log signs what it is, and each on a volume of its own: two in one file would mix."""
    kept: set[str] = set()
    for name, service in services.items():
        if not name.startswith("projector"):
            continue
        settings = service["environment"]
        if not settings.get("NABIJ_ANCHORS__KEY_FILE"):
            yield f"{name} has no key to sign anchors with"
        folder = settings.get("NABIJ_ANCHORS__FOLDER")
        volumes = {volume for volume in service.get("volumes", []) if volume.partition(":")[2] == folder}
        if not volumes or volumes & kept or "replicas" in service["deploy"]:
            yield f"{name} does not keep its anchors on a volume of its own"
        kept |= volumes


def own_secrets(service: dict[str, Any]) -> Iterator[str]:
    """Every file that a setting names is mounted, and none beside: no service holds another's key."""
    mounted = {f"/run/secrets/{name}" for name in service["secrets"]}
    named = {value for key, value in service["environment"].items() if key.endswith("_FILE")}
    # The keys' settings are shared by all; only some services read both.
    keys = {"/run/secrets/master_key", "/run/secrets/token_key"}
    for file in (named - keys) - mounted:
        yield f"it reads {file}, which is not mounted"
    for file in mounted - named:
        yield f"{file} is mounted, and no setting names it"


if __name__ == "__main__":
    sys.exit(main())
