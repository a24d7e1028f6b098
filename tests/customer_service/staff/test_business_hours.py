"""Opening hours: open or not, when next, and until when an answer is due."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from apps.customer_service.staff.business_hours import (
    HoursInvalid,
    OpeningHours,
    checked_holidays,
    checked_ranges,
    ranges_of,
    text_of,
)

SHANGHAI = "Asia/Shanghai"
NEW_YORK = "America/New_York"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
OFFICE = {day: [["09:00", "12:00"], ["13:30", "18:00"]] for day in WEEKDAYS}
# 2026: 2 March is a Monday; New York changes its clocks on 8 March and 1 November.


def at(text: str, zone: str = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def office(*holidays: str) -> OpeningHours:
    return OpeningHours.stored(OFFICE, list(holidays), SHANGHAI)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-03-02T08:59", False),
        ("2026-03-02T09:00", True),
        ("2026-03-02T11:59", True),
        ("2026-03-02T12:00", False),
        ("2026-03-02T13:30", True),
        ("2026-03-02T18:00", False),
        ("2026-03-07T10:00", False),
    ],
)
def test_open_from_the_first_minute_of_a_range_to_the_last(moment: str, is_open: bool) -> None:
    assert office().is_open(at(moment)) is is_open


def test_a_holiday_is_closed() -> None:
    assert not office("2026-03-02").is_open(at("2026-03-02T10:00"))


def test_hours_are_those_of_the_desk_not_of_whoever_asks() -> None:
    assert office().is_open(at("2026-03-02T02:00", "UTC"))


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-03-02T07:00", "2026-03-02T09:00"),
        ("2026-03-02T10:00", "2026-03-02T10:00"),
        ("2026-03-02T12:30", "2026-03-02T13:30"),
        ("2026-03-02T18:00", "2026-03-03T09:00"),
        ("2026-03-06T20:00", "2026-03-09T09:00"),
    ],
)
def test_the_next_opening(moment: str, opens: str) -> None:
    assert office().next_opening(at(moment)) == at(opens)


def test_the_next_opening_steps_over_holidays() -> None:
    long_weekend = office("2026-03-09", "2026-03-10")

    assert long_weekend.next_opening(at("2026-03-06T20:00")) == at("2026-03-11T09:00")


@pytest.mark.parametrize(
    ("asked", "minutes", "due"),
    [
        ("2026-03-02T10:00", 30, "2026-03-02T10:30"),
        ("2026-03-02T11:50", 30, "2026-03-02T13:50"),
        ("2026-03-02T11:30", 30, "2026-03-02T12:00"),
        ("2026-03-02T17:45", 30, "2026-03-03T09:15"),
        ("2026-03-06T17:45", 30, "2026-03-09T09:15"),
        ("2026-03-07T03:00", 30, "2026-03-09T09:30"),
        ("2026-03-02T09:00", 450, "2026-03-02T18:00"),
        ("2026-03-02T09:00", 451, "2026-03-03T09:01"),
    ],
)
def test_only_open_minutes_count_towards_the_promise(asked: str, minutes: int, due: str) -> None:
    assert office().due_at(at(asked), minutes=minutes) == at(due)


def test_a_desk_that_never_opens_promises_nothing() -> None:
    never = OpeningHours.stored({}, [], SHANGHAI)

    assert never.next_opening(at("2026-03-02T10:00")) is None
    assert never.due_at(at("2026-03-02T10:00"), minutes=1) is None


def test_a_promise_of_a_week_is_counted_over_the_nights() -> None:
    assert office().due_at(at("2026-03-02T09:00"), minutes=5 * 450 + 10) == at("2026-03-09T09:10")


def test_around_the_clock_has_no_gap_at_midnight() -> None:
    always = OpeningHours.stored(
        {day: [["00:00", "24:00"]] for day in (*WEEKDAYS, "saturday", "sunday")}, [], SHANGHAI
    )

    assert always.is_open(at("2026-03-02T23:59:59"))
    assert always.due_at(at("2026-03-02T23:50"), minutes=30) == at("2026-03-03T00:20")


def test_the_night_that_loses_an_hour_does_not_shorten_the_promise() -> None:
    night = OpeningHours.stored({"sunday": [["00:00", "06:00"]]}, [], NEW_YORK)

    assert night.due_at(at("2026-03-08T01:30", NEW_YORK), minutes=60) == at("2026-03-08T03:30", NEW_YORK)
    assert night.due_at(at("2026-03-08T00:00", NEW_YORK), minutes=5 * 60) == at("2026-03-08T06:00", NEW_YORK)


def test_the_night_that_gains_an_hour_is_an_hour_longer() -> None:
    night = OpeningHours.stored({"sunday": [["00:00", "06:00"]]}, [], NEW_YORK)

    assert night.due_at(at("2026-11-01T00:00", NEW_YORK), minutes=7 * 60) == at("2026-11-01T06:00", NEW_YORK)


def test_a_time_that_comes_twice_closes_at_the_second() -> None:
    night = OpeningHours.stored({"sunday": [["00:30", "01:30"]]}, [], NEW_YORK)
    second = at("2026-11-01T01:15", NEW_YORK).replace(fold=1)

    assert night.is_open(second)
    assert not night.is_open(at("2026-11-01T01:31", NEW_YORK).replace(fold=1))


def test_a_morning_after_the_clock_change_opens_by_the_new_clock() -> None:
    mornings = OpeningHours.stored({"monday": [["09:00", "17:00"]]}, [], NEW_YORK)

    assert mornings.next_opening(at("2026-03-07T12:00", NEW_YORK)) == at("2026-03-09T09:00", NEW_YORK)
    assert mornings.next_opening(at("2026-03-07T12:00", NEW_YORK)) == at("2026-03-09T13:00", "UTC")


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("", []),
        ("09:00-12:00, 13:30-18:00", [["09:00", "12:00"], ["13:30", "18:00"]]),
        ("13:30 – 18:00,9:00-12:00", [["09:00", "12:00"], ["13:30", "18:00"]]),
        ("9：00至12：00，13：30～18：00", [["09:00", "12:00"], ["13:30", "18:00"]]),
        ("22:00-24:00", [["22:00", "24:00"]]),
        ("０９：００－１８：００", [["09:00", "18:00"]]),
        ("9:00 to 18:00", [["09:00", "18:00"]]),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, ranges: list[list[str]]) -> None:
    assert ranges_of(text) == ranges
    assert ranges_of(text_of(ranges)) == ranges


@pytest.mark.parametrize(
    "text", ["nine to five", "09:00", "09:00-25:00", "18:00-09:00", "09:00-09:00", "09:00-12:00, 11:00-13:00"]
)
def test_hours_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(HoursInvalid):
        ranges_of(text)


@pytest.mark.parametrize("ranges", ["09:00", [["09:00"]], [[9, 18]], [["nine", "18:00"]], {"09:00": "18:00"}])
def test_hours_of_the_api_are_checked_as_well(ranges: object) -> None:
    with pytest.raises(HoursInvalid):
        checked_ranges(ranges)


@pytest.mark.parametrize(
    "text",
    [
        "2027/10/1 - 2027/10/3",
        "2027-10-01 to 2027-10-03",
        "2027年10月1日至2027年10月3日",
        "2027.10.1～2027.10.3",
    ],
)
def test_holidays_may_last_some_days(text: str) -> None:
    assert checked_holidays([text, "2027-1-1"]) == ["2027-01-01", "2027-10-01", "2027-10-02", "2027-10-03"]


@pytest.mark.parametrize(
    "text", ["2027-10-07 to 2027-10-01", "2027-01-01 to 2027-12-31", "2027-02-30", "10月1日至7日"]
)
def test_holidays_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(HoursInvalid):
        checked_holidays([text])


def test_holidays_are_days() -> None:
    assert checked_holidays([" 2027-01-01 ", "", "2026-10-01", "2027-01-01"]) == ["2026-10-01", "2027-01-01"]
    with pytest.raises(HoursInvalid):
        checked_holidays(["1 May"])


def test_a_working_day_on_a_weekend_has_hours_of_its_own() -> None:
    made_up = office("2026-03-08 09:00-12:00, 13:00-17:00")

    assert made_up.is_open(at("2026-03-08T10:00"))
    assert not made_up.is_open(at("2026-03-08T12:30"))
    assert made_up.next_opening(at("2026-03-06T20:00")) == at("2026-03-08T09:00")
    assert made_up.due_at(at("2026-03-06T17:45"), minutes=30) == at("2026-03-08T09:15")


def test_a_day_may_open_for_shorter() -> None:
    assert not office("2026-03-02 09:00-11:00").is_open(at("2026-03-02T11:30"))


@pytest.mark.parametrize(
    "line",
    [
        "2027-10-10 9:00-18:00",
        "2027年10月10日 9：00至18：00",
        "2027/10/10: 09:00 to 18:00",
        "2027-10-10，09:00～18:00",
    ],
)
def test_hours_of_a_special_day_are_taken_as_people_write_them(line: str) -> None:
    assert checked_holidays([line, "2027-10-09 to 2027-10-11"]) == [
        "2027-10-09",
        "2027-10-10 09:00-18:00",
        "2027-10-11",
    ]


@pytest.mark.parametrize(
    "line", ["2027-10-10 9:00", "2027-10-10 18:00-09:00", "9:00-18:00", "Sunday 9:00-18:00"]
)
def test_hours_of_a_special_day_that_cannot_be_are_refused(line: str) -> None:
    with pytest.raises(HoursInvalid):
        checked_holidays([line])
