"""What the frame refuses to say of few, and how a metric moved."""

from datetime import date

import pytest

from apps.analytics import periods
from apps.analytics.panels import Chart, HeatMap, Part, sparkline
from apps.analytics.values import Share, Value, count, duration, mean, rate, ratio
from apps.core.errors import InvalidInput

DAYS = [date(2026, 7, number) for number in (1, 2, 3)]


def test_of_fewer_than_five_no_percentage_is_given() -> None:
    assert Share(3, 4).value.text == "3 of 4"
    assert (Share(4, 5).value.text, Share(4, 5).value.note) == ("80%", "4 of 5")
    assert Share(0, 0).value.text == "–"


def test_some_are_never_told_as_none_nor_almost_all_as_all() -> None:
    shares = [Share(part, 4_695_965).value for part in (0, 3, 7835, 4_695_964, 4_695_965)]

    assert [value.text for value in shares] == ["0%", "0.001%", "0.2%", "99.9%", "100%"]
    assert shares[2].note == "7,835 of 4,695,965"


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [
        (count(12), count(10), "+20%"),
        (count(12), count(4), None),
        (Share(5, 10).value, Share(6, 10).value, "-10 points"),
        (Share(5, 10).value, Share(3, 4).value, None),
        (Share(50, 100).value, Share(51, 100).value, "-1 point"),
        (ratio(0.5, 9), ratio(0.25, 9), "+25 points"),
        (ratio(0.5, 9), ratio(0.25, 4), None),
        (duration(90, 9), duration(60, 9), "+50%"),
        (duration(90, 9), duration(None, 9), None),
        (mean(4.5, 9), mean(4.25, 9), "+0.25"),
        (rate(66, "", 9), rate(60, "", 9), "+10%"),
        (mean(4.5, 9), mean(4.5, 9), "no change"),
    ],
)
def test_a_change_is_said_only_where_both_periods_hold_enough(
    now: Value, before: Value, text: str | None
) -> None:
    change = now.change(before)

    assert (change and change.text) == text


def test_days_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        periods.between(date(2026, 7, 2), date(2026, 7, 1), "UTC")

    assert "from" in refused.value.fields


def test_the_period_before_is_as_long_and_ends_where_this_one_begins() -> None:
    period = periods.between(date(2026, 7, 8), date(2026, 7, 14), "Asia/Shanghai")

    assert (period.before.first, period.before.days, period.before.until) == (
        date(2026, 7, 1),
        7,
        period.since,
    )


def test_bars_are_stacked_and_stand_in_a_table_too() -> None:
    chart = Chart(
        title="Tea",
        summary="Tea by day",
        dates=DAYS,
        parts=[Part("green", [1, 0, 3]), Part("black", [2, 0, 1])],
    )

    (_left, lower_top, *_), (_left, upper_top, _width, height, *_), *_rest = chart.bars
    assert float(upper_top) + float(height) == pytest.approx(float(lower_top), abs=0.1)
    assert [text for _y, text in chart.grid] == ["0", "1", "2", "3", "4"]
    assert chart.rows[0] == ["2026-07-01", "1", "2"]
    assert len(chart.bars) == 4


def test_nothing_is_drawn_of_days_without_values() -> None:
    empty = Chart(title="Tea", summary="", dates=DAYS, parts=[Part("green", [0, 0, 0])])
    one_point = Chart(title="Tea", summary="", dates=DAYS[:1], parts=[Part("mood", [0.5])], is_line=True)

    assert not empty.has_values
    assert not one_point.has_values


def test_a_line_reaches_below_zero() -> None:
    line = Chart(title="Mood", summary="", dates=DAYS, parts=[Part("mood", [-0.3, 0.1, 0.4])], is_line=True)

    assert [text for _y, text in line.grid] == ["-0.4", "-0.2", "0", "0.2", "0.4"]
    assert [text for _x, _y, text in line.points] == ["07-01: -0.30", "07-02: 0.10", "07-03: 0.40"]


def test_a_line_with_intervals_is_drawn_within_them_and_tells_them_in_the_table() -> None:
    lift = Part("lift", [10, 20, 15], intervals=[(-30, 50), (0, 40), (5, 25)])
    line = Chart(title="Lift", summary="", dates=DAYS, parts=[lift], is_line=True)

    corners = [tuple(map(float, corner.split(","))) for corner in line.band.split(" ")]
    heights = [float(y) for _x, y, _text in line.points]
    assert len(corners) == 6
    for place, height in enumerate(heights):
        assert corners[place][1] < height < corners[-1 - place][1]
    assert line.headings[-1] == "95% interval"
    assert line.rows[0][-1] == "-30 – 50"


def test_the_busiest_hour_is_the_darkest() -> None:
    heat = HeatMap(title="Hours", summary="", counts={(1, 9): 4, (7, 23): 2})

    assert heat.lines[0][1][9][1:] == ("1.00", "Mon 09:00: 4")
    assert heat.lines[6][1][23][1] == "0.55"
    assert heat.rows[9] == ["09:00", "4", *["0"] * 6]


def test_one_value_is_no_line() -> None:
    assert sparkline([None, 3, None]) == ""
    assert sparkline([1, None, 3]) == "0.0,22.0 100.0,2.0"
