"""A real server on the loopback interface that answers exactly what a test tells it to, with or without TLS."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Reply:
    """`missing_bytes`: the connection ends before the answer does. `held_until`: it begins only then."""

    body: bytes = b""
    status: int = 200
    content_type: str = "text/event-stream"
    missing_bytes: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    held_until: threading.Event | None = None

    def wait(self) -> None:
        if self.held_until:
            self.held_until.wait(10)


@dataclass
class LoopbackServer:
    """Answers by path; a path without an entry gets the reply of "*"."""

    replies: dict[str, Reply]
    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def serving(replies: dict[str, Reply], *, certificate: Path | None = None) -> Iterator[LoopbackServer]:
    server = LoopbackServer(replies)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            server.requests.append(
                {
                    "path": self.path,
                    "authorization": self.headers.get("Authorization", ""),
                    "body": json.loads(body) if body and self.command == "POST" else None,
                    "headers": dict(self.headers),
                    "method": self.command,
                }
            )
            reply = replies.get(self.path) or replies.get("*") or Reply(status=404)
            reply.wait()
            is_known = self.headers.get("If-None-Match") == reply.headers.get("ETag", "")
            reply = Reply(status=304) if is_known else reply
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(reply.body) + reply.missing_bytes))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)
            self.close_connection = True

        do_GET = do_POST = do_PROPFIND = _answer  # noqa: N815  (names of the library)

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that turns away from our certificate is what the test is about."""

    listener = Quiet(("127.0.0.1", 0), Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        listener.socket = context.wrap_socket(listener.socket, server_side=True)
    server.url = f"http{'s' if certificate else ''}://127.0.0.1:{listener.server_port}"
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()


def self_signed(path: Path) -> Path:
    """A key and a certificate that no authority has signed, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(pem + builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return path
