#!/usr/bin/env python3
"""A real SMTP server for the tests, over TLS. What it accepts it writes to standard output, one JSON a line.

Who is written to says how it behaves: `gone-...` is refused for good (550), `busy-...` for now (451) at the first attempt;
the first letter to `slow-...` is taken, and that is said after a minute only.
"""

import argparse
import asyncio
import json
import ssl
from email import message_from_bytes
from email.policy import default

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class Handler:
    def __init__(self) -> None:
        self.busy: set[str] = set()
        self.slow: set[str] = set()

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address.startswith("gone-"):
            return "550 5.1.1 nobody of this name"
        if address.startswith("busy-") and address not in self.busy:
            self.busy.add(address)
            return "451 4.3.2 come back later"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        message = message_from_bytes(envelope.content or b"", policy=default)
        parts = {part.get_content_type(): part.get_content() for part in message.walk() if not part.is_multipart()}
        told = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "tls": session.ssl is not None,
            "login": session.authenticated,
            "headers": dict(message.items()),
            "text": parts.get("text/plain"),
            "html": parts.get("text/html"),
            "raw": (envelope.content or b"").decode("utf-8", "replace"),
        }
        print(json.dumps(told), flush=True)
        slow = {address for address in envelope.rcpt_tos if address.startswith("slow-")} - self.slow
        if slow:
            self.slow |= slow
            await asyncio.sleep(60)
        return "250 taken"


def authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object) -> AuthResult:
    fits = isinstance(data, LoginPassword) and data.login == b"nabij" and data.password == b"correct horse"
    return AuthResult(success=fits)


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cert", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--starttls", action="store_true")
    options = parser.parse_args()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.cert, options.key)
    handler = Handler()

    def server() -> SMTP:
        if options.starttls:
            return SMTP(
                handler,
                hostname="localhost",
                tls_context=context,
                require_starttls=True,
                authenticator=authenticate,
                auth_required=True,
            )
        # From the first byte on: the server cannot see it, so it is told that a login is safe.
        return SMTP(
            handler,
            hostname="localhost",
            authenticator=authenticate,
            auth_required=True,
            auth_require_tls=False,
        )

    implicit = None if options.starttls else context
    listener = await asyncio.get_running_loop().create_server(server, "127.0.0.1", options.port, ssl=implicit)
    print(json.dumps({"port": listener.sockets[0].getsockname()[1]}), flush=True)
    await listener.serve_forever()


asyncio.run(main())
