"""Who reads restricted collections and documents: everything that shows any asks the same rule."""

from collections.abc import Callable

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from apps.accounts import group_roles, provisioning
from apps.accounts.actors import Actor
from apps.accounts.models import Membership, ProvisionedUser, User
from apps.core.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from apps.jobs import selectors as jobs
from apps.knowledge import access_control, alerts, rights, selectors, services
from apps.knowledge.models import AccessGrant, Collection, Document
from apps.resources import finding
from tests.conftest import api_client, browser_of
from tests.knowledge.conftest import Upload, ingest
from tests.scripted_engine_fixture import ScriptedEngine

QUESTION = "How much is oolong?"


@pytest.fixture
def price_list(upload: Upload, embeddings: ScriptedEngine) -> Document:
    document = upload("Oolong costs 40 yuan for staff.", "prices.md")
    ingest(document)
    return document


@pytest.fixture
def admin(charlie: User) -> Actor:
    """Somebody else of the organisation who may edit knowledge."""
    Membership.objects.filter(user=charlie).update(role="admin")
    return Actor.from_member(Membership.objects.select_related("organisation", "user").get(user=charlie))


def anew(actor: Actor) -> Actor:
    assert actor.member
    return Actor.from_member(
        Membership.objects.select_related("organisation", "user").get(pk=actor.member.pk)
    )


def found(actor: Actor) -> list[str]:
    collections = selectors.chosen_collections(actor, None)
    result = selectors.search(actor, collections=collections, question=QUESTION)
    return [hit.text for hit in result.hits]


Close = Callable[[Document], Collection | Document]


@pytest.mark.slow
@pytest.mark.parametrize("close", [lambda document: document.collection, lambda document: document])
def test_what_is_restricted_is_nowhere_for_who_is_not_named(
    alice_actor: Actor, admin: Actor, price_list: Document, close: Close
) -> None:
    assert found(admin)
    row = close(price_list)

    access_control.restrict(alice_actor, row)

    assert (found(admin), found(alice_actor)) == ([], ["Oolong costs 40 yuan for staff."])
    assert not selectors.document_list(admin).exists()
    assert not jobs.visible_jobs(admin).filter(pk=price_list.job_id).exists()
    assert jobs.visible_jobs(alice_actor).filter(pk=price_list.job_id).exists()
    assert dict(finding.found(admin, "prices")) == {}
    counted = selectors.collection_list(admin).values_list("documents_count", "readable_passages_count")
    assert list(counted) == ([] if isinstance(row, Collection) else [(0, 0)])


@pytest.mark.slow
@pytest.mark.parametrize("close", [lambda document: document.collection, lambda document: document])
def test_pages_and_the_api_answer_as_if_it_were_not_there(
    alice_actor: Actor, admin: Actor, charlie: User, price_list: Document, close: Close
) -> None:
    access_control.restrict(alice_actor, close(price_list))
    browser, api = browser_of(charlie), api_client(admin, "knowledge.view", "knowledge.edit")
    page = reverse("knowledge:document", args=[price_list.pk])

    assert browser.get(page).status_code == 404
    assert browser.get(f"{page}who/").status_code == 404
    assert browser.post(f"{page}delete/").status_code == 404
    assert b"prices" not in browser.get(reverse("knowledge:documents")).content
    for path in ("", "passages/", "grants/"):
        assert api.get(f"/api/v1/documents/{price_list.pk}/{path}").status_code == 404
    assert api.get("/api/v1/documents/").json()["results"] == []
    assert api.post_json("/api/v1/search/", {"question": QUESTION}).json()["hits"] == []
    assert Document.objects.filter(pk=price_list.pk).exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    "named", [{"role": "admin"}, {"group": "Prices"}, {}], ids=["role", "group", "member"]
)
def test_a_grant_opens_it_and_taking_it_back_closes_it_at_once(
    alice_actor: Actor, admin: Actor, price_list: Document, named: dict[str, str]
) -> None:
    assert admin.member
    group_roles.keep_groups(admin.organisation, admin.member.user, ["Prices", "Tea"])
    access_control.restrict(alice_actor, price_list.collection)
    access_control.restrict(alice_actor, price_list)
    whom = named or {"member": admin.member.pk}

    access_control.grant(alice_actor, price_list.collection, **whom)  # type: ignore[arg-type]
    assert found(anew(admin)) == [], "the document is still closed"
    grant = access_control.grant(alice_actor, price_list, **whom)  # type: ignore[arg-type]
    assert found(anew(admin)) == ["Oolong costs 40 yuan for staff."]

    access_control.revoke(alice_actor, price_list, grant=grant.pk)
    assert found(anew(admin)) == []


