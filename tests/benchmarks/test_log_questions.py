"""What `./kongming eval questions` takes for right: the lines themselves say it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from benchmarks.log_questions import HALVES, meant_lines, most_frequent, server_lines, shop_lines

NOW = datetime(2026, 11, 30, 10, 15, tzinfo=ZoneInfo("Asia/Shanghai"))
DECEMBER = datetime(2025, 12, 8, tzinfo=NOW.tzinfo)


def test_lines_say_what_a_question_is_about() -> None:
    lines = [*server_lines(DECEMBER), *shop_lines(NOW)]

    failed = meant_lines({"say": "failed password", "day": "12-10"}, lines, NOW)

    assert len(failed) == 80
    assert {line.moment.day for line in failed} == {10}
    assert most_frequent("ip", failed) == {"10.0.0.1"}
    assert meant_lines({"service": "sshd", "day": 1}, lines, NOW) == []


def test_the_halves_are_as_large_and_hold_both_languages() -> None:
    texts = [path.read_text().splitlines() for path in HALVES.values()]
    questions = [[line for line in lines if line.startswith("  { text")] for lines in texts]

    assert [len(half) for half in questions] == [36, 36]
    assert [sum(line.isascii() for line in half) for half in questions] == [18, 18]
