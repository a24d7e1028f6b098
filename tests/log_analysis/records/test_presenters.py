import re
from datetime import UTC, datetime, timedelta

import pytest

from apps.log_analysis.records.cursors import read_tail_cursor
from apps.log_analysis.records.presenters import TextPart, template_parts, text_parts, to_moment
from apps.log_analysis.templates.histograms import MAX_COLUMNS, TimeCount, bucket_seconds, histogram

MORNING = datetime(2026, 11, 27, 8, tzinfo=UTC)


def test_tokens_are_told_from_text_that_looks_like_them() -> None:
    assert text_parts("a ‹email·0123456789› b ‹email·x›") == [
        TextPart("a "),
        TextPart("0123", "email"),
        TextPart(" b ‹email·x›"),
    ]
    assert text_parts("") == []


def test_parameters_of_a_template_are_numbered_as_filters_name_them() -> None:
    assert list(template_parts("GET <*> took <**>")) == [
        TextPart("GET "),
        TextPart("1", "parameter"),
        TextPart(" took "),
        TextPart("2", "parameter"),
    ]


@pytest.mark.parametrize("microseconds", [10**30, -(10**30), 2**62])
def test_a_time_that_no_calendar_holds_is_none(microseconds: int) -> None:
    assert to_moment(microseconds) is None


def test_a_live_tail_takes_no_place_that_is_none() -> None:
    assert read_tail_cursor("a:1,b:x,c,:,d:" + "9" * 30) == {"a": 1}
    assert read_tail_cursor("") == {}


@pytest.mark.parametrize(
    "length", [timedelta(seconds=1), timedelta(minutes=7), timedelta(days=40), timedelta(days=365_000)]
)
def test_any_time_fits_into_the_columns(length: timedelta) -> None:
    since, until = MORNING, min(MORNING + length, datetime(3000, 1, 1, tzinfo=UTC))
    seconds = bucket_seconds(since, until)

    columns = histogram([], since, until, seconds).columns

    assert 1 <= len(columns) <= MAX_COLUMNS + 1
    assert columns[-1].until >= until


def test_columns_stack_grave_records_on_the_others() -> None:
    start = int(MORNING.timestamp() * 1e6)
    counts = [TimeCount(start, "", 60), TimeCount(start, "critical", 1), TimeCount(start, "warning", 40)]

    drawn = histogram(counts, MORNING, MORNING + timedelta(minutes=5), 60)
    (first, *_rest) = drawn.columns

    assert first.records == 101
    assert first.tones == {"accent": 60, "warn": 40, "bad": 1}
    svg = str(drawn.drawing(lambda since, until: f"/?since={since:%H:%M}&until={until:%H:%M}"))
    boxes = re.findall(r'class="fill-(\w+)"[^>]* y="([\d.]+)"[^>]* height="([\d.]+)"', svg)
    assert [tone for tone, _y, _height in boxes] == ["accent", "warn", "bad"]
    assert all(float(height) >= 15 for _tone, _y, height in boxes)
    assert svg.count("<a ") == 1
