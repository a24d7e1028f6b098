"""A published app reads documents with the rights of a member whom somebody chose who may, and says what that opens."""

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.models import ApiKey, Membership
from apps.audit.models import AuditEntry
from apps.core.errors import InvalidInput, PermissionDenied
from apps.jobs.models import Job
from apps.knowledge import access_control
from apps.knowledge.models import Collection
from apps.workbench import reading_accounts, selectors, services
from apps.workbench.models import App
from tests.workbench.conftest import published, worked

pytestmark = pytest.mark.django_db
FIND = (
    "app: find\ntitle: Find\ninputs: {question: {type: text}}\nsteps:\n"
    '  - {id: found, kind: retrieve, question: "{{ inputs.question }}", collections: [Prices]}\n'
    'outputs: {found: {value: "{{ found.passages }}"}}\n'
)
OUTER = (
    "app: outer\ntitle: Outer\ninputs: {question: {type: text}}\nsteps:\n"
    '  - {id: inner, kind: run_app, app: find, inputs: {question: "{{ inputs.question }}"}}\n'
    'outputs: {found: {value: "{{ inner.found }}"}}\n'
)
INPUTS = {"question": "price"}


@pytest.fixture
def find(alice_actor: Actor) -> App:
    Collection.objects.create(organisation=alice_actor.organisation, name="Prices")
    return published(alice_actor, FIND)


@pytest.fixture
def account(colleague_actor: Actor) -> Membership:
    assert colleague_actor.member
    return colleague_actor.member


@pytest.fixture
def key_actor(alice_actor: Actor) -> Actor:
    """A program that may run apps and view no documents."""
    organisation, member = alice_actor.organisation, alice_actor.member
    key = ApiKey.objects.create(
        organisation=organisation, created_by=member, name="Shop", prefix="shop", scopes=["workbench.use"]
    )
    return Actor.from_api_key(key)


def code_of(actor: Actor, app: App) -> str:
    """How a run of the app ends."""
    job = worked(
        services.start_run(actor, selectors.app_list(app.organisation).get(pk=app.pk), inputs=INPUTS)
    )
    return job.error_code or job.state


def test_only_with_an_account_it_reads_for_who_may_view_no_documents(
    alice_actor: Actor, key_actor: Actor, find: App, account: Membership
) -> None:
    assert code_of(key_actor, find) == "permission_denied"

    reading_accounts.choose_account(alice_actor, find, account=account)
    assert code_of(key_actor, find) == Job.State.SUCCEEDED
    line = AuditEntry.objects.get(action="app.account_chosen")
    assert (line.details["member"], line.details["collections"]) == (str(account.pk), ["Prices"])

    reading_accounts.take_account_back(alice_actor, find)
    assert code_of(key_actor, find) == "permission_denied"


@pytest.mark.parametrize(("changed", "value"), [("is_active", False), ("role", "viewer_of_nothing")])
def test_an_account_that_left_or_lost_the_right_is_told(
    changed: str, value: object, alice_actor: Actor, key_actor: Actor, find: App, account: Membership
) -> None:
    reading_accounts.choose_account(alice_actor, find, account=account)
    Membership.objects.filter(pk=account.pk).update(**{changed: value})

    assert code_of(key_actor, find) == "account_gone"
    assert code_of(alice_actor, find) == "account_gone", (
        "also for who may view documents: the result would differ"
    )


def test_it_holds_for_the_app_inside_another_and_for_no_draft(
    alice_actor: Actor, key_actor: Actor, find: App, account: Membership
) -> None:
    outer = published(alice_actor, OUTER)
    assert code_of(key_actor, outer) == "permission_denied"
    reading_accounts.choose_account(alice_actor, find, account=account)
    assert code_of(key_actor, outer) == Job.State.SUCCEEDED

    services.save_draft(alice_actor, find, text=FIND.replace("title: Find", "title: Seek"), seen=_seen(find))
    editor = Actor(alice_actor.organisation, frozenset({"workbench.edit"}), api_key=key_actor.api_key)
    assert key_actor.api_key
    ApiKey.objects.filter(pk=key_actor.api_key.pk).update(scopes=["workbench.edit"])
    trial = worked(services.start_trial(editor, find, inputs=INPUTS))
    assert trial.error_code == "permission_denied"


def test_who_may_not_choose_the_account_publishes_no_other_text_for_it(
    alice_actor: Actor, find: App, account: Membership
) -> None:
    publisher = Actor(
        alice_actor.organisation,
        frozenset({"workbench.edit", "workbench.publish", "knowledge.view"}),
        member=alice_actor.member,
    )
    with pytest.raises(PermissionDenied):
        reading_accounts.choose_account(publisher, find, account=account)
    reading_accounts.choose_account(alice_actor, find, account=account)
    services.save_draft(publisher, find, text=FIND.replace("title: Find", "title: Seek"), seen=_seen(find))
    with pytest.raises(PermissionDenied, match="Charlie"):
        services.publish_app(publisher, find)

    reading_accounts.take_account_back(publisher, find)
    services.publish_app(publisher, find)


def test_nobody_opens_what_they_may_not_view(alice_actor: Actor, find: App, account: Membership) -> None:
    blind = Actor(
        alice_actor.organisation,
        alice_actor.permissions - {"knowledge.view"},
        member=alice_actor.member,
    )
    with pytest.raises(PermissionDenied):
        reading_accounts.choose_account(blind, find, account=account)

    shown = selectors.opening(blind, account)
    assert (shown.collections, shown.has_more) == ([], True), "not even their names"

    account.role = "viewer_of_nothing"
    with pytest.raises(InvalidInput):
        reading_accounts.choose_account(alice_actor, find, account=account)


def test_a_restricted_collection_is_opened_by_who_reads_it_alone(
    alice_actor: Actor, colleague_actor: Actor, key_actor: Actor, find: App, account: Membership
) -> None:
    assert alice_actor.member
    access_control.restrict(alice_actor, Collection.objects.get())

    with pytest.raises(PermissionDenied):
        reading_accounts.choose_account(colleague_actor, find, account=alice_actor.member)
    reading_accounts.choose_account(alice_actor, find, account=account)
    assert code_of(key_actor, find) == "not_found", "the account does not read it either"
    reading_accounts.choose_account(alice_actor, find, account=alice_actor.member)
    assert code_of(key_actor, find) == Job.State.SUCCEEDED


def test_the_page_says_what_an_account_opens(alice_browser: Client, find: App, account: Membership) -> None:
    address = f"/apps/{find.pk}/account/"
    assert address in alice_browser.get(f"/apps/{find.pk}/edit/").content.decode()
    assert "Prices" not in alice_browser.get(address).content.decode()

    shown = alice_browser.get(address, {"account": account.pk}).content.decode()
    assert "Prices" in shown
    find.refresh_from_db()
    assert find.reading_account is None

    alice_browser.post(address, {"account": account.pk})
    assert "Prices" in alice_browser.get(f"/apps/{find.pk}/edit/").content.decode()
    alice_browser.post(f"/apps/{find.pk}/account/take-back/")
    find.refresh_from_db()
    assert find.reading_account is None


def _seen(app: App) -> str:
    return selectors.current_version(app).fingerprint
