"""What kind of event a line tells of, in general words."""

import pytest

from domain.logs.event_families import counted_word, families, family_of


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("Failed password for root from 10.0.0.7 port 22 ssh2", "sign_in"),
        ("用户登录失败：密码错误", "sign_in"),
        ("An account failed to log on.", "sign_in"),
        ("java.lang.OutOfMemoryError: Java heap space", "memory"),
        ("write failed: No space left on device", "disk"),
        ("connect to db:5432: Connection refused", "connection"),
        ("连接被拒绝", "connection"),
        ("upstream timed out after <*> ms", "timeout"),
        ("instruction cache parity error", "hardware"),
        ("open /etc/shadow: permission denied", "permission"),
        ("worker 7 exited abnormally with [1]", "crash"),
        ("cart of a visitor is empty", ""),
    ],
)
def test_a_line_is_of_the_family_whose_words_it_holds(text: str, family: str) -> None:
    found = family_of(text)

    assert (found.key if found else "") == family


def test_words_are_whole_words() -> None:
    assert family_of("the boomerang came back, its interruptor works") is None


def test_of_an_event_that_is_told_twice_the_plainest_word_is_counted() -> None:
    sign_in = families()["sign_in"]

    assert counted_word(sign_in, {"authentication failure": 287, "failed password": 286}) == "failed password"
    assert (
        counted_word(sign_in, {"authentication failure": 90, "failed password": 2})
        == "authentication failure"
    )
    assert counted_word(sign_in, {}) == ""
