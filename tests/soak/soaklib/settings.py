"""The settings of one soak: everything on, nothing outside the folder."""

import base64
from pathlib import Path

SECRET = b"the soak's own secret of 32 byte"
BUDGETS = ("reads", "writes", "signals", "machines", "address_calls", "address_signals", "address_failures")
# HQ is told by mail and by webhook at both steps.
ROSTER = """
timezone = "Europe/Brussels"

[[shared]]
name = "operator-hq"
language = "nl"
email = "operator@soak.example"
webhook = "http://127.0.0.1:{port}/operator"

[[shared]]
name = "network-hq"
language = "fr"
email = "network@soak.example"
webhook = "http://127.0.0.1:{port}/network"

[[duty]]
role = "operator_hq"
shared = ["operator-hq"]

[[duty]]
role = "network_hq"
shared = ["network-hq"]
"""


def write_settings(
    folder: Path, deploy: Path, addresses: dict[str, str], port: int, webhook_port: int, mail_port: int
) -> None:
    secret = folder / "webhook.secret"
    secret.touch(mode=0o600)
    secret.write_text("whsec_" + base64.b64encode(SECRET).decode(), encoding="utf-8")
    # No digests: every notice of the soak is to be seen by itself.
    pace = (deploy / "pace.toml").read_text(encoding="utf-8").replace("notices = 6", "notices = 1000000")
    (deploy / "pace.toml").unlink()
    (deploy / "pace.toml").write_text(pace, encoding="utf-8")
    (deploy / "roster.toml").write_text(ROSTER.format(port=webhook_port), encoding="utf-8")
    limits = "\n".join(f"{budget} = {{ per_second = 100000, burst = 100000 }}" for budget in BUDGETS)
    text = f"""
[log]
nats_url = "{addresses["NATS_URL"]}"

[database]
url = "{addresses["DATABASE_URL"]}"

[api]
listen = "127.0.0.1:{port}"

[keys]
folder = "{folder}/keys"

[anchors]
folder = "{folder}/anchors"

[deploy]
folder = "{deploy}"

[notify]
link = "http://127.0.0.1:{port}/escalations/{{escalation}}"
webhook_secret_files = ["{secret}"]
webhook_timeout_ms = 3000

[notify.smtp]
host = "127.0.0.1"
port = {mail_port}
tls = "none"
from = "nabij@soak.example"

[limits]
{limits}
"""
    path = folder / "nabij.toml"
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
