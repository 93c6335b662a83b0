"""A network that writes, and an HQ that takes some of it up. Whatever is acknowledged must never be lost."""

import json
import random
import threading
import time
import urllib.error
import urllib.request
import uuid
from typing import Any


class Api:
    """Calls with an idempotency key until there is an answer: as a client on a bad line does."""

    def __init__(self, address: str, patience: float = 120) -> None:
        self.address = address
        self.patience = patience

    def call(self, method: str, path: str, token: str, body: Any = None) -> tuple[int, Any]:
        key = uuid.uuid4().hex
        end = time.monotonic() + self.patience
        while True:
            request = urllib.request.Request(self.address + path, method=method)
            request.add_header("Authorization", f"Bearer {token}")
            data = None
            if body is not None:
                request.add_header("Content-Type", "application/json")
                request.add_header("Idempotency-Key", key)
                data = json.dumps(body).encode()
            try:
                with urllib.request.urlopen(request, data, timeout=10) as answer:
                    return answer.status, json.load(answer)
            except urllib.error.HTTPError as error:
                if error.code < 500 and error.code != 429:
                    return error.code, json.load(error)
            except (OSError, ValueError):
                pass
            if time.monotonic() > end:
                raise TimeoutError(f"{method} {path} has no answer for {self.patience} s")
            time.sleep(0.3)


class Load(threading.Thread):
    """Signals at a steady rate: some acute, some that nobody else looks at, most of no alarm."""

    def __init__(self, api: Api, centre: str, tokens: dict[str, str], seed: int, per_second: float) -> None:
        super().__init__(daemon=True)
        self.api, self.centre, self.tokens = api, centre, tokens
        self.dice = random.Random(seed)
        self.per_second = per_second
        self.stopping = threading.Event()
        self.acknowledged: list[str] = []
        self.refused: list[str] = []

    def run(self) -> None:
        while not self.stopping.wait(self.dice.expovariate(self.per_second)):
            self._signal()

    def _signal(self) -> None:
        draw, signal = self.dice.random(), _version7(self.dice)
        severity = "acute" if draw < 0.15 else "high" if draw < 0.4 else "low"
        body = {"id": signal, "centre": self.centre, "category": "conflict", "severity": severity}
        status, answer = self.api.call("POST", "/v1/signals", self.tokens["frontline"], body)
        if status >= 400:
            self.refused.append(f"{signal}: {status} {answer}")
            return
        self.acknowledged.append(answer["id"])
        if severity == "high" and self.dice.random() < 0.5:
            assessed = {"severity": "high", "blind": True}
            path = f"/v1/signals/{answer['id']}/assessments"
            self.api.call("POST", path, self.tokens["psychosocial"], assessed)

    def stop(self) -> None:
        self.stopping.set()
        self.join()


class Answering(threading.Thread):
    """An HQ that takes up some alarms, promises, keeps some promises and forgets others."""

    def __init__(self, api: Api, tokens: dict[str, str], seed: int) -> None:
        super().__init__(daemon=True)
        self.api, self.tokens = api, tokens
        self.dice = random.Random(seed)
        self.stopping = threading.Event()
        self.seen: set[str] = set()

    def run(self) -> None:
        while not self.stopping.wait(2):
            status, page = self.api.call("GET", "/v1/escalations?limit=50", self.tokens["operator_hq"])
            if status != 200:
                continue
            for escalation in page["escalations"]:
                if escalation["id"] not in self.seen:
                    self.seen.add(escalation["id"])
                    self._answer(escalation["id"])

    def _answer(self, escalation: str) -> None:
        if self.dice.random() < 0.5:
            return
        until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 15))
        taken = {"will_do": "call the centre", "until": until}
        self.api.call("POST", f"/v1/escalations/{escalation}/acknowledge", self.tokens["operator_hq"], taken)
        if self.dice.random() < 0.5:
            ended = {"outcome": "it is dealt with"}
            self.api.call("POST", f"/v1/escalations/{escalation}/resolve", self.tokens["operator_hq"], ended)

    def stop(self) -> None:
        self.stopping.set()
        self.join()


def _version7(dice: random.Random) -> str:
    """UUIDv7 (RFC 9562): 48 bits of milliseconds, version, chance, variant, chance."""
    value = int(time.time() * 1000) << 80 | 7 << 76 | dice.getrandbits(12) << 64 | 2 << 62 | dice.getrandbits(62)
    return str(uuid.UUID(int=value))
