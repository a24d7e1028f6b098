"""A segment's rule is read strictly and holds for those whom it names, whatever their attributes look like."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.core.errors import InvalidInput
from apps.marketing.profiles.models import Person
from apps.marketing.profiles.selectors import people_in
from apps.marketing.rules import membership
from apps.marketing.rules.rules import MAX_CONDITIONS, holds, read_rule
from apps.marketing.segments.models import Segment
from tests.marketing.conftest import NewPerson, Send


def attribute(operator: str, value: Any = None, name: str = "city") -> dict[str, Any]:
    return {"attribute": name, "is": operator} | ({} if value is None else {"value": value})


def fitting(rule: object) -> set[str]:
    people = Person.objects.filter(holds(read_rule(rule)))
    return set(people.values_list("external_id", flat=True))


@pytest.fixture
def people(new_person: NewPerson) -> None:
    new_person(
        "beijing", attributes={"city": "北京", "age": 30, "vip": True, "joined": str(timezone.localdate())}
    )
    new_person("shanghai", attributes={"city": "上海", "age": 41.5, "vip": False, "joined": "2020-02-01"})
    new_person("odd", attributes={"city": 5, "age": "old", "joined": "2026-02-30", "x') OR 1=1 --": "1"})
    new_person("empty", consents=["email", "sms"], unsubscribed=["sms"])


@pytest.mark.django_db
@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (attribute("=", "北京"), {"beijing"}),
        (attribute("=", 5), {"odd"}),
        (attribute("!=", "北京"), {"shanghai", "odd"}),
        ({"not": attribute("=", "北京")}, {"shanghai", "odd", "empty"}),
        (attribute("contains", "海"), {"shanghai"}),
        (attribute("in", ["北京", "上海", 7]), {"beijing", "shanghai"}),
        (attribute("set"), {"beijing", "shanghai", "odd"}),
        (attribute(">", 30, "age"), {"shanghai"}),
        (attribute(">=", 30, "age"), {"beijing", "shanghai"}),
        (attribute("<", 41.5, "age"), {"beijing"}),
        ({"not": attribute(">", 40, "age")}, {"beijing", "odd", "empty"}),
        (attribute("=", True, "vip"), {"beijing"}),
        (attribute("<", "2021-01-01", "joined"), {"shanghai"}),
        (attribute("within_days", 7, "joined"), {"beijing"}),
        (attribute("=", "1", "x') OR 1=1 --"), {"odd"}),
        (attribute("=", "' OR 1=1; DROP TABLE marketing_person; --"), set()),
        ({"consent": "email"}, {"empty"}),
        ({"consent": "sms"}, set()),
        (
            {"all": [attribute("set"), {"any": [attribute("=", 5), attribute("=", True, "vip")]}]},
            {"beijing", "odd"},
        ),
    ],
)
def test_a_rule_holds_for_those_whom_it_names(rule: object, expected: set[str]) -> None:
    assert fitting(rule) == expected


@pytest.mark.django_db
def test_a_text_is_found_whether_it_was_stored_as_a_number_and_a_day_at_any_time_of_it(
    new_person: NewPerson,
) -> None:
    new_person("hohhot", attributes={"post": "010010", "joined": "2026-01-31 09:05"})
    new_person("beijing", attributes={"post": 100000, "joined": "2026-01-31"})
    new_person("tianjin", attributes={"post": 300000, "joined": "2026-02-01"})

    assert fitting(attribute("=", "100000", "post")) == {"beijing"}
    assert fitting(attribute("!=", "100000", "post")) == {"hohhot", "tianjin"}
    assert fitting(attribute("in", ["010010", "300000"], "post")) == {"hohhot", "tianjin"}
    assert fitting(attribute("contains", "0000", "post")) == {"beijing", "tianjin"}
    assert fitting(attribute("=", "2026-01-31", "joined")) == {"hohhot", "beijing"}
    assert fitting(attribute("!=", "2026-01-31", "joined")) == {"tianjin"}
    assert fitting(attribute("=", "2026-01-31 09:05", "joined")) == {"hohhot"}


@pytest.mark.django_db
def test_a_rule_asks_what_somebody_did(new_person: NewPerson, send: Send) -> None:
    vera, walter, _xenia = (new_person(each) for each in ("vera", "walter", "xenia"))
    send(vera, days=40, clicked_at=3, converted_at=31)
    send(walter, days=2)

    assert fitting({"event": "clicked", "within_days": 7}) == {"vera"}
    assert fitting({"event": "written_to", "within_days": 7}) == {"walter"}
    assert fitting({"not": {"event": "bought", "within_days": 30}}) == {"vera", "walter", "xenia"}
    assert fitting({"event": "bought", "within_days": 32}) == {"vera"}


def deep(levels: int) -> dict[str, Any]:
    return {"not": deep(levels - 1)} if levels else attribute("set")


@pytest.mark.parametrize(
    "rule",
    [
        None,
        {},
        [],
        "city = 北京",
        {"all": []},
        {"all": {"city": "北京"}},
        {"all": [attribute("set")], "any": [attribute("set")]},
        {"attribute": "city"},
        {"attribute": "city", "is": "=", "value": "x", "sql": "1=1"},
        {"attribute": "city", "is": "= '' OR 1=1 --", "value": "x"},
        {"attribute": "", "is": "set"},
        {"attribute": "x" * 61, "is": "set"},
        {"attribute": "a\0b", "is": "set"},
        attribute("=", {"a": 1}),
        attribute("=", "x" * 201),
        attribute("=", float("nan")),
        attribute("=", 10**400),
        attribute(">", "much"),
        attribute(">", "2026-13-01"),
        attribute(">", True),
        attribute("in", []),
        attribute("in", ["x"] * 101),
        attribute("contains", 5),
        attribute("within_days", 0),
        attribute("within_days", True),
        {"event": "slept", "within_days": 3},
        {"event": "clicked", "within_days": "3"},
        {"event": "clicked", "within_days": 10**9},
        {"consent": "carrier pigeon"},
        deep(6),
        {"any": [attribute("set")] * MAX_CONDITIONS},
    ],
)
def test_what_is_no_rule_is_refused(rule: object) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_rule(rule)

    assert refusal.value.fields["rule"]


def test_a_rule_is_written_as_it_was_read_and_said_in_words() -> None:
    rule = {
        "any": [
            {"all": [attribute("=", "北京"), attribute(">=", 30, "age")]},
            {"not": {"event": "bought", "within_days": 30}},
            {"consent": "email"},
        ]
    }

    assert read_rule(rule).as_json() == rule
    assert read_rule(rule).words() == (
        "(city is 北京 and age is at least 30) or not (bought in the last 30 days) or agreed to E-mail"
    )


@pytest.fixture
def segment(alice_actor: Actor) -> Any:
    def make(rule: object, name: str = "s") -> Segment:
        return Segment.objects.create(organisation=alice_actor.organisation, name=name, rule=rule)

    return make


def members(segment: Segment) -> set[str]:
    segment.refresh_from_db()
    found = set(people_in(segment.organisation, segment).values_list("external_id", flat=True))
    assert segment.members_count == len(found)
    return found


@pytest.mark.django_db
def test_only_people_who_changed_are_looked_at(
    alice_actor: Actor, new_person: NewPerson, segment: Any
) -> None:
    of_beijing = segment(attribute("=", "北京"))
    vera, walter = new_person("vera", attributes={"city": "北京"}), new_person("walter")
    house = alice_actor.organisation

    membership.refresh(house, [walter.pk])
    assert members(of_beijing) == set()
    membership.refresh(house, [vera.pk, walter.pk])
    assert members(of_beijing) == {"vera"}

    Person.objects.update(attributes={"city": "上海"})
    membership.refresh(house, [vera.pk])
    assert members(of_beijing) == set()


@pytest.mark.django_db
def test_what_time_makes_true_or_false_is_followed_without_a_scan(
    alice_actor: Actor, new_person: NewPerson, send: Send, segment: Any
) -> None:
    """Bought so many days ago: the one rule ends, the other begins, at the moment that was written down."""
    lately = segment({"event": "bought", "within_days": 30}, "bought")
    long_ago = segment({"not": {"event": "bought", "within_days": 30}}, "not bought")
    vera = new_person("vera")
    bought = send(vera, converted_at=29.5)
    membership.refresh(alice_actor.organisation, [vera.pk])
    assert (members(lately), members(long_ago)) == ({"vera"}, set())
    vera.refresh_from_db()
    assert vera.due_at
    assert abs(vera.due_at - bought.converted_at - timedelta(days=30)) < timedelta(seconds=1)

    membership.refresh_due()
    assert members(lately) == {"vera"}

    # Half a day goes by: as if all that happened had happened earlier.
    type(bought).objects.update(converted_at=timezone.now() - timedelta(days=30, seconds=1))
    Person.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    membership.refresh_due()

    assert (members(lately), members(long_ago)) == (set(), {"vera"})
    vera.refresh_from_db()
    assert vera.due_at is None


@pytest.mark.django_db
def test_a_day_to_come_enters_and_leaves_by_itself(
    alice_actor: Actor, new_person: NewPerson, segment: Any
) -> None:
    today = timezone.localdate()
    segment(attribute("within_days", 7, "visit"))
    ahead = new_person("ahead", attributes={"visit": str(today + timedelta(days=3))})
    among = new_person("among", attributes={"visit": str(today - timedelta(days=3))})
    past = new_person("past", attributes={"visit": "2020-01-01"})
    odd = new_person("odd", attributes={"visit": "9999-99-99"})

    membership.refresh(alice_actor.organisation, [each.pk for each in (ahead, among, past, odd)])

    due = {each.external_id: each.due_at and timezone.localdate(each.due_at) for each in Person.objects.all()}
    assert due["ahead"] == today + timedelta(days=3)
    assert due["among"] == today + timedelta(days=5)
    assert due["past"] is None
    assert members(Segment.objects.get()) == {"among"}
