"""A real IMAP server (pymap, a process of its own) on the loopback with TLS, for tests and benchmarks."""

import imaplib
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from benchmarks.waiting import wait_until
from stack.ports import free_port
from stack.tied_process import run_tied

USER, PASSWORD = "desk@tea.example", "kept-in-a-field"
# pymap spends half a million rounds of PBKDF2 on the password of each login: a quarter of a second.
START = (
    "import sys; from pysasl.hashing import BuiltinHash as h; h.__init__.__kwdefaults__['rounds'] = 1; "
    "from pymap.main import main; sys.exit(main())"
)


@dataclass
class ImapServer:
    port: int
    certificate: Path
    folder: str = "INBOX"

    def login(self) -> imaplib.IMAP4:
        client = imaplib.IMAP4("127.0.0.1", self.port)
        client.starttls(ssl.create_default_context(cafile=str(self.certificate)))
        client.login(USER, PASSWORD)
        return client

    def deliver(self, *mails: bytes | EmailMessage) -> None:
        with self.login() as client:
            for mail in mails:
                content = mail if isinstance(mail, bytes) else mail.as_bytes(policy=policy.SMTP)
                status, answer = client.append(self.folder, None, None, content)
                if status != "OK":
                    raise RuntimeError(f"the mail was not taken: {answer}")

    def create(self) -> None:
        with self.login() as client:
            client.create(self.folder)


def make_certificate(path: Path) -> Path:
    """Of 127.0.0.1, signed by itself: who trusts it as an authority trusts the servers."""
    key, now, day = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC), timedelta(days=1)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tea House mail")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - day).not_valid_after(now + day)
    builder = builder.add_extension(names, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate)
    return path


@contextmanager
def running_imap(options: list[str], log_path: Path, *, start: str = START) -> Iterator[int]:
    port = free_port()
    arguments = ["--host", "127.0.0.1", "--port", str(port), *options]
    user = ["dict", "--demo-user", USER, "--demo-password", PASSWORD]
    command = [sys.executable, "-c", start, *arguments, *user]
    with log_path.open("wb") as log, run_tied(command, stdout=log, stderr=log) as process:
        wait_until("the IMAP server listens", lambda: _listens(process, port), seconds=30)
        yield port


def _listens(process: subprocess.Popen[bytes], port: int) -> bool:
    if process.poll() is not None:
        raise RuntimeError(f"the IMAP server ended with {process.returncode}")
    with suppress(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=0.1).close()
        return True
    return False
