"""The frame's resource, by the example of those that are declared with it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.http import Http404
from django.test import Client
from django.urls import NoReverseMatch

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation, User
from apps.audit.models import AuditEntry
from apps.audit.sentences import SENTENCES
from apps.core.errors import InvalidInput, NotFound
from apps.core.pages import PAGE_ROWS
from apps.customer_service.inbox.forms import CannedReplyForm
from apps.customer_service.inbox.models import CannedReply, Tag
from apps.customer_service.inbox.resources import CANNED_REPLIES, TAGS
from apps.log_analysis.sources.models import LogSource
from apps.medical_records.patients.resources import DEPARTMENTS
from apps.resources import services
from apps.resources.declaration import Resource
from apps.translation.models import GlossaryTerm
from apps.translation.resources import GLOSSARY
from tests.architecture.routes import our_routes
from tests.conftest import ApiClient, browser_of

pytestmark = pytest.mark.django_db

LIST = "/conversations/canned-replies/"
API = "/api/v1/canned-replies/"
THANKS = {"shortcut": "thanks", "language": "en", "text": "Thank you!"}


@pytest.fixture
def thanks(alice_actor: Actor) -> CannedReply:
    return services.save(alice_actor, CANNED_REPLIES, THANKS)


@pytest.fixture
def reader(tea_house: Organisation) -> Client:
    """Reads conversations, writes nothing."""
    user = User.objects.create_user("ann@tea.example", name="Ann")
    Membership.objects.create(organisation=tea_house, user=user, role="analyst")
    return browser_of(user)


def shown(client: Client, path: str) -> str:
    answer = client.get(path, headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    return answer.content.decode()


def upload(client: Client, table: str) -> str:
    file = SimpleUploadedFile("replies.csv", table.encode())
    answer = client.post(f"{LIST}import/", {"file": file}, follow=True, headers={"Accept-Language": "en"})
    return answer.content.decode()


def declared() -> Iterator[Resource[Any]]:
    lists = {id(each): each for route in our_routes() if (each := getattr(route.view, "row_list", None))}
    yield from (each for each in lists.values() if isinstance(each, Resource))


def test_whatever_is_recorded_of_a_resource_has_a_sentence() -> None:
    actions = {
        f"{each.name}.{action}"
        for each in declared()
        for action, is_done in {
            "created": True,
            "changed": True,
            "deleted": each.is_deletable,
            "exported": True,
            "imported": bool(each.table_columns),
        }.items()
        if is_done
    }

    assert actions >= {"webhook.created", "glossary_term.imported", "department.changed"}
    assert actions - SENTENCES.keys() == set()


def test_an_empty_list_says_what_it_is_for_and_offers_the_first_step(
    alice_browser: Client, reader: Client
) -> None:
    assert "Save what you answer every day" in shown(alice_browser, LIST)
    assert f'href="{LIST}new/"' in shown(alice_browser, LIST)
    assert f'href="{LIST}new/"' not in shown(reader, LIST)


def test_a_list_is_searched_narrowed_and_paged(alice_browser: Client, alice_actor: Actor) -> None:
    for number in range(PAGE_ROWS + 1):
        services.save(alice_actor, CANNED_REPLIES, {**THANKS, "shortcut": f"reply-{number:02}"})
    services.save(alice_actor, CANNED_REPLIES, {"shortcut": "xie", "language": "zh-hans", "text": "谢谢"})

    assert "Page 1 of 2" in shown(alice_browser, LIST)
    assert "/xie" in shown(alice_browser, f"{LIST}?search=谢")
    assert "/xie" in shown(alice_browser, f"{LIST}?language=zh-hans")
    assert "/reply-00" not in shown(alice_browser, f"{LIST}?language=zh-hans")
    assert "No results" in shown(alice_browser, f"{LIST}?search=nowhere")
    assert "Page 1 of 2" in shown(alice_browser, f"{LIST}?language=nonsense")


def test_a_list_is_narrowed_by_what_is_on_or_off_and_shows_a_dash_for_nothing(
    alice_browser: Client, alice_actor: Actor
) -> None:
    LogSource.objects.create(organisation=alice_actor.organisation, name="shop", records_count=12_345)

    page, paused, running = (
        alice_browser.get(f"/logs/sources/?is_paused={value}") for value in ("", "true", "false")
    )

    text = page.content.decode()
    choices = re.findall(r'<option value="(?:unknown|true|false)"[^>]*>(.*?)</option>', text, re.S)
    assert [choice.split() for choice in choices] == [
        ["Paused"],
        ["Paused", "·", "Yes"],
        ["Paused", "·", "No"],
    ]
    assert "12,345" in text
    assert ">None<" not in text
    assert "No results" in paused.content.decode()
    assert "shop" in running.content.decode()


def test_the_api_is_searched_and_narrowed_alike(alice_api: ApiClient, thanks: CannedReply) -> None:
    for query, count in {"search=THANK": 1, "search=bye": 0, "language=en": 1, "language=zh-hans": 0}.items():
        assert len(alice_api.get(f"{API}?{query}").json()["results"]) == count, query


def test_who_only_reads_sees_rows_and_no_way_to_change_them(reader: Client, thanks: CannedReply) -> None:
    page = shown(reader, LIST)

    assert "/thanks" in page
    assert str(thanks.pk) not in page
    assert "Import" not in page
    for path in ("new/", f"{thanks.pk}/"):
        assert reader.get(f"{LIST}{path}").status_code == 403
    for path in ("new/", "import/", f"{thanks.pk}/", f"{thanks.pk}/delete/"):
        assert reader.post(f"{LIST}{path}", THANKS).status_code == 403


def test_a_limit_is_the_same_for_the_form_the_api_and_a_table(
    alice_browser: Client, alice_api: ApiClient
) -> None:
    wrong = {**THANKS, "shortcut": "two words"}

    page = alice_browser.post(f"{LIST}new/", wrong)
    answer = alice_api.post_json(API, wrong)
    table = upload(alice_browser, "shortcut,language,text\ntwo words,en,Thank you!\n")

    assert page.context["form"].errors.keys() == {"shortcut"}
    assert answer.json()["error"]["fields"].keys() == {"shortcut"}
    assert "Row 2:" in table
    assert not CannedReply.objects.exists()


def test_the_api_goes_through_the_form(alice_api: ApiClient) -> None:
    made = alice_api.post_json(API, {**THANKS, "shortcut": "THANKS"}).json()

    assert made["shortcut"] == "thanks"
    assert alice_api.post_json(API, {**THANKS, "text": {"a": 1}}).status_code == 400
    assert alice_api.post_json(API, ["thanks"]).status_code == 400


def test_what_a_change_leaves_out_stays(alice_api: ApiClient, thanks: CannedReply) -> None:
    changed = alice_api.patch(f"{API}{thanks.pk}/", {"text": "Thanks!"}, content_type="application/json")

    assert changed.json() == {"id": str(thanks.pk), **THANKS, "text": "Thanks!"}


def test_each_change_stands_in_the_trail_with_what_the_resource_names(
    alice_actor: Actor, thanks: CannedReply
) -> None:
    services.save(alice_actor, CANNED_REPLIES, {"text": "Thanks!"}, row=thanks)
    services.delete(alice_actor, CANNED_REPLIES, thanks)

    recorded = AuditEntry.objects.filter(action__startswith="canned_reply.").order_by("sequence")
    assert [(each.action.partition(".")[2], each.details) for each in recorded] == [
        (action, {"shortcut": "thanks"}) for action in ("created", "changed", "deleted")
    ]


def test_a_second_row_of_one_identity_is_refused(
    alice_browser: Client, alice_actor: Actor, thanks: CannedReply
) -> None:
    bye = services.save(alice_actor, CANNED_REPLIES, {**THANKS, "shortcut": "bye"})

    for path in ("new/", f"{bye.pk}/"):
        page = alice_browser.post(f"{LIST}{path}", THANKS, headers={"Accept-Language": "en"})
        assert "A reply with this shortcut already exists in this language." in page.content.decode()
    bye.refresh_from_db()
    assert bye.shortcut == "bye"


def test_a_row_that_another_request_was_faster_with_is_refused_with_the_same_words(
    alice_actor: Actor, tea_house: Organisation
) -> None:
    form = TAGS.bound_form(tea_house, {"name": "VIP"})
    assert form.is_valid()
    Tag.objects.create(organisation=tea_house, name="VIP")

    with pytest.raises(InvalidInput) as refusal:
        services.save_form(alice_actor, TAGS, form)

    assert refusal.value.fields == {"name": [TAGS.conflict]}


class TextlessForm(CannedReplyForm):
    def save(self, commit: bool = True) -> CannedReply:
        self.instance.text = None  # type: ignore[assignment]
        return super().save(commit)


def test_two_people_who_change_a_row_at_once_keep_what_each_changed(
    alice_actor: Actor, thanks: CannedReply
) -> None:
    seen_by_both = [CannedReply.objects.get(pk=thanks.pk) for _person in range(2)]

    services.save(alice_actor, CANNED_REPLIES, {"text": "Thanks a lot!"}, row=seen_by_both[0])
    services.save(alice_actor, CANNED_REPLIES, {"shortcut": "ty"}, row=seen_by_both[1])

    row = CannedReply.objects.get(pk=thanks.pk)
    assert (row.shortcut, row.text) == ("ty", "Thanks a lot!")


def test_what_somebody_else_deleted_is_neither_changed_nor_deleted_again(
    alice_actor: Actor, thanks: CannedReply
) -> None:
    seen = CannedReply.objects.get(pk=thanks.pk)
    services.delete(alice_actor, CANNED_REPLIES, thanks)

    form = CANNED_REPLIES.bound_form(alice_actor.organisation, THANKS, seen)
    with pytest.raises(NotFound):
        services.save_form(alice_actor, CANNED_REPLIES, form)
    with pytest.raises(NotFound):
        services.delete(alice_actor, CANNED_REPLIES, seen)

    assert not CannedReply.objects.exists()
    assert AuditEntry.objects.filter(action="canned_reply.deleted").count() == 1


def test_an_error_of_the_database_that_is_no_conflict_stays_one(alice_actor: Actor) -> None:
    with pytest.raises(IntegrityError):
        services.save(alice_actor, replace(CANNED_REPLIES, form=TextlessForm), THANKS)


def test_where_the_resource_says_so_a_second_row_changes_the_first(alice_actor: Actor) -> None:
    values = {"source_language": "en", "target_language": "zh", "source": "tea house", "target": "茶楼"}
    first = services.save(alice_actor, GLOSSARY, values)
    second = services.save(alice_actor, GLOSSARY, {**values, "source": " tea  house", "target": "茶馆"})

    assert (first.pk, GlossaryTerm.objects.get().target) == (second.pk, "茶馆")
    actions = AuditEntry.objects.filter(target_id=str(first.pk)).order_by("sequence")
    assert [each.action for each in actions] == ["glossary_term.created", "glossary_term.changed"]


def test_a_table_goes_out_as_it_is_narrowed_and_comes_in_over_what_is_there(
    alice_browser: Client, alice_actor: Actor, thanks: CannedReply
) -> None:
    services.save(alice_actor, CANNED_REPLIES, {"shortcut": "xie", "language": "zh-hans", "text": "=谢谢"})

    whole = alice_browser.get(f"{LIST}export/").getvalue().decode()
    narrowed = alice_browser.get(f"{LIST}export/?language=en").getvalue().decode()
    page = upload(alice_browser, whole.replace("Thank you!", "Thanks!"))

    assert "'=谢谢" in whole
    assert narrowed.splitlines()[1:] == ["thanks,en,Thank you!"]
    assert "2 rows were imported." in page
    assert set(CannedReply.objects.values_list("shortcut", "text")) == {
        ("thanks", "Thanks!"),
        ("xie", "=谢谢"),
    }


def test_a_list_without_a_table_goes_out_as_it_is_shown(
    alice_browser: Client, bob_browser: Client, alice_actor: Actor
) -> None:
    services.save(alice_actor, TAGS, {"name": "refund"})
    url = "/conversations/tags/export/"

    lines = alice_browser.get(url).getvalue().decode("utf-8-sig").splitlines()
    book = alice_browser.get(f"{url}?format=xlsx")
    others = bob_browser.get(url).getvalue().decode("utf-8-sig").splitlines()

    assert lines[1].startswith("refund")
    assert book.getvalue().startswith(b"PK")
    assert others == lines[:1]
    assert alice_browser.get(f"{url}?format=exe").status_code == 404


def test_a_wrong_row_keeps_all_others_out(alice_browser: Client) -> None:
    page = upload(alice_browser, "shortcut,language,text\nbye,en,Goodbye\nbye,xx,?\n")

    assert "Row 3:" in page
    assert not CannedReply.objects.exists()
    assert not AuditEntry.objects.filter(action__startswith="canned_reply.").exists()


def test_a_row_of_another_organisation_is_not_reached_whatever_the_selector_forgets(
    tea_house: Organisation, rival: Organisation, bob_browser: Client, thanks: CannedReply
) -> None:
    careless = replace(CANNED_REPLIES, rows=lambda _organisation: CannedReply.objects.order_by("pk"))

    assert careless.one(tea_house, thanks.pk) == thanks
    assert not careless.rows_within(rival).exists()
    with pytest.raises(Http404):
        careless.one(rival, thanks.pk)
    assert bob_browser.post(f"{LIST}{thanks.pk}/delete/").status_code == 404
    assert "thanks" not in shown(bob_browser, LIST)


def test_what_cannot_be_deleted_has_no_address_for_it(alice_actor: Actor) -> None:
    department = services.save(alice_actor, DEPARTMENTS, {"name": "Surgery"})

    assert department.is_active
    with pytest.raises(NoReverseMatch):
        DEPARTMENTS.url("delete", department)


def test_a_name_leads_to_where_the_row_is_at_home(
    alice_browser: Client, reader: Client, alice_actor: Actor
) -> None:
    tag = services.save(alice_actor, TAGS, {"name": "VIP"})

    for client in (alice_browser, reader):
        assert f'<a href="/conversations/?view=all&amp;tag={tag.pk}">VIP</a>' in shown(
            client, "/conversations/tags/"
        )
    assert f'href="/conversations/tags/{tag.pk}/"' in shown(alice_browser, "/conversations/tags/")
    assert f'href="/conversations/tags/{tag.pk}/"' not in shown(reader, "/conversations/tags/")


def test_the_title_of_a_form_with_errors_is_the_row_as_it_is_stored(
    alice_browser: Client, thanks: CannedReply
) -> None:
    page = alice_browser.post(f"{LIST}{thanks.pk}/", {**THANKS, "shortcut": "two words"}).content.decode()

    assert "<h1>/thanks</h1>" in page
    assert 'value="two words"' in page
