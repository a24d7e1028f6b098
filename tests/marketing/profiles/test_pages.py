"""The pages of people and segments, as somebody with a browser meets them."""

import io
from typing import Any

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, User
from apps.audit.models import AuditEntry
from apps.marketing.imports import services as imports
from apps.marketing.imports.models import PeopleImport
from apps.marketing.profiles import selectors
from apps.marketing.profiles.models import Person
from apps.marketing.segments import services as segmentation
from apps.marketing.segments.models import Segment
from tests.conftest import ApiClient, browser_of
from tests.marketing.conftest import NewPerson, Send, worked
from tests.marketing.profiles.test_people import CSV

pytestmark = pytest.mark.django_db
ROOT = "/marketing/"
ROWS = {
    "name": "Tea drinkers",
    "condition-TOTAL_FORMS": "3",
    "condition-INITIAL_FORMS": "0",
    "condition-0-joint": "and",
    "condition-0-subject": "attribute:city",
    "condition-0-operator": "in",
    "condition-0-value": "Paris, Rome",
    "condition-1-joint": "and",
    "condition-1-negation": "not",
    "condition-1-subject": "event:bought",
    "condition-1-value": "30",
    "condition-2-joint": "or",
    "condition-2-subject": "consent:email",
}
RULE = {
    "any": [
        {
            "all": [
                {"attribute": "city", "is": "in", "value": ["Paris", "Rome"]},
                {"not": {"event": "bought", "within_days": 30}},
            ]
        },
        {"consent": "email"},
    ]
}


def text_of(answer: Any) -> str:
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def test_empty_pages_say_what_comes_first(alice_browser: Client) -> None:
    assert "No people yet" in text_of(alice_browser.get(f"{ROOT}people/"))
    assert "No imports yet" in text_of(alice_browser.get(f"{ROOT}people/imports/"))
    assert "No segments yet" in text_of(alice_browser.get(f"{ROOT}segments/"))


def test_a_person_is_written_down_and_changed(alice_browser: Client) -> None:
    values = {
        "external_id": "V 1",
        "name": "Vera",
        "attributes": "city = Paris\nage = 41",
        "consents": ["email"],
    }
    page = alice_browser.post(f"{ROOT}people/new/", values, follow=True)
    assert "Vera" in text_of(page)
    vera = Person.objects.get()
    assert vera.attributes == {"city": "Paris", "age": 41}

    twice = alice_browser.post(f"{ROOT}people/new/", values)
    assert "This customer ID is already in use" in text_of(twice)
    wrong = alice_browser.post(
        f"{ROOT}people/new/", values | {"external_id": "2", "attributes": "x" * 70 + " = 1"}
    )
    assert "name is empty or too long" in text_of(wrong)
    changed = {"external_id": "other", "name": "Wera", "email": "w@x.example", "attributes": "city = Rome"}
    alice_browser.post(f"{ROOT}people/{vera.pk}/change/", changed)

    vera.refresh_from_db()
    assert (vera.external_id, vera.name, vera.email) == ("V 1", "Wera", "w@x.example")
    assert (vera.attributes, vera.consents) == ({"city": "Rome"}, [])
    actions = AuditEntry.objects.filter(target_type="person").values_list("action", flat=True)
    assert list(actions.order_by("sequence")) == ["person.created", "person.changed"]


def test_a_page_tells_what_was_sent_and_what_came_of_it(
    alice_browser: Client, new_person: NewPerson, send: Send
) -> None:
    vera = new_person("v", name="Vera", email="v@x.example", consents=["email", "sms"])
    send(vera, clicked_at=1)

    page = text_of(alice_browser.get(f"{ROOT}people/{vera.pk}/"))
    assert "Spring" in page
    assert "clicked" in page
    alice_browser.post(f"{ROOT}people/{vera.pk}/unsubscribe/", {"channel": "email"})
    vera.refresh_from_db()
    assert vera.unsubscribed == ["email"]
    report = alice_browser.get(f"{ROOT}people/{vera.pk}/report/")
    assert b"v@x.example" in report.content
    alice_browser.post(f"{ROOT}people/{vera.pk}/erase/")
    assert not Person.objects.exists()


