"""How people are told: deploy/compose/notify.yaml and deploy/kubernetes/notify, which a network adds or leaves out."""

import re
import sys
from collections.abc import Iterator
from typing import Any

import yaml

from .findings import ROOT, conclude

DEPLOY = ROOT / "deploy"
COMPOSE = DEPLOY / "compose"
KUBERNETES = DEPLOY / "kubernetes"
# Ports that webhooks and letters leave by, as they are encrypted.
WEBHOOKS = 443
SMTP = {"implicit": 465, "starttls": 587}


def main() -> int:
    base = yaml.safe_load((COMPOSE / "compose.yaml").read_text())
    more = yaml.safe_load((COMPOSE / "notify.yaml").read_text())
    patch = yaml.safe_load((KUBERNETES / "notify" / "alerts.yaml").read_text())
    told = more["services"].get("alerts", {}).get("environment", {})
    container = patch["spec"]["template"]["spec"]["containers"][0]
    settings = {variable["name"]: variable["value"] for variable in container["env"]}
    found = [
        *optional(base),
        *(f"compose: {problem}" for problem in (*compose(base, more), *names(told))),
        *(f"kubernetes: {problem}" for problem in (*kubernetes(patch, container, settings), *names(settings))),
    ]
    if {name: "" for name in told} != {name: "" for name in settings}:
        found.append("compose and Kubernetes do not set the same")
    return conclude("notify", found, f"{len(settings)} settings")


def optional(base: dict[str, Any]) -> Iterator[str]:
    """Without the additions nothing is set, and nobody is told but by the stream."""
    for name, service in base["services"].items():
        if any("NOTIFY" in key for key in service.get("environment", {})):
            yield f"compose.yaml sets for {name} how people are told: that is for those who add notify.yaml"
    texts = [file.read_text() for file in KUBERNETES.glob("*.yaml")]
    if any("NABIJ_NOTIFY" in text for text in texts):
        yield "a manifest sets how people are told: that is for those who take the component"


def names(settings: dict[str, str]) -> Iterator[str]:
    """Secrets come from files, and nothing leaves in the clear."""
    for key, value in settings.items():
        if re.search(r"PASSWORD$|SECRET$|SECRETS$|TOKEN$", key) or "whsec_" in value:
            yield f"{key} stands in plain sight: give it as a file"
    if "{escalation}" not in settings.get("NABIJ_NOTIFY__LINK", ""):
        yield "the link names no escalation"
    if settings.get("NABIJ_NOTIFY__SMTP__TLS") not in SMTP or "NABIJ_NOTIFY__WEBHOOK_IN_THE_CLEAR" in settings:
        yield "something leaves in the clear"
    if "NABIJ_DEPLOY__ROSTER" not in settings:
        yield "there is no roster of its own: nobody has an address"


def read_files(settings: dict[str, str]) -> set[str]:
    return {path for value in settings.values() for path in re.findall(r"/run/secrets/[\w./-]+", value)}


def compose(base: dict[str, Any], more: dict[str, Any]) -> Iterator[str]:
    if set(more["services"]) != {"alerts"}:
        yield "only the alerts tell people"
    alerts = more["services"]["alerts"]
    if "outside" not in base["services"]["alerts"]["networks"]:
        yield "nothing leaves the alerts"
    mounted = {f"/run/secrets/{name}" for name in alerts["secrets"]}
    for file in read_files(alerts["environment"]) ^ mounted:
        yield f"{file} is read and not mounted, or mounted and not read"
    for name in alerts["secrets"]:
        if not more["secrets"].get(name, {}).get("file", "").startswith("../../.nabij/secrets/"):
            yield f"the secret {name} lies where it could be committed"


def kubernetes(patch: dict[str, Any], container: dict[str, Any], settings: dict[str, str]) -> Iterator[str]:
    deployment = next(
        made
        for made in yaml.safe_load_all((KUBERNETES / "alerts.yaml").read_text())
        if made["kind"] == patch["kind"] and made["metadata"]["name"] == patch["metadata"]["name"]
    )
    if container["name"] not in {made["name"] for made in deployment["spec"]["template"]["spec"]["containers"]}:
        yield f"there is no container {container['name']}"
    volumes = {volume["name"] for volume in patch["spec"]["template"]["spec"]["volumes"]}
    mounts = {mount["mountPath"] for mount in container["volumeMounts"] if mount["name"] in volumes}
    for file in read_files(settings):
        if file.rpartition("/")[0] not in mounts:
            yield f"{file} is not mounted"
    policies = yaml.safe_load_all((KUBERNETES / "network.yaml").read_text())
    outside = next(policy for policy in policies if policy["metadata"]["name"] == "alerts-to-outside")
    ports = {port["port"] for rule in outside["spec"]["egress"] for port in rule["ports"]}
    for port in (WEBHOOKS, SMTP.get(settings["NABIJ_NOTIFY__SMTP__TLS"], 0)):
        if port not in ports:
            yield f"no NetworkPolicy lets the alerts out by port {port}"


if __name__ == "__main__":
    sys.exit(main())
