"""A real SMTP server on the loopback, as EMAIL_URL would name it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from stack.ports import free_port


@dataclass
class ReceivedMail:
    """What a server took."""

    envelopes: list[Envelope] = field(default_factory=list)

    @property
    def recipients(self) -> list[str]:
        return [address for each in self.envelopes for address in each.rcpt_tos]

    @property
    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(each.content, policy=policy.default) for each in self.envelopes]  # type: ignore[arg-type]


@dataclass
class MailServer(ReceivedMail):
    """`answers`: address → what it says to RCPT. `data_answer`: what it says to every message."""

    answers: dict[str, str] = field(default_factory=dict)
    data_answer: str = "250 OK"

    async def handle_RCPT(  # noqa: N802  (aiosmtpd's name)
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        if self.data_answer.startswith("250"):
            self.envelopes.append(envelope)
        return self.data_answer


@contextmanager
def serving(server: ReceivedMail, port: int) -> Iterator[None]:
    controller = Controller(server, hostname="127.0.0.1", port=port, decode_data=False)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


@pytest.fixture
def mail_port(settings: Any) -> int:
    """Where EMAIL_URL points; nothing answers there."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.DEFAULT_FROM_EMAIL = "reports@house.example"
    return int(settings.EMAIL_PORT)


@pytest.fixture
def mail_server(mail_port: int) -> Iterator[MailServer]:
    server = MailServer()
    with serving(server, mail_port):
        yield server