def test_people_are_found_by_number_and_paged_without_a_count(
    alice_browser: Client, new_person: NewPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "PAGE_PEOPLE", 2)
    people = [new_person(f"number-{number}") for number in range(5)]

    first = text_of(alice_browser.get(f"{ROOT}people/"))
    assert "number-4" in first
    assert "number-2" not in first
    second = text_of(alice_browser.get(f"{ROOT}people/?after={people[3].pk}"))
    assert "number-2" in second
    assert "number-3" not in second
    assert "number-1" in text_of(alice_browser.get(f"{ROOT}people/?number=number-1"))
    assert "No matching people" in text_of(alice_browser.get(f"{ROOT}people/?number=number"))
    assert "number-4" in text_of(alice_browser.get(f"{ROOT}people/?after=nonsense&segment=nonsense"))


def test_a_table_is_uploaded_looked_at_and_imported(alice_actor: Actor, alice_browser: Client) -> None:
    content = CSV.encode()
    row = imports.begin_import(alice_actor, file_name="people.csv", length=len(content))
    assert "uploading" in text_of(alice_browser.get(f"{ROOT}people/imports/"))
    imports.append_part(alice_actor, row, offset=0, content=io.BytesIO(content))
    url = f"{ROOT}people/imports/{row.pk}/"

    page = text_of(alice_browser.get(url))
    assert "王小茶" in page
    columns = {f"column-{place}": "" for place in range(8)}
    assert "Choose exactly one column" in text_of(alice_browser.post(url, columns))
    alice_browser.post(
        url, columns | {"column-0": "external_id", "column-1": "name", "column-5": "attribute"}
    )
    row.refresh_from_db()
    assert row.mapping == {"会员号": "external_id", "姓名": "name", "城市": "attribute:城市"}
    worked(row.job)

    assert "View people" in text_of(alice_browser.get(url, headers={"HX-Request": "true"}))
    assert Person.objects.count() == 3
    alice_browser.post(f"{url}delete/")
    assert (PeopleImport.objects.count(), Person.objects.count()) == (0, 3)


@pytest.mark.slow
def test_a_segment_is_made_from_rows_without_a_script(alice_browser: Client, new_person: NewPerson) -> None:
    new_person("a", attributes={"city": "Paris"})
    url = f"{ROOT}segments/new/"
    assert "city" in text_of(alice_browser.get(url))

    more = text_of(alice_browser.post(url, ROWS | {"add": "1"}))
    assert 'name="condition-3-subject"' in more
    fewer = text_of(alice_browser.post(url, ROWS | {"remove": "0"}))
    assert 'name="condition-2-subject"' not in fewer
    assert "Paris" not in fewer.partition("<datalist")[0]
    counted = text_of(alice_browser.post(url, ROWS | {"count": "1"}, headers={"HX-Request": "true"}))
    assert "person matches now" in counted
    assert not Segment.objects.exists()

    alice_browser.post(url, ROWS)
    segment = Segment.objects.get()
    assert (segment.name, segment.rule) == ("Tea drinkers", RULE)
    worked(segment.job)
    assert "Only one member" in text_of(alice_browser.get(segment.get_absolute_url()))

    form = text_of(alice_browser.get(f"{ROOT}segments/{segment.pk}/change/"))
    assert "Paris; Rome" in form
    alice_browser.post(
        f"{ROOT}segments/{segment.pk}/change/", ROWS | {"condition-0-value": "Oslo", "name": "Oslo"}
    )
    segment.refresh_from_db()
    assert segment.rule["any"][0]["all"][0]["value"] == ["Oslo"]
    alice_browser.post(f"{ROOT}segments/{segment.pk}/delete/")
    assert not Segment.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"condition-1-value": "soon"},
        {"condition-2-subject": "consent:pigeon"},
        {"condition-0-operator": ">", "condition-0-value": "much"},
        {"condition-TOTAL_FORMS": "nonsense"},
        {"condition-TOTAL_FORMS": "100000"},
        {"name": ""},
    ],
)
def test_what_cannot_be_used_is_said_and_nothing_is_saved(
    alice_browser: Client, wrong: dict[str, str]
) -> None:
    assert alice_browser.post(f"{ROOT}segments/new/", ROWS | wrong).status_code == 200
    assert not Segment.objects.exists()


