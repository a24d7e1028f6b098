"""Whoever is turned away is in the log, with what was asked for."""

import logging

import pytest
from django.test import Client

from apps.accounts.models import User
from tests.conftest import browser_of


def test_a_refusal_is_in_the_log_with_its_address_and_request(
    charlie: User, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "django.request"):
        answer = browser_of(charlie).get("/api-keys/")

    assert answer.status_code == 403
    assert any("/api-keys/" in record.getMessage() for record in caplog.records)
    assert answer["X-Request-Id"]


def test_a_form_from_elsewhere_is_in_the_log(db: None, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "django.security.csrf"):
        Client(enforce_csrf_checks=True).post("/accounts/login/", {})

    assert any("/accounts/login/" in record.getMessage() for record in caplog.records)
