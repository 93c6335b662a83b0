"""deploy/kustomization.yaml and the manifests that it names."""

import re
import sys
from collections.abc import Iterator
from typing import Any

import kubernetes_validate
import yaml

from .findings import ROOT, conclude, pinned

DEPLOY = ROOT / "deploy"
# The oldest that we claim, and the newest that the schemas know.
VERSIONS = ["1.30", "1.37"]
# Made by hand from the files of deploy/secrets.
SECRETS = {"nats", "nabij", "postgres", "nabij-admin", "nabij-api", "nabij-projector", "nabij-alerts"}

Manifest = dict[str, Any]


def main() -> int:
    kustomization = yaml.safe_load((DEPLOY / "kustomization.yaml").read_text())
    manifests = [
        manifest for path in kustomization["resources"] for manifest in yaml.safe_load_all((DEPLOY / path).read_text())
    ]
    configs = {entry["name"] for entry in kustomization["configMapGenerator"]} | named(manifests, "ConfigMap")
    found = [*folder(kustomization), *policies(manifests), *anchoring(manifests)]
    for manifest in manifests:
        here = [*schema(manifest), *selectors(manifest, manifests)]
        if "template" in manifest.get("spec", {}):
            here += [*workload(manifest, manifests), *references(manifest, configs)]
        found += [f"{manifest['kind']} {manifest['metadata']['name']}: {problem}" for problem in here]
    return conclude("kubernetes", found, f"{len(manifests)} manifests")


def named(manifests: list[Manifest], kind: str) -> set[str]:
    return {manifest["metadata"]["name"] for manifest in manifests if manifest["kind"] == kind}


def folder(kustomization: Manifest) -> Iterator[str]:
    """Every manifest is listed, and every file of a generated ConfigMap exists."""
    listed = set(kustomization["resources"])
    for path in (DEPLOY / "kubernetes").glob("*.yaml"):
        if path.relative_to(DEPLOY).as_posix() not in listed:
            yield f"{path.name} is not listed in kustomization.yaml"
    for entry in kustomization["configMapGenerator"]:
        for file in entry["files"]:
            if not (DEPLOY / file.partition("=")[2]).is_file():
                yield f"the ConfigMap {entry['name']} has no file {file}"


