"""What follows from the settings of an installation."""

from typing import Any

import pytest
from django.conf import settings
from pydantic import ValidationError

from config.database import database_from_url
from config.env import Env


@pytest.mark.parametrize(
    ("public_url", "secure_cookies", "is_secure"),
    [
        ("https://kongming.example", None, True),
        ("https://kongming.example", "", True),
        ("https://kongming.example", "false", False),
        ("http://kongming.example", None, False),
        ("", None, False),
        ("", "true", True),
    ],
)
def test_cookies_are_for_https_where_people_come_by_https(
    public_url: str, secure_cookies: Any, is_secure: bool
) -> None:
    assert Env(public_url=public_url, secure_cookies=secure_cookies).has_tls is is_secure
    assert settings.SESSION_COOKIE_SECURE == settings.CSRF_COOKIE_SECURE == Env().has_tls


def test_a_connection_is_looked_at_before_a_request_gets_it() -> None:
    assert database_from_url("")["CONN_HEALTH_CHECKS"] is True


def test_a_private_network_that_is_none_is_refused_at_the_start() -> None:
    assert Env(private_networks="10.0.0.0/8, fd12::/16").private_networks == ["10.0.0.0/8", "fd12::/16"]
    with pytest.raises(ValidationError):
        Env(private_networks="the office")
