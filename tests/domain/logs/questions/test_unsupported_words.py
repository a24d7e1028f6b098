"""What a search cannot do is seen in the words, and what is to be left out never becomes what is looked for."""

import pytest

from domain.logs.questions.unread_words import UnreadWords
from domain.logs.questions.unsupported_words import Unsupported, read_excluded, read_unsupported


@pytest.mark.parametrize(
    ("question", "rest"),
    [
        ("除了 10.0.0.3", ""),
        ("除了10.0.0.3还有哪些 IP", "还有哪些 IP"),
        ("除了 10.0.0.3 和 10.0.0.4 的登录失败", "的登录失败"),
        ("排除 10.0.0.3、10.0.0.4 的请求", "的请求"),
        ("昨天的错误不算 till", "昨天的错误"),
        ("errors except 10.0.0.3, 10.0.0.4 and 10.0.0.5", "errors"),
        ("errors in production but not in staging", "errors in production"),
        ("excluding probes, errors yesterday", ", errors yesterday"),
        ("everything but debug", ""),
        ("requests without user", "requests"),
        ("非 200 的请求", "的请求"),
        ("不看 /healthz，最近1小时的 5xx", "，最近1小时的 5xx"),
    ],
)
def test_all_that_is_to_be_left_out_is_taken(question: str, rest: str) -> None:
    unread = UnreadWords(question)

    [(_words, kind)] = read_excluded(unread)

    assert kind is Unsupported.EXCLUSION
    assert " ".join(unread.rest.split()) == rest


@pytest.mark.parametrize(
    "question", ["删除了订单 1027 的用户", "解除了告警", "移除了 10.0.0.3", "not a tea in sight"]
)
def test_what_was_removed_is_looked_for(question: str) -> None:
    assert read_excluded(UnreadWords(question)) == []


@pytest.mark.parametrize(
    "question", ["和上周同一时间比", "跟昨天这个时候比", "上周同期的错误", "the same time last week"]
)
def test_two_times_are_compared_elsewhere(question: str) -> None:
    assert [kind for _words, kind in read_unsupported(UnreadWords(question))] == [Unsupported.COMPARISON]


def test_what_is_compared_stays_what_is_looked_for() -> None:
    unread = UnreadWords("今天和昨天的错误对比")

    assert [kind for _words, kind in read_unsupported(unread)] == [Unsupported.COMPARISON]
    assert unread.rest.split() == ["今天", "错误"]