def schema(manifest: Manifest) -> Iterator[str]:
    for version in VERSIONS:
        try:
            kubernetes_validate.validate(manifest, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            yield f"against Kubernetes {version}: {'.'.join(map(str, error.path))}: {error.message}"


def pods(manifests: list[Manifest]) -> list[dict[str, str]]:
    """The labels of every pod that the manifests make."""
    return [made["spec"]["template"]["metadata"]["labels"] for made in manifests if "template" in made.get("spec", {})]


def selected(wanted: dict[str, str], labels: dict[str, str]) -> bool:
    return wanted.items() <= labels.items()


def selectors(manifest: Manifest, manifests: list[Manifest]) -> Iterator[str]:
    """Whatever selects pods selects some, its own if it makes any."""
    kind, spec = manifest["kind"], manifest.get("spec", {})
    if kind == "NetworkPolicy":
        wanted = spec["podSelector"].get("matchLabels", {})
    elif kind == "Service":
        wanted = spec["selector"]
    else:
        wanted = spec.get("selector", {}).get("matchLabels")
    if wanted is None:
        return
    if kind == "Job":
        return
    candidates = pods([manifest]) or pods(manifests)
    if not any(selected(wanted, labels) for labels in candidates):
        yield f"it selects no pod: {wanted}"


def workload(manifest: Manifest, manifests: list[Manifest]) -> Iterator[str]:
    name, pod = manifest["metadata"]["name"], manifest["spec"]["template"]["spec"]
    job = manifest["kind"] == "Job"
    budgets = {found["metadata"]["name"] for found in manifests if found["kind"] == "PodDisruptionBudget"}
    if not job and name not in budgets:
        yield "no PodDisruptionBudget"
    if not job and manifest["spec"]["replicas"] < 2:
        yield "a single copy"
    security = pod.get("securityContext", {})
    if not security.get("runAsNonRoot") or security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield "it may run as root, or without a seccomp profile"
    if pod.get("automountServiceAccountToken") is not False:
        yield "it gets a token of the cluster that it does not need"
    for container in pod["containers"]:
        yield from house(container, job)


def anchoring(manifests: list[Manifest]) -> Iterator[str]:
    """Whoever follows the log signs what it is, and keeps that on a disk that outlives its pod."""
    for manifest in manifests:
        if manifest["metadata"]["name"] != "projector" or "template" not in manifest.get("spec", {}):
            continue
        container = manifest["spec"]["template"]["spec"]["containers"][0]
        settings = {variable["name"]: variable.get("value") for variable in container["env"]}
        claims = {claim["metadata"]["name"] for claim in manifest["spec"].get("volumeClaimTemplates", [])}
        mounts = {mount["mountPath"] for mount in container["volumeMounts"] if mount["name"] in claims}
        if not settings.get("NABIJ_ANCHORS__KEY_FILE"):
            yield "the projector has no key to sign anchors with"
        if settings.get("NABIJ_ANCHORS__FOLDER") not in mounts:
            yield "the projector's anchors do not outlive its pod"


def house(container: dict[str, Any], job: bool) -> Iterator[str]:
    if not pinned(container["image"]):
        yield f"the image {container['image']} has no version"
    probes = {"startupProbe", "readinessProbe"} | ({"livenessProbe"} if "ports" in container else set())
    for variable in container.get("env", []):
        if re.search(r"://[^/]*:[^/]*@", variable.get("value", "")):
            yield f"a password stands in {variable['name']}: give it as a file"
    # A job ends by itself: there is nothing to ask it.
    for probe in set() if job else probes:
        if probe not in container:
            yield f"no {probe}"
        port = container.get(probe, {}).get("httpGet", {}).get("port")
        if port and port not in {named["name"] for named in container.get("ports", [])}:
            yield f"the {probe} asks port {port}, which the container does not have"
    security = container.get("securityContext", {})
    if not security.get("readOnlyRootFilesystem") or security.get("allowPrivilegeEscalation") is not False:
        yield "its file system is writable, or a program in it may gain privileges"
    if security.get("capabilities", {}).get("drop") != ["ALL"]:
        yield "it keeps capabilities"
    resources = container.get("resources", {})
    if "memory" not in resources.get("limits", {}) or {"cpu", "memory"} - resources.get("requests", {}).keys():
        yield "it asks for no cpu or memory, or has no limit of memory"


def references(manifest: Manifest, configs: set[str]) -> Iterator[str]:
    """Every ConfigMap and Secret exists, every mount has its volume."""
    spec = manifest["spec"]
    pod = spec["template"]["spec"]
    volumes = {volume["name"] for volume in pod.get("volumes", [])}
    volumes |= {claim["metadata"]["name"] for claim in spec.get("volumeClaimTemplates", [])}
    for container in pod["containers"]:
        for mount in container.get("volumeMounts", []):
            if mount["name"] not in volumes:
                yield f"there is no volume {mount['name']}"
        for source in container.get("envFrom", []):
            yield from absent(source["configMapRef"]["name"], configs, "ConfigMap")
    for volume in pod.get("volumes", []):
        for source in volume.get("projected", {}).get("sources", [volume]):
            if "configMap" in source:
                yield from absent(source["configMap"]["name"], configs, "ConfigMap")
            if "secret" in source:
                secret = source["secret"].get("secretName") or source["secret"]["name"]
                yield from absent(secret, SECRETS, "Secret")


def absent(name: str, known: set[str], kind: str) -> Iterator[str]:
    if name not in known:
        yield f"there is no {kind} {name}"


def policies(manifests: list[Manifest]) -> Iterator[str]:
    """Nothing may talk unless it is said; and every pod has a rule that says whom it may reach."""
    rules = [found["spec"] for found in manifests if found["kind"] == "NetworkPolicy"]
    closed = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    if closed not in rules:
        yield "no NetworkPolicy closes the namespace"
    for labels in pods(manifests):
        if not any(
            rule.get("egress") and selected(rule["podSelector"].get("matchLabels", {"": ""}), labels) for rule in rules
        ):
            yield f"no NetworkPolicy says whom the pod {labels} may reach"


if __name__ == "__main__":
    sys.exit(main())
