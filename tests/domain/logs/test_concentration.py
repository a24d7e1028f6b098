"""The one value that most lines of a burst have in common."""

from collections.abc import Iterable

import pytest

from domain.logs.concentration import TypedValue, ValueCounts, ValueKind, concentration, typed_value


def lines(*values: tuple[str, int], kind: ValueKind = ValueKind.ADDRESS) -> ValueCounts:
    rows: Iterable[frozenset[TypedValue]] = (
        frozenset({TypedValue(kind, text)}) for text, count in values for _ in range(count)
    )
    return ValueCounts.of(rows)


@pytest.mark.parametrize(
    ("text", "before", "value"),
    [
        ("183.62.140.253", " from ", ("address", "183.62.140.253")),
        ("/10.10.34.11:45307", "request ", ("address", "10.10.34.11")),
        ("2001:db8::1", " from ", ("address", "2001:db8::1")),
        ("alice", "user=", ("user", "alice")),
        ("alice", "\tAccount Name:\t\t", ("user", "alice")),
        ("mail.example.org", " rhost=", ("host", "mail.example.org")),
        ("/var/log/app", "open ", ("path", "/var/log/app")),
        ("blk_3886504906", "block ", ("id", "blk_3886504906")),
        ("-7d9c5b6f4-x2k9p_shop", "container in pod checkout", ("id", "checkout-7d9c5b6f4-x2k9p_shop")),
        ("4096", "size ", None),
        ("12:30:01", "at ", None),
        ("‹email·3f9a1c20d4›", "user=", None),
        ("", "from ", None),
    ],
)
def test_a_value_names_somebody_or_something(text: str, before: str, value: tuple[str, str] | None) -> None:
    named = typed_value(text, before)

    assert (named and (named.kind.value, named.text)) == value


def test_what_most_lines_hold_is_the_headline() -> None:
    found = concentration(lines(("10.0.0.7", 60), ("10.0.0.8", 40)), ValueCounts())

    assert found
    assert (found.value.text, found.records, found.total) == ("10.0.0.7", 60, 100)


@pytest.mark.parametrize("counts", [[("10.0.0.7", 4)], [(f"10.0.0.{n}", 10) for n in range(10)]])
def test_few_lines_and_many_values_have_none(counts: list[tuple[str, int]]) -> None:
    assert concentration(lines(*counts), ValueCounts()) is None


def test_what_was_as_frequent_before_is_how_the_system_is() -> None:
    usual = lines(("10.0.0.7", 90), ("10.0.0.8", 10))

    assert concentration(lines(("10.0.0.7", 60), ("10.0.0.8", 40)), usual) is None
    assert concentration(lines(("10.0.0.8", 60), ("10.0.0.7", 40)), usual)


def test_a_host_that_is_the_only_one_there_is_says_nothing() -> None:
    assert concentration(lines(("db.shop.example", 50), kind=ValueKind.HOST), ValueCounts()) is None
    assert concentration(lines(("10.0.0.7", 50)), ValueCounts())


def test_lines_without_such_a_value_count_against_it() -> None:
    empty = [frozenset[TypedValue]()] * 80
    rows = [*empty, *[frozenset({TypedValue(ValueKind.ADDRESS, "10.0.0.7")})] * 20]

    assert concentration(ValueCounts.of(rows), ValueCounts()) is None


def test_an_address_of_every_line_hides_nobody_elses() -> None:
    def packets(source: str, count: int) -> list[frozenset[TypedValue]]:
        card, sender = (TypedValue(ValueKind.ADDRESS, text) for text in ("00:16:3e:5e:6c:00", source))
        return [frozenset({card, sender})] * count

    usual = [packet for number in range(50) for packet in packets(f"198.51.100.{number}", 1)]

    found = concentration(ValueCounts.of([*packets("203.0.113.7", 40), *usual[:9]]), ValueCounts.of(usual))

    assert found
    assert (found.value.text, found.records) == ("203.0.113.7", 40)


def test_of_a_name_and_an_id_the_name_is_the_headline() -> None:
    pod = {TypedValue(ValueKind.ID, text) for text in ("5f1c9a30-9a55-4a5e-9c1b-0b5c3a1d2e4f", "cart-7d9")}

    found = concentration(ValueCounts.of([frozenset(pod)] * 9), ValueCounts())

    assert found
    assert found.value.text == "cart-7d9"
