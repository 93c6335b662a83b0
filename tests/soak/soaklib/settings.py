"""The settings of one soak: everything on, nothing outside the folder."""

from pathlib import Path

SECRET = b"the soak's own secret of 32 byte"
BUDGETS = ("reads", "writes", "signals", "machines", "address_calls", "address_signals", "address_failures")


def write_settings(
    folder: Path, deploy: Path, addresses: dict[str, str], port: int, webhook_port: int, mail_port: int
) -> None:
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

[limits]
{limits}
"""
    path = folder / "nabij.toml"
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
