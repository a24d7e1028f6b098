"""Whoever reads the log gets no link that opens an account or a file."""

import json
import logging
import logging.config

import pytest
from django.core.mail import EmailMessage
from django.test import Client, RequestFactory

from apps.core.mail import LogBackend
from config.logs import logging_config

RESET = "/accounts/password/reset/key/1x-abc123-secret/"
PATHS = [RESET, "/join/secret-token/", "/c/files/secret:signed/"]


@pytest.fixture
def line(capsys: pytest.CaptureFixture[str]) -> logging.Handler:
    """What the console handler of an installation writes."""
    configured = logging_config("INFO")
    handler = logging.StreamHandler()
    handler.setFormatter(
        logging.config.DictConfigurator(configured).configure_formatter(configured["formatters"]["json"])
    )
    for name in configured["handlers"]["console"]["filters"]:
        handler.addFilter(
            logging.config.DictConfigurator(configured).configure_filter(configured["filters"][name])
        )
    return handler


def written(handler: logging.Handler, message: str, *args: object, **extra: object) -> str:
    record = logging.LogRecord("django.request", logging.WARNING, __file__, 1, message, args, None)
    record.__dict__.update(extra)
    return handler.format(record) if handler.filter(record) else ""


@pytest.mark.parametrize("path", PATHS)
def test_addresses_with_a_secret_are_cut(line: logging.Handler, path: str) -> None:
    text = written(line, "Not Found: %s", path, request=RequestFactory().get(path))

    assert "secret" not in text
    assert path.rstrip("/").rpartition("/")[0] in json.loads(text)["message"]


def test_other_addresses_stay(line: logging.Handler) -> None:
    assert "/team/abc/" in written(line, "Not Found: %s", "/team/abc/")


@pytest.mark.parametrize("path", PATHS)
def test_what_the_site_logs_of_such_a_request_names_no_secret(
    line: logging.Handler, path: str, db: None, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        Client().get(path.replace("secret", "planted-secret"))

    assert all("planted" not in line.format(record) for record in caplog.records if line.filter(record))


def test_a_mail_that_nobody_gets_is_named_without_its_text(caplog: pytest.LogCaptureFixture) -> None:
    mail = EmailMessage("Set a new password", f"http://localhost:8700{RESET}", to=["alice@tea.example"])

    with caplog.at_level(logging.INFO):
        LogBackend().send_messages([mail])

    assert "alice@tea.example" in caplog.text
    assert "reset/key" not in caplog.text


@pytest.mark.parametrize(
    "secret_line",
    [
        "no route to redis://:hunter2secret@redis:6379/0",
        "endpoint answered 401 to Authorization: Bearer hunter2secret",
        'smtp refused {"user":"a","password":"hunter2secret"}',
    ],
)
def test_passwords_and_keys_are_left_out_of_messages_and_errors(
    line: logging.Handler, secret_line: str
) -> None:
    assert "hunter2secret" not in written(line, "cannot go on: %s", secret_line)

    error = OSError(secret_line)
    record = logging.LogRecord(
        "apps.core", logging.ERROR, __file__, 1, "failed", (), (OSError, error, error.__traceback__)
    )
    text = line.format(record) if line.filter(record) else ""

    assert "hunter2secret" not in text
    assert "OSError" in text


def test_what_only_sounds_secret_stays(line: logging.Handler) -> None:
    assert "reset for member 12, token_count=512" in written(
        line, "password reset for member 12, token_count=512"
    )