def test_a_rule_of_many_levels_is_changed_as_text(alice_actor: Actor, alice_browser: Client) -> None:
    inner = {"any": [{"consent": "email"}, {"consent": "sms"}]}
    rule = {"all": [inner, {"not": {"all": [inner, {"event": "clicked", "within_days": 3}]}}]}
    segment = segmentation.create_segment(alice_actor, name="Deep", rule=rule)
    url = f"{ROOT}segments/{segment.pk}/change/"

    assert "within_days" in text_of(alice_browser.get(url))
    assert "Enter a valid JSON" in text_of(alice_browser.post(url, {"name": "Deep", "rule": "nonsense"}))
    alice_browser.post(url, {"name": "Flat", "rule": '{"consent": "sms"}'})

    segment.refresh_from_db()
    assert (segment.name, segment.rule) == ("Flat", {"consent": "sms"})


def test_who_may_not_see_people_sees_neither_them_nor_segments(tea_house: Any, alice_browser: Client) -> None:
    dan = User.objects.create_user("dan@tea.example", name="Dan")
    Membership.objects.create(organisation=tea_house, user=dan, role="copy_approver")
    browser = browser_of(dan)

    for page in ("people/", "people/imports/", "segments/", "segments/new/"):
        assert browser.get(f"{ROOT}{page}").status_code == 403
    assert "/marketing/people/" not in browser.get(f"{ROOT}channels/").content.decode()


def test_people_and_segments_by_the_api(alice_api: ApiClient, bob_api: ApiClient) -> None:
    root = "/api/v1/marketing/"
    rows = [{"external_id": "1", "attributes": {"city": "Paris"}}, {"external_id": ""}, "nonsense"]
    stored = alice_api.post_json(f"{root}people/", {"people": rows}).json()
    assert (stored["created"], [each["index"] for each in stored["errors"]]) == (1, [1, 2])
    assert alice_api.post_json(f"{root}people/", {"people": [{}] * 1001}).status_code == 400

    rule = {"attribute": "city", "is": "=", "value": "Paris"}
    assert alice_api.post_json(f"{root}segments/count/", {"rule": rule}).json()["count"] == 1
    made = alice_api.post_json(f"{root}segments/", {"name": "Paris", "rule": rule}).json()
    worked(Segment.objects.get().job)
    (person,) = alice_api.get(f"{root}people/?segment={made['id']}").json()["results"]
    assert person["external_id"] == "1"
    assert bob_api.get(f"{root}people/?segment={made['id']}").json()["results"] == []
    assert alice_api.get(f"{root}people/?external_id=2").json()["results"] == []

    refused = alice_api.patch(
        f"{root}segments/{made['id']}/", {"rule": {"x": 1}}, content_type="application/json"
    )
    assert refused.json()["error"]["code"] == "rule_unusable"
    assert alice_api.delete(f"{root}people/{person['id']}/").status_code == 204
    assert alice_api.get(f"{root}segments/{made['id']}/").json()["members_count"] == 0


def test_a_rule_of_a_number_without_an_end_is_refused_in_words(alice_browser: Client) -> None:
    answer = alice_browser.post("/marketing/segments/new/", {"name": "Everybody", "rule": "9" * 5000})

    assert answer.status_code == 200
    assert "valid JSON" in answer.content.decode()