def test_only_an_editor_changes_a_restricted_collection(
    alice_actor: Actor, admin: Actor, price_list: Document
) -> None:
    collection = price_list.collection
    access_control.restrict(alice_actor, collection)
    assert admin.member
    reading = access_control.grant(alice_actor, collection, member=admin.member.pk)

    for change in (services.delete_document, services.retry_document, access_control.restrict):
        with pytest.raises(PermissionDenied):
            change(admin, price_list)
    with pytest.raises(PermissionDenied):
        services.delete_collection(admin, collection)
    with pytest.raises(PermissionDenied):
        access_control.grant(admin, collection, role="admin", may_edit=True)

    access_control.revoke(alice_actor, collection, grant=reading.pk)
    access_control.grant(alice_actor, collection, member=admin.member.pk, may_edit=True)
    access_control.open_to_all(admin, collection)
    assert not Collection.objects.get().is_restricted


def test_who_restricts_keeps_reading_and_editing(admin: Actor, price_list: Document) -> None:
    access_control.restrict(admin, price_list.collection)
    access_control.restrict(admin, price_list)

    assert found(admin)
    assert rights.editable_collections(admin).exists()


@pytest.mark.slow
def test_a_new_version_is_as_closed_as_the_one_before(
    alice_actor: Actor, admin: Actor, price_list: Document, upload: Upload
) -> None:
    access_control.restrict(alice_actor, price_list)
    access_control.grant(alice_actor, price_list, role="marketer")

    newer = upload("Oolong costs 45 yuan for staff.", "prices.md")
    ingest(newer)

    assert found(alice_actor) == ["Oolong costs 45 yuan for staff."]
    assert not found(admin)
    assert [grant.role for grant in rights.grants_of(newer)] == ["marketer"]


@pytest.mark.slow
def test_who_reads_a_document_is_said_for_the_version_that_is_still_being_read_too(
    alice_actor: Actor, admin: Actor, price_list: Document, upload: Upload
) -> None:
    access_control.grant(alice_actor, price_list, role="marketer")
    newer = upload("Oolong costs 45 yuan for staff.", "prices.md")
    access_control.restrict(alice_actor, price_list)
    held = access_control.grant(alice_actor, price_list, member=admin.member.pk if admin.member else None)
    access_control.grant(alice_actor, price_list, role="agent")
    access_control.revoke(alice_actor, price_list, grant=held.pk)

    ingest(newer)

    assert found(alice_actor) == ["Oolong costs 45 yuan for staff."]
    assert not found(admin)
    newer.refresh_from_db()
    assert {grant.role for grant in rights.grants_of(newer)} == {"marketer", "agent"}
    assert newer.is_restricted
    access_control.open_to_all(alice_actor, newer)
    assert found(admin)


def test_nobody_deletes_documents_that_they_may_not_see(
    alice_actor: Actor, admin: Actor, price_list: Document
) -> None:
    access_control.restrict(alice_actor, price_list)

    with pytest.raises(PermissionDenied):
        services.delete_collection(admin, price_list.collection)


