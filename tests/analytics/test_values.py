"""What the frame refuses to say of few, and how a metric moved."""

from datetime import date
from xml.etree import ElementTree

import pytest

from apps.analytics import periods
from apps.analytics.charts import Drawing, sparkline
from apps.analytics.panels import Chart, HeatMap, Part
from apps.analytics.values import Share, Value, count, duration, mean, rate, ratio
from apps.core.errors import InvalidInput

TITLE = "title"
DAYS = [date(2026, 7, number) for number in (1, 2, 3)]


def drawn(drawing: Drawing | None, tag: str, *, is_outer: bool = False) -> list[dict[str, str]]:
    """The attributes of each element, with its title and its text."""
    root = ElementTree.fromstring(str(drawing))
    found = [root] if is_outer else [each for each in root.iter(tag) if each is not root]
    return [
        each.attrib
        | {"text": each.text or ""}
        | ({TITLE: title.text or ""} if (title := each.find(TITLE)) is not None else {})
        for each in found
    ]


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

    lower, upper = drawn(chart.drawing, "rect")[0], drawn(chart.drawing, "rect")[2]
    assert lower[TITLE] == "07-01 green: 1"
    assert float(upper["y"]) + float(upper["height"]) == pytest.approx(float(lower["y"]), abs=0.2)
    assert [each["text"] for each in drawn(chart.drawing, "text")][:5] == ["0", "1", "2", "3", "4"]
    assert chart.rows[0] == ["2026-07-01", "1", "2"]
    assert len(drawn(chart.drawing, "rect")) == 4


def test_nothing_is_drawn_of_days_without_values() -> None:
    empty = Chart(title="Tea", summary="", dates=DAYS, parts=[Part("green", [0, 0, 0])])
    one_point = Chart(title="Tea", summary="", dates=DAYS[:1], parts=[Part("mood", [0.5])], is_line=True)

    assert not empty.has_values
    assert not one_point.has_values


def test_a_line_reaches_below_zero() -> None:
    line = Chart(title="Mood", summary="", dates=DAYS, parts=[Part("mood", [-0.3, 0.1, 0.4])], is_line=True)

    assert [each["text"] for each in drawn(line.drawing, "text")][:5] == ["-0.4", "-0.2", "0", "0.2", "0.4"]
    dots = drawn(line.drawing, "circle")
    assert [each[TITLE] for each in dots] == ["07-01: -0.30", "07-02: 0.10", "07-03: 0.40"]


def test_a_line_with_intervals_is_drawn_within_them_and_tells_them_in_the_table() -> None:
    lift = Part("lift", [10, 20, 15], intervals=[(-30, 50), (0, 40), (5, 25)])
    line = Chart(title="Lift", summary="", dates=DAYS, parts=[lift], is_line=True)

    (band,) = drawn(line.drawing, "polygon")
    corners = [tuple(map(float, corner.split(","))) for corner in band["points"].split(" ")]
    heights = [10 * float(each["cy"].removesuffix("%")) for each in drawn(line.drawing, "circle")]
    assert len(corners) == 6
    for place, height in enumerate(heights):
        assert corners[place][1] < height < corners[-1 - place][1]
    assert line.headings[-1] == "95% interval"
    assert line.rows[0][-1] == "-30 – 50"


def test_the_busiest_hour_is_the_darkest() -> None:
    heat = HeatMap(title="Hours", summary="", counts={(1, 9): 4, (7, 23): 2})

    shades = {each[TITLE]: each["fill-opacity"] for each in drawn(heat.drawing, "rect") if TITLE in each}
    assert shades == {"Mon 09:00: 4": "1.00", "Sun 23:00: 2": "0.55"}
    assert heat.rows[9] == ["09:00", "4", *["0"] * 6]


def test_one_value_is_no_line() -> None:
    assert sparkline([None, 3, None]) is None
    (line,) = drawn(sparkline([1, None, 3]), "path")
    assert line["d"] == "M0 920h0L1000 80"


def test_a_drawing_says_what_it_shows_and_lets_nothing_break_out_of_it() -> None:
    drawing = Drawing("“A & B” <i>by</i> day")
    drawing.grid([(0.5, "<b>1</b>")])
    with drawing.link('/jobs/?a="1"&b=2', "<script>"):
        drawing.box((0, 0, 1, 1), "fill-accent", "<script>")

    (svg,) = drawn(drawing, "svg", is_outer=True)

    assert (svg["role"], svg["aria-label"]) == ("group", "“A & B” <i>by</i> day")
    assert [each["text"] for each in drawn(drawing, "text")] == ["<b>1</b>"]
    assert drawn(drawing, "a")[0]["href"] == '/jobs/?a="1"&b=2'
    assert 'aria-hidden="true"' in str(sparkline([1, 2]))
