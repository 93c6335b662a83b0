"""Receivers that fail half the time, and write down what they took before they say so."""

import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import random
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiosmtpd.controller import Controller  # type: ignore[import-not-found, unused-ignore]

from .world import free_port


class Records:
    """Lines of JSON, each on disk before anybody is told that it was taken."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()

    def add(self, **record: Any) -> None:
        with self._lock:
            self._file.write(json.dumps({"at": time.time(), **record}) + "\n")
            self._file.flush()


def read_records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


class Webhook:
    """An HTTP receiver; `calm` makes it take everything."""

    def __init__(self, records: Path, secret: bytes, seed: int) -> None:
        self.calm = False
        self.refused = 0
        dice, taken, outer = random.Random(seed), Records(records), self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                draw = 1.0 if outer.calm else dice.random()
                if draw < 0.5:
                    outer.refused += 1
                    self._fail(draw)
                    return
                identity, sent_at = self.headers["webhook-id"], self.headers["webhook-timestamp"]
                signed = f"{identity}.{sent_at}.".encode() + body
                expected = "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
                genuine = any(
                    hmac.compare_digest(given, expected) for given in self.headers["webhook-signature"].split()
                )
                taken.add(id=identity, path=self.path, genuine=genuine, body=json.loads(body))
                self.send_response(204)
                self.end_headers()

            def _fail(self, draw: float) -> None:
                if draw < 0.15:
                    self.close_connection = True
                    self.connection.close()
                elif draw < 0.2:
                    time.sleep(12)
                    self.send_response(204)
                    self.end_headers()
                else:
                    self.send_response(500 if draw < 0.4 else 429)
                    self.send_header("Content-Length", "0")
                    self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()


class Mail:
    """A mail server that refuses for the moment half the time."""

    def __init__(self, records: Path, seed: int) -> None:
        self.calm = False
        self.refused = 0
        dice, taken, outer = random.Random(seed), Records(records), self

        class Handler:
            async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
                if not outer.calm and dice.random() < 0.5:
                    outer.refused += 1
                    return "451 try again later"
                text = envelope.content.decode("utf-8", "replace")
                headers = text.split("\r\n\r\n", 1)[0].replace("\r\n ", " ").splitlines()
                message_id = next(
                    (line.split(":", 1)[1].strip() for line in headers if line.lower().startswith("message-id:")), ""
                )
                taken.add(id=message_id, to=envelope.rcpt_tos)
                return "250 taken"

        self.port = free_port()
        self._controller = Controller(Handler(), hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()


class Line(threading.Thread):
    """A screen of HQ: reads the stream of escalations, and comes back with the last id that it has."""

    def __init__(self, address: str, token: str, records: Path, seed: int) -> None:
        super().__init__(daemon=True)
        self.address, self.token = urlsplit(address), token
        self.records = Records(records)
        self.dice = random.Random(seed)
        self.last = "0"
        self.connects = 0
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.is_set():
            with contextlib.suppress(OSError, http.client.HTTPException):
                self._listen()
            self.stopping.wait(0.3)

    def _listen(self) -> None:
        connection = http.client.HTTPConnection(self.address.hostname or "", self.address.port, timeout=20)
        headers = {"Authorization": f"Bearer {self.token}", "Last-Event-ID": self.last}
        connection.request("GET", "/v1/escalations/stream", headers=headers)
        answer = connection.getresponse()
        if answer.status != 200:
            return
        self.connects += 1
        # Hangs up by itself now and then, in the middle of whatever comes.
        until = time.monotonic() + self.dice.uniform(5, 60)
        event: dict[str, str] = {}
        while not self.stopping.is_set() and time.monotonic() < until:
            line = answer.readline().decode().rstrip("\r\n")
            if line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                event[name] = value
            elif "id" in event and not line:
                self.records.add(sequence=int(event["id"]), event=event.get("event"), data=json.loads(event["data"]))
                self.last, event = event["id"], {}
            elif not line and answer.closed:
                break
        connection.close()

    def stop(self) -> None:
        self.stopping.set()
        self.join(timeout=30)