def test_nobody_replaces_a_document_that_they_may_not_see(
    alice_actor: Actor, admin: Actor, price_list: Document
) -> None:
    access_control.restrict(alice_actor, price_list)

    for name, text in (("prices.md", "Oolong is free."), ("other.md", "Oolong costs 40 yuan for staff.")):
        with pytest.raises(Conflict):
            services.upload_document(
                admin, collection=price_list.collection, file=ContentFile(text.encode()), name=name
            )
    assert Document.objects.get() == price_list


def test_a_key_reads_what_its_maker_reads(alice_actor: Actor, admin: Actor, price_list: Document) -> None:
    access_control.restrict(alice_actor, price_list.collection)

    def hits(actor: Actor) -> int:
        key = api_client(actor, "knowledge.view")
        return len(key.post_json("/api/v1/search/", {"question": QUESTION}).json()["hits"])

    assert (hits(alice_actor), hits(admin)) == (1, 0)


def test_one_of_the_three_is_named_once(alice_actor: Actor, bob_actor: Actor, collection: Collection) -> None:
    assert bob_actor.member
    for wrong in ({}, {"role": "admin", "group": "Tea"}, {"role": "tea_master"}):
        with pytest.raises(InvalidInput):
            access_control.grant(alice_actor, collection, **wrong)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        access_control.grant(alice_actor, collection, member=bob_actor.member.pk)
    access_control.grant(alice_actor, collection, role="admin")
    with pytest.raises(Conflict):
        access_control.grant(alice_actor, collection, role="admin")


def test_a_group_that_the_provider_deletes_opens_nothing_more(
    alice_actor: Actor, admin: Actor, price_list: Document
) -> None:
    assert admin.member
    person = ProvisionedUser.objects.create(
        organisation=admin.organisation,
        user_name="charlie",
        email=admin.member.user.email,
        user=admin.member.user,
    )
    group_roles.set_group_role(alice_actor, group="Prices", role="admin")
    group = provisioning.save_group(alice_actor, {"name": "Prices"}, [person.pk])
    access_control.restrict(alice_actor, price_list.collection)
    access_control.grant(alice_actor, price_list.collection, group="Prices")
    assert found(anew(admin))

    provisioning.delete_group(alice_actor, group)

    assert Membership.objects.get(pk=admin.member.pk).groups == []


@pytest.mark.slow
def test_signing_in_with_other_groups_changes_what_is_read(
    alice_actor: Actor, admin: Actor, price_list: Document
) -> None:
    access_control.restrict(alice_actor, price_list.collection)
    access_control.grant(alice_actor, price_list.collection, group="Prices")
    assert admin.member

    group_roles.follow_groups(admin.member.user, ["Prices"])
    assert found(anew(admin))
    group_roles.follow_groups(admin.member.user, ["Tea"])
    assert not found(anew(admin))


def test_the_page_says_who_can_see_it_and_why(
    alice_browser: Client, alice_actor: Actor, admin: Actor, collection: Collection
) -> None:
    page = reverse("knowledge:collection_access", args=[collection.pk])
    alice_browser.post(reverse("knowledge:restrict_collection", args=[collection.pk]))
    alice_browser.post(reverse("knowledge:grant_collection", args=[collection.pk]), {"role": "admin"})

    assert b"Only owners" not in alice_browser.get(page).content
    who = alice_browser.get(reverse("knowledge:who_sees_collection", args=[collection.pk])).content.decode()
    assert "Owners read everything" in who
    assert "Named here: administrator" in who
    grant = AccessGrant.objects.get()
    assert str(grant.pk) in alice_browser.get(page).content.decode()
    alice_browser.post(reverse("knowledge:revoke_collection", args=[collection.pk]), {"grant": grant.pk})
    assert not AccessGrant.objects.exists()


def test_failed_documents_that_are_closed_are_no_alert(
    alice_actor: Actor, admin: Actor, upload: Upload
) -> None:
    document = upload("%PDF-1.4 broken", "broken.pdf")
    ingest(document)
    assert alerts.unread_documents(admin)

    access_control.restrict(alice_actor, document)

    assert alerts.unread_documents(admin) is None
