"""Which anomalies are one incident, which incident comes first, and what is blamed."""

from dataclasses import replace

from domain.logs.incidents import Change, Signal, condense, group_signals, similarity


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


def test_the_most_surprising_of_a_day_come_first() -> None:
    signals = [signal(str(number), number * 10_000, "s", surprise=number / 2) for number in range(20)]

    groups = group_signals(signals)[:10]

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


DAY = 86_400.0


def condensed(signals: list[Signal], *, is_whole: bool = False) -> list[list[str]]:
    groups = condense(group_signals(signals), is_whole=is_whole)
    return [[each.key for each in group.signals] for group in groups]


def test_the_same_family_of_events_again_is_the_same_incident() -> None:
    first = signal("a", 0, "db", family="timeout", template="t1")
    again = signal("b", 9 * DAY, "db", family="timeout", template="t2")
    other = signal("c", 9 * DAY + 5_000, "mail", family="timeout", template="t2")

    assert sorted(condensed([first, again, other])) == [["a", "b"], ["c"]]
    assert len(condensed([first, signal("b", 40 * DAY, "db", family="timeout")])) == 2


def test_what_people_have_closed_stays_closed_and_what_they_know_as_two_stays_two() -> None:
    closed = signal("a", 0, "db", template="t", incident="1", is_settled=True)
    again = signal("b", DAY, "db", template="t")
    assert len(condensed([closed, again])) == 2
    assert len(condensed([closed, replace(closed, key="b", start=DAY, end=DAY + 60)])) == 1

    known = [signal(key, place * DAY, "db", template="t", incident=key) for place, key in enumerate("ab")]
    assert len(condensed(known)) == 2


def test_a_log_out_is_no_incident_and_many_of_them_are() -> None:
    lonely = signal("a", 0, "sshd", is_normal=True)

    assert condensed([lonely]) == []
    assert condensed([replace(lonely, records=3)]) == [["a"]]
    assert condensed([replace(lonely, is_normal=False)]) == [["a"]]
    assert condensed([replace(lonely, incident="1")]) == [["a"]]


def test_few_failed_sign_ins_are_no_incident() -> None:
    assert condensed([signal("a", 0, "sshd", family="sign_in", records=9)]) == []
    assert condensed([signal("a", 0, "sshd", family="sign_in", records=10)]) == [["a"]]
    assert condensed([signal("a", 0, "db", family="memory", records=1)]) == [["a"]]


def test_in_a_file_what_is_slight_beside_another_is_left_out_and_in_a_stream_it_is_told() -> None:
    grave = signal("a", 0, "db", surprise=12.0, records=500)
    slight = signal("b", 5_000, "mail", surprise=3.0)

    assert condensed([grave, slight], is_whole=True) == [["a"]]
    assert condensed([grave, slight]) == [["a"], ["b"]]


def test_two_detectors_that_see_the_same_records_count_them_once() -> None:
    (group,) = group_signals(
        [signal("a", 0, "db", template="t", records=7), signal("b", 0, "db", template="t", records=7)]
    )

    assert group.records == 7


def records(*signals: Signal) -> int:
    (group,) = group_signals(signals)
    return group.records


def test_a_record_counts_once_though_two_detectors_saw_it() -> None:
    by_words = signal("words", 0, "db", end=600, template="t", records=26)
    by_rate = signal("rate", 0, "db", end=1_200, template="t", records=26)
    by_level = signal("grave", 0, "db", records=30)

    assert records(by_words, by_rate) == 26
    assert records(by_words, by_rate, by_level) == 30
    assert records(by_words, signal("other", 60, "db", template="u", records=8), by_level) == 34


def test_minutes_that_follow_each_other_count_together_and_sessions_each() -> None:
    minutes = [
        signal(str(minute), 60.0 * minute, "db", template="t", records=5 + minute) for minute in range(4)
    ]
    sessions = [
        signal(name, 0, "db", end=300, template="t", session=name, records=7) for name in ("s1", "s2")
    ]

    assert records(*minutes) == 26
    assert records(*minutes, signal("rate", 0, "db", end=180, template="t", records=17)) == 26
    assert records(*sessions) == 14


def test_what_went_well_again_as_often_as_it_failed_does_not_hide_what_happened() -> None:
    down = signal("down", 0, "switch", template="d", records=48, family="connection")
    (group,) = group_signals([down, signal("up", 0, "switch", template="u", records=51)])
    (other,) = group_signals([down, signal("work", 0, "switch", template="w", records=101)])

    assert (group.family, other.family) == ("connection", "")
