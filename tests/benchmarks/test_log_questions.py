"""What `./kongming eval questions` takes for right: the lines themselves say it."""

from contextlib import nullcontext
from datetime import datetime

import pytest

from benchmarks import isolated, log_questions
from benchmarks.log_questions import HALVES, NOW, meant_lines, most_frequent, server_lines, shop_lines

DECEMBER = datetime(2025, 12, 8, tzinfo=NOW.tzinfo)


def test_lines_say_what_a_question_is_about() -> None:
    lines = [*server_lines(DECEMBER), *shop_lines(NOW)]

    failed = meant_lines({"say": "failed password", "day": "12-10"}, lines, NOW)

    assert len(failed) == 80
    assert {line.moment.day for line in failed} == {10}
    assert most_frequent("ip", failed) == {"10.0.0.1"}
    assert meant_lines({"service": "sshd", "day": 1}, lines, NOW) == []


def test_all_questions_are_asked_at_the_same_moment_whatever_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = []

    def rows(questions: list[dict[str, str]]) -> list[dict[str, object]]:
        moments.append(datetime.now(NOW.tzinfo))
        return [
            {"text": each["text"], "is_right": True, "seconds": 0, "is_left_to_model": False}
            for each in questions
        ]

    monkeypatch.setattr(isolated, "services", nullcontext)
    monkeypatch.setattr(log_questions, "_rows", rows)
    log_questions.run()

    assert [moment.date() for moment in moments] == [NOW.date()] * 2


def test_the_halves_are_as_large_and_hold_both_languages() -> None:
    texts = [path.read_text().splitlines() for path in HALVES.values()]
    questions = [[line for line in lines if line.startswith("  { text")] for lines in texts]

    assert [len(half) for half in questions] == [36, 36]
    assert [sum(line.isascii() for line in half) for half in questions] == [18, 18]
