"""Reads the log as it lies in NATS, with no code of the product between."""

import asyncio
import json
from dataclasses import dataclass
from importlib import import_module
from typing import Any

# By name: a folder of this repository is called nats too, and the type checker would take that.
nats = import_module("nats")


@dataclass(frozen=True)
class Event:
    """One message: where it stands, of what, what it is called, when it was recorded, and its clear fields."""

    sequence: int
    aggregate: str
    name: str
    identity: str
    recorded_at: str
    actor: str
    body: dict[str, Any]


async def _read(url: str, stream: str) -> list[Event]:
    client = await nats.connect(url)
    try:
        manager = client.jsm()
        last = (await manager.stream_info(stream)).state.last_seq
        events = []
        for sequence in range(1, last + 1):
            message = await manager.get_msg(stream, seq=sequence, direct=True)
            headers = message.headers or {}
            _, kind, name, _ = headers["ce-type"].split(".")
            identity = (message.subject or "").rsplit(".", 1)[-1]
            events.append(
                Event(
                    sequence,
                    identity,
                    f"{kind}.{name}",
                    headers["ce-id"],
                    headers["ce-time"],
                    headers["ce-actor"],
                    json.loads(message.data or b"{}"),
                )
            )
        return events
    finally:
        await client.close()


def read_log(url: str, stream: str = "NABIJ") -> list[Event]:
    return asyncio.run(_read(url, stream))
