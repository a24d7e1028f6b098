"""Sending one mail by SMTP."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage

from apps.customer_service.connectors.failures import ConnectorError, Postponed, Refused
from apps.customer_service.connectors.sockets import connect, tls_context
from apps.customer_service.models import MailAccount

TIMEOUT_SECONDS = 20
PERMANENT = 500


class _Client(smtplib.SMTP):
    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return connect(host, port, timeout)


class _TlsClient(_Client):
    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = super()._get_socket(host, port, timeout)
        return tls_context().wrap_socket(plain, server_hostname=host)


def send(account: MailAccount, message: EmailMessage, recipient: str) -> None:
    """Raises Refused or Postponed."""
    try:
        with logged_in(account) as client:
            client.send_message(message, account.address, [recipient])
    except smtplib.SMTPRecipientsRefused as error:
        [(status, words), *_] = error.recipients.values()
        raise _failure("recipient", status, words) from error
    except smtplib.SMTPResponseException as error:
        raise _failure("rejected", error.smtp_code, error.smtp_error) from error
    except (smtplib.SMTPException, UnicodeError) as error:
        raise Postponed("protocol", str(error)) from error
    except ConnectorError as error:
        if isinstance(error, (Refused, Postponed)):
            raise
        raise Postponed(error.code, error.detail) from error


@contextmanager
def logged_in(account: MailAccount) -> Iterator[smtplib.SMTP]:
    """Raises ConnectorError for what the network does and for a refused password."""
    host, port = account.smtp_host, account.smtp_port
    domain = account.address.rpartition("@")[2]
    kind = _TlsClient if account.is_encrypted else _Client
    try:
        client = kind(host, port, local_hostname=domain, timeout=TIMEOUT_SECONDS)
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


def _start_tls(client: smtplib.SMTP) -> None:
    try:
        client.starttls(context=tls_context())
    except smtplib.SMTPException as error:
        raise ConnectorError("tls", str(error)) from error


def _log_in(client: smtplib.SMTP, account: MailAccount) -> None:
    try:
        client.login(account.user, account.password)
    except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError, UnicodeError) as error:
        raise ConnectorError("login", str(error)) from error


def _failure(code: str, status: int, words: bytes | str) -> ConnectorError:
    said = words.decode(errors="replace") if isinstance(words, bytes) else words
    detail = f"{status} {said}"
    return Refused(code, detail) if status >= PERMANENT else Postponed("busy", detail)
