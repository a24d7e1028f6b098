"""Which anomalies are one incident, which incident comes first, and what is blamed."""

from logmining.incidents import Change, Signal, group_signals, similarity


def signal(key: str, start: float, service: str = "", **details: object) -> Signal:
    values = {"end": start + 60, "surprise": 3.0, "service": service} | details
    return Signal(key, start, **values)  # type: ignore[arg-type]


def keys(signals: list[Signal]) -> list[list[str]]:
    return sorted(sorted(each.key for each in group.signals) for group in group_signals(signals))


def test_what_strikes_other_services_right_after_is_its_consequence() -> None:
    assert keys([signal("a", 0, "db"), signal("b", 90, "shop"), signal("c", 5_000, "mail")]) == [
        ["a", "b"],
        ["c"],
    ]


def test_the_same_service_later_is_another_incident_unless_it_never_stopped() -> None:
    assert keys([signal("a", 0, "db"), signal("b", 3_000, "db")]) == [["a"], ["b"]]
    assert keys([signal("a", 0, "db", end=2_900), signal("b", 3_000, "db")]) == [["a", "b"]]


def test_a_trace_holds_together_what_is_far_apart() -> None:
    trace = frozenset({"t1"})
    assert keys([signal("a", 0, "db", traces=trace), signal("b", 9_000, "shop", traces=trace)]) == [
        ["a", "b"]
    ]


def test_many_witnesses_and_services_rank_before_one_that_repeats() -> None:
    wide = [signal(f"w{number}", number, f"s{number}", template=f"t{number}") for number in range(3)]
    noisy = [signal(f"n{number}", 9_000 + number, "one", template="t", records=9) for number in range(3)]

    first, second = group_signals([*noisy, *wide])

    assert {each.key for each in first.signals} == {"w0", "w1", "w2"}
    assert first.score > second.score


def test_a_day_has_so_many_incidents_and_no_more() -> None:
    signals = [signal(str(number), number * 10_000, "s", surprise=number / 2) for number in range(20)]

    groups = group_signals(signals, max_groups=10)

    assert [group.signals[0].key for group in groups] == [str(number) for number in range(19, 9, -1)]


def test_the_last_change_of_a_struck_service_is_blamed_first() -> None:
    changes = [Change("old", 0, "db"), Change("other", 950, "mail"), Change("after", 1_010, "db")]

    (group,) = group_signals([signal("a", 1_000, "db")], changes)

    assert group.change
    assert group.change.key == "old"


def test_nothing_is_blamed_that_came_long_before() -> None:
    (group,) = group_signals([signal("a", 10_000, "db")], [Change("yesterday", 0, "db")])

    assert group.change is None


def test_a_change_of_a_service_without_any_sign_is_blamed_only_where_it_was_near() -> None:
    (far,) = group_signals([signal("a", 10_000, "db")], [Change("mail", 8_700, "mail")])
    (near,) = group_signals([signal("a", 10_000, "db")], [Change("mail", 9_700, "mail")])

    assert far.change is None
    assert near.change
    assert near.change.key == "mail"


def test_incidents_are_alike_by_what_they_share() -> None:
    assert similarity(frozenset("abc"), frozenset("bcd")) == 0.5
    assert similarity(frozenset(), frozenset()) == 0.0
