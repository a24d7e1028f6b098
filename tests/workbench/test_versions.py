"""Drafts are checked and never lost; what is published is whole; whoever edits beside another is told."""

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.core.errors import Conflict, InvalidInput, PermissionDenied
from apps.workbench import selectors, services
from apps.workbench.models import App, AppVersion
from tests.workbench.conftest import INPUTS, REPLY, published

pytestmark = pytest.mark.django_db
BROKEN = REPLY.replace("draft.text", "draft.txt")
State = AppVersion.State


def states(app: App) -> list[tuple[int, str]]:
    return list(selectors.version_list(app).values_list("number", "state"))


def test_a_draft_with_problems_is_kept_and_not_published(alice_actor: Actor) -> None:
    app = services.create_app(alice_actor, text=BROKEN)

    with pytest.raises(InvalidInput) as refused:
        services.publish_app(alice_actor, app)

    assert "txt" in refused.value.reason
    assert "Line 24: A value of type record has no" in refused.value.reason
    assert states(app) == [(1, State.DRAFT)]
    assert App.objects.get(pk=app.pk).published is None


def test_publishing_retires_the_version_before(alice_actor: Actor, reply_app: App) -> None:
    version = reply_app.published
    assert version
    services.save_draft(alice_actor, reply_app, text=REPLY + "# more\n", seen=version.fingerprint)
    assert states(reply_app) == [(2, State.DRAFT), (1, State.PUBLISHED)]

    services.publish_app(alice_actor, reply_app)

    assert states(reply_app) == [(2, State.PUBLISHED), (1, State.RETIRED)]


def test_an_earlier_version_is_used_again_and_the_draft_stays(alice_actor: Actor, reply_app: App) -> None:
    first = selectors.version_list(reply_app).get(number=1)
    services.save_draft(alice_actor, reply_app, text=REPLY + "# two\n", seen=first.fingerprint)
    second = services.publish_app(alice_actor, reply_app)
    services.save_draft(alice_actor, reply_app, text=BROKEN, seen=second.fingerprint)
    first.refresh_from_db()

    again = services.roll_back(alice_actor, first)

    assert (again.text, again.number) == (REPLY, 4)
    assert states(reply_app) == [
        (4, State.PUBLISHED),
        (3, State.DRAFT),
        (2, State.RETIRED),
        (1, State.RETIRED),
    ]


def test_a_version_that_is_not_retired_is_not_used_again(alice_actor: Actor, reply_app: App) -> None:
    with pytest.raises(Conflict):
        services.roll_back(alice_actor, selectors.version_list(reply_app).get(number=1))


def test_of_two_people_who_edit_one_draft_the_second_is_told(alice_actor: Actor, reply_app: App) -> None:
    seen = selectors.version_list(reply_app).get(number=1).fingerprint
    services.save_draft(alice_actor, reply_app, text=REPLY + "# one\n", seen=seen)

    with pytest.raises(Conflict, match="Someone else"):
        services.save_draft(alice_actor, reply_app, text=REPLY + "# two\n", seen=seen)

    draft = App.objects.get(pk=reply_app.pk).draft
    assert draft
    assert draft.text == REPLY + "# one\n"


def test_a_spoiled_draft_is_discarded_and_the_published_version_edited_again(
    alice_browser: Client, alice_actor: Actor, reply_app: App
) -> None:
    version = reply_app.published
    assert version
    address = f"/apps/{reply_app.pk}/edit/"
    assert "Discard the draft" not in alice_browser.get(address).content.decode(), "there is none"
    draft = services.save_draft(alice_actor, reply_app, text=BROKEN, seen=version.fingerprint)
    page = alice_browser.get(address).content.decode()
    assert "Discard the draft" in page
    assert f'name="seen" value="{draft.fingerprint}"' in page

    sent = {"seen": draft.fingerprint}
    page = alice_browser.post(f"/apps/{reply_app.pk}/discard/", sent, follow=True).content.decode()

    assert "No problems found." in page
    assert "Version 1" in page
    assert states(reply_app) == [(1, State.PUBLISHED)]
    with pytest.raises(Conflict, match="There is no draft"):
        services.discard_draft(alice_actor, reply_app, seen=version.fingerprint)


def test_a_draft_that_somebody_changed_meanwhile_is_not_discarded_nor_lost(
    alice_actor: Actor, reply_app: App
) -> None:
    seen = selectors.current_version(reply_app).fingerprint
    looked_at = services.save_draft(alice_actor, reply_app, text=BROKEN, seen=seen).fingerprint
    services.save_draft(alice_actor, reply_app, text=REPLY + "# theirs\n", seen=looked_at)

    with pytest.raises(Conflict, match="Someone else changed the draft"):
        services.discard_draft(alice_actor, reply_app, seen=looked_at)
    assert selectors.current_version(reply_app).text == REPLY + "# theirs\n"

    services.discard_draft(alice_actor, reply_app, seen=selectors.current_version(reply_app).fingerprint)
    with pytest.raises(Conflict, match="Someone else changed the app"):
        services.save_draft(alice_actor, reply_app, text=REPLY + "# more\n", seen=looked_at)


