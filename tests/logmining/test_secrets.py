"""Secrets and personal data never reach the store: the same value has the same token, and nobody reads it back."""

import pyarrow as pa
import pytest

from logmining.secrets import mask, token

KEY = b"of one organisation"


def hide(text: str) -> str:
    return str(mask(pa.array([text]), KEY)[0].as_py())


@pytest.mark.parametrize(
    ("kind", "line", "value"),
    [
        ("secret", "login with password=hunter2secret ok", "hunter2secret"),
        ("secret", 'POST {"api_key": "k-12345678"}', "k-12345678"),
        ("aws_key", "using AKIAIOSFODNN7EXAMPLE here", "AKIAIOSFODNN7EXAMPLE"),
        ("email", "mail to wang.fang@shop.example failed", "wang.fang@shop.example"),
        ("card", "charged 4111 1111 1111 1111 twice", "4111 1111 1111 1111"),
        ("identity_card", "patient 11010519491231002X arrived", "11010519491231002X"),
        ("mobile", "sms to 13812345678 sent", "13812345678"),
    ],
)
def test_a_value_becomes_a_token_of_its_kind(kind: str, line: str, value: str) -> None:
    assert hide(line) == line.replace(value, token(kind, value, KEY))


@pytest.mark.parametrize(
    "line",
    [
        "order 1027 placed in 25 ms",
        "10.250.11.53:50010 blk_-1608999687919862906 received",
        "2026-11-27 06:14:54,123 INFO ready",
        "trace 4bf92f3577b34da6a3ce929d0e0e4736",
    ],
)
def test_other_lines_are_left_as_they_are(line: str) -> None:
    assert hide(line) == line


def test_what_stands_behind_a_scheme_is_hidden_too() -> None:
    assert "abc.def.ghi" not in hide("Authorization: Bearer abc.def.ghi")


def test_two_values_of_one_line_are_both_hidden() -> None:
    assert "@" not in hide("from a@shop.example to b@shop.example")


def test_the_same_value_is_found_again_and_another_organisation_has_another_token() -> None:
    one, again = hide("to a@shop.example"), hide("from a@shop.example")

    assert one.split()[-1] == again.split()[-1]
    assert token("email", "a@shop.example", KEY) != token("email", "a@shop.example", b"of another")
