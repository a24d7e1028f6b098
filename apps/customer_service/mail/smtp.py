"""Sending one mail by SMTP."""

import smtplib
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage

from apps.core.mail_sockets import PIECE_SECONDS, connect, tls_context
from apps.customer_service.channels.delivery_errors import ConnectorError, PermanentError, TemporaryError
from apps.customer_service.mail.models import MailAccount

# Shorter than the claim on a message: nobody else sends it meanwhile.
SENDING_SECONDS = 120
# RFC 5321: with 4yz one may try again, with 5yz not.
PERMANENT = 500


class _Client(smtplib.SMTP):
    """Through a socket of ours; TLS from the first byte where the account is encrypted."""

    def __init__(self, account: MailAccount, seconds: float) -> None:
        self._is_encrypted = account.is_encrypted
        self.ends_at = time.monotonic() + seconds
        domain = account.address.rpartition("@")[2]
        super().__init__(account.smtp_host, account.smtp_port, local_hostname=domain, timeout=PIECE_SECONDS)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = connect(host, port, ends_at=self.ends_at)
        if not self._is_encrypted:
            return plain
        return tls_context(ends_at=self.ends_at).wrap_socket(plain, server_hostname=host)


def send(account: MailAccount, message: EmailMessage, recipient: str) -> None:
    """Raises PermanentError or TemporaryError."""
    try:
        with logged_in(account) as client:
            client.send_message(message, account.address, [recipient])
    except smtplib.SMTPRecipientsRefused as error:
        [(status, words), *_] = error.recipients.values()
        raise _failure("recipient", status, words) from error
    except smtplib.SMTPResponseException as error:
        raise _failure("rejected", error.smtp_code, error.smtp_error) from error
    except (smtplib.SMTPException, UnicodeError) as error:
        raise TemporaryError("protocol", str(error)) from error
    except ConnectorError as error:
        if isinstance(error, (PermanentError, TemporaryError)):
            raise
        raise TemporaryError(error.code, error.detail) from error


@contextmanager
def logged_in(account: MailAccount, *, seconds: float = SENDING_SECONDS) -> Iterator[smtplib.SMTP]:
    """Raises ConnectorError for what the network does and for a refused password."""
    try:
        client = _Client(account, seconds)
        try:
            if not account.is_encrypted:
                _start_tls(client)
            _log_in(client, account)
            yield client
        finally:
            # A mail that was accepted is sent, however badly the server says goodbye.
            with suppress(OSError):
                client.quit()
    except ssl.SSLError as error:
        raise ConnectorError("tls", str(error)) from error
    except TimeoutError as error:
        raise ConnectorError("timeout") from error
    except smtplib.SMTPServerDisconnected as error:
        raise ConnectorError("connection", str(error)) from error
    except smtplib.SMTPException:
        raise  # an OSError too, and the caller's business
    except OSError as error:
        raise ConnectorError("connection", str(error)) from error


def _start_tls(client: _Client) -> None:
    try:
        client.starttls(context=tls_context(ends_at=client.ends_at))
    except smtplib.SMTPException as error:
        raise ConnectorError("tls", str(error)) from error


def _log_in(client: smtplib.SMTP, account: MailAccount) -> None:
    try:
        client.login(account.user, account.password)
    except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError, UnicodeError) as error:
        raise ConnectorError("login", str(error)) from error


def _failure(code: str, status: int, words: bytes | str) -> ConnectorError:
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    detail = f"{status} {text}"
    return PermanentError(code, detail) if status >= PERMANENT else TemporaryError("busy", detail)