def test_a_discarded_draft_that_was_tried_stays_with_its_run(alice_actor: Actor, reply_app: App) -> None:
    seen = selectors.current_version(reply_app).fingerprint
    draft = services.save_draft(alice_actor, reply_app, text=REPLY + "# two\n", seen=seen)
    run = services.start_trial(alice_actor, reply_app, inputs=INPUTS)

    services.discard_draft(alice_actor, reply_app, seen=draft.fingerprint)

    assert states(reply_app) == [(2, State.TRIED), (1, State.PUBLISHED)]
    run.refresh_from_db()
    assert run.version.text == REPLY + "# two\n"


def test_the_only_text_of_an_app_is_not_discarded(alice_actor: Actor) -> None:
    app = services.create_app(alice_actor, text=REPLY)

    with pytest.raises(Conflict, match="Nothing is published yet"):
        services.discard_draft(alice_actor, app, seen=selectors.current_version(app).fingerprint)

    assert states(app) == [(1, State.DRAFT)]


def test_an_app_keeps_its_name(alice_actor: Actor, reply_app: App) -> None:
    seen = selectors.version_list(reply_app).get(number=1).fingerprint

    with pytest.raises(InvalidInput):
        services.save_draft(alice_actor, reply_app, text=REPLY.replace("app: reply", "app: other"), seen=seen)


@pytest.mark.parametrize("text", ["", "a: &a 1", "app: No Name", "title: x", "x" * 200_000])
def test_a_file_without_a_name_makes_no_app(alice_actor: Actor, text: str) -> None:
    with pytest.raises(InvalidInput):
        services.create_app(alice_actor, text=text)

    assert App.objects.count() == 0


def test_a_name_is_taken_once_in_an_organisation(
    alice_actor: Actor, bob_actor: Actor, reply_app: App
) -> None:
    published(bob_actor, REPLY)

    with pytest.raises(Conflict):
        services.create_app(alice_actor, text=REPLY)


def test_an_app_of_the_platform_is_taken_over(alice_actor: Actor) -> None:
    assert "summarise" in [app.file.app for app in selectors.shipped_apps(alice_actor.organisation)]

    app = services.add_shipped_app(alice_actor, app="summarise")

    assert (app.title, states(app)) == ("Summarise", [(1, State.PUBLISHED)])
    assert "summarise" not in [each.file.app for each in selectors.shipped_apps(alice_actor.organisation)]


def test_whoever_may_only_use_apps_changes_none(alice_actor: Actor, reply_app: App) -> None:
    user = Actor(alice_actor.organisation, frozenset({"workbench.use"}), member=alice_actor.member)
    for service in (services.publish_app, services.delete_app):
        with pytest.raises(PermissionDenied):
            service(user, reply_app)
    with pytest.raises(PermissionDenied):
        services.discard_draft(user, reply_app, seen="")
    with pytest.raises(PermissionDenied):
        services.create_app(user, text=REPLY)


def test_a_role_that_there_is_not_keeps_an_app_from_being_published(alice_actor: Actor) -> None:
    app = services.create_app(alice_actor, text=REPLY + "use: {roles: [marketer, king]}\n")
    draft = app.draft
    assert draft
    problem = draft.problems[0]

    assert (problem.code, problem.names["name"], problem.mark.line) == ("unknown_role", "king", 31)
    with pytest.raises(InvalidInput) as refused:
        services.publish_app(alice_actor, app)
    assert "king" in refused.value.reason


def test_a_draft_is_edited_further_after_an_earlier_version_was_used_again(
    alice_actor: Actor, reply_app: App
) -> None:
    first = selectors.version_list(reply_app).get(number=1)
    services.save_draft(alice_actor, reply_app, text=REPLY + "# two\n", seen=first.fingerprint)
    second = services.publish_app(alice_actor, reply_app)
    draft = services.save_draft(alice_actor, reply_app, text=REPLY + "# three\n", seen=second.fingerprint)
    first.refresh_from_db()
    services.roll_back(alice_actor, first)

    services.save_draft(alice_actor, reply_app, text=REPLY + "# four\n", seen=draft.fingerprint)

    assert App.objects.get().draft.text == REPLY + "# four\n"  # type: ignore[union-attr]
