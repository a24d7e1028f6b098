"""Values of every kind leave their line, and what is no value stays."""

import pyarrow as pa
import pytest

from domain.logs.parsing.masking import PARAMETER, ParameterType, mask_lines, parameter_type


def mask(line: str) -> str:
    (masked,) = mask_lines(pa.array([line])).to_pylist()
    return str(masked).replace(PARAMETER, "<*>")


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("10.251.73.220", ParameterType.IP),
        ("10.251.73.220:50010", ParameterType.IP),
        ("fe80:0:0:0:2c1:9aff:fe3d:11", ParameterType.IP),
        ("00:1b:44:11:3a:b7", ParameterType.MAC),
        ("https://shop.example/orders?id=7", ParameterType.URL),
        ("alice@tea-house.example", ParameterType.MAIL),
        ("/var/log/app/worker.log", ParameterType.PATH),
        (r"C:\Windows\winsxs\amd64.dll", ParameterType.PATH),
        ("0b72aca0-102e-4421-8ff3-2902d8353ff0", ParameterType.UUID),
        ("54fadb412c4e40cdbaed9335e4c35a9e", ParameterType.HEXADECIMAL),
        ("0x0001fe88", ParameterType.HEXADECIMAL),
        ("2015-07-29", ParameterType.TIME),
        ("17:41:44,747", ParameterType.TIME),
        ("Tue Jul 26 05:47:42 2005", ParameterType.TIME),
        ("1.25ms", ParameterType.DURATION),
        ("<1 sec", ParameterType.DURATION),
        ("64172MB", ParameterType.SIZE),
        ("-17", ParameterType.NUMBER),
        ("99.5%", ParameterType.NUMBER),
        ("2.6.9-11.ELsmp", ParameterType.ID),
    ],
)
def test_a_value_is_taken_out_and_its_kind_is_told(value: str, kind: ParameterType) -> None:
    assert mask(f"before {value} after") == "before <*> after"
    assert parameter_type(value) is kind


def test_the_words_around_a_value_tell_its_kind_too() -> None:
    assert parameter_type("20", "took ", " ms to answer") is ParameterType.DURATION
    assert parameter_type("20", "used ", " MB of memory") is ParameterType.SIZE
    assert parameter_type("20", "found ", " instances") is ParameterType.NUMBER
    assert parameter_type("cyrus", "session opened for user ", " by") is ParameterType.USER


@pytest.mark.parametrize(
    "line",
    ["jk2_init() ok", "tty2 opened", "read/write failed", "L1 cache", "value: none", "ERROR ::", "a - b"],
)
def test_names_with_a_digit_and_plain_words_stay(line: str) -> None:
    assert mask(line) == line


def test_names_keep_what_stands_before_their_number() -> None:
    assert mask("Receiving block blk_-38865049064139660 src: /10.251.73.220:50010") == (
        "Receiving block blk_<*> src: /<*>"
    )
    assert mask("child6725 left") == "child<*> left"


def test_a_line_cannot_write_the_mark_itself() -> None:
    assert mask("a \x11 b <*> c <**> d \x00\x01\x02") == "a <*> b <*> c <*> d <*>"
