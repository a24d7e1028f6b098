"""What follows from the settings of an installation."""

from typing import Any, get_args

import pytest
from django.conf import settings
from django.test import Client
from pydantic import ValidationError

from apps.core import languages
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


def test_the_address_that_people_type_is_read_however_it_ends() -> None:
    assert Env(public_url="https://Kongming.Example/ ").public_url == "https://kongming.example"
    assert Env(public_url="http://10.2.0.7:8443").public_url == "http://10.2.0.7:8443"


def test_the_host_that_people_type_is_answered_to() -> None:
    assert Env(public_url="https://tea.example", allowed_hosts="10.2.0.7").served_hosts == [
        "10.2.0.7",
        "tea.example",
    ]
    assert Env(allowed_hosts="10.2.0.7").served_hosts == ["10.2.0.7"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("public_url", "kongming.example"),
        ("public_url", "https://tea.example/kongming"),
        ("allowed_hosts", "https://kongming.example"),
        ("allowed_hosts", "kongming.example:8700"),
        ("time_zone", "Beijing"),
        ("language_code", "zh-CN"),
        ("log_level", "verbose"),
        ("email_url", "mail.example:587"),
        ("email_url", "smtp://robot:sesame#1@mail.example:587"),
    ],
)
def test_a_setting_that_nothing_can_use_is_refused_at_the_start(name: str, value: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Env(**{name: value})

    assert [error["loc"] for error in refused.value.errors()] == [(name,)]
    assert "sesame" not in str(refused.value)


def test_lists_and_levels_are_read_as_people_type_them() -> None:
    assert Env(allowed_hosts="tea.example，[::1]").allowed_hosts == ["tea.example", "[::1]"]
    assert Env(log_level="debug").log_level == "DEBUG"
    assert get_args(Env.model_fields["language_code"].annotation) == tuple(
        code for code, _name in languages.CHOICES
    )


def test_a_host_that_is_not_allowed_is_told_of_as_such() -> None:
    page = Client().get("/accounts/login/", headers={"host": "10.2.0.7:8700"})

    assert page.status_code == 400
    assert "ALLOWED_HOSTS" in page.content.decode()
