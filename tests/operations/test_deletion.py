"""An organisation is exported, closed for some days, and then gone; until then it can be taken back."""

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts import group_roles
from apps.accounts import services as accounts
from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation, User
from apps.audit import anchors
from apps.audit.models import AuditEntry
from apps.core.errors import Conflict, InvalidInput, NotFound
from apps.customer_service.attachments import services as attachments
from apps.customer_service.channels.models import Channel
from apps.customer_service.chat import tokens
from apps.customer_service.conversations.models import Attachment, Conversation
from apps.jobs import lifecycle, runs, schedules
from apps.jobs.models import Job, Schedule, Webhook, WebhookDelivery
from apps.knowledge.models import Collection, Document
from apps.operations.deletion import organisation_rows, selectors, services
from apps.operations.deletion.models import OrganisationDeletion, OrganisationExport
from apps.privacy import retention, retention_rules
from apps.translation.models import Translation
from apps.vault import rotation
from apps.vault.models import SealingKey
from tests.architecture.instances import Belongings
from tests.conftest import ApiClient, actor_in, browser_of
from tests.jobs.test_runs import queued

pytestmark = pytest.mark.django_db
State = OrganisationDeletion.State


def closed(user: User, organisation: Organisation) -> OrganisationDeletion:
    return services.close(user, organisation, name=organisation.name, waiver=services.WAIVER)


def address(name: str, organisation: Organisation) -> str:
    return reverse(f"admin_operations:{name}", args=[organisation.pk])


def delete_at_once(deletion: OrganisationDeletion) -> None:
    OrganisationDeletion.objects.filter(pk=deletion.pk).update(due_at=timezone.now())
    retention_rules.erase_outdated()
    deletion.refresh_from_db()


def test_members_do_not_come_near(alice_browser: Client, tea_house: Organisation) -> None:
    assert alice_browser.get(reverse("admin_operations:organisations")).status_code == 403
    assert alice_browser.get(address("organisation", tea_house)).status_code == 403
    for name in ("export_organisation", "take_organisation_back"):
        assert alice_browser.post(address(name, tea_house)).status_code == 403


def test_it_is_closed_only_by_its_name_and_after_an_export_or_a_waiver(
    olga: User, tea_house: Organisation
) -> None:
    for typed, waiver in (("tea house", services.WAIVER), ("Tea House", ""), ("Tea House", "yes")):
        with pytest.raises(InvalidInput):
            services.close(olga, tea_house, name=typed, waiver=waiver)
    export = services.ask_for_export(olga, tea_house)
    with pytest.raises(InvalidInput):
        services.close(olga, tea_house, name="Tea House")
    runs.execute(export.job_id)

    deletion = services.close(olga, tea_house, name="Tea House")

    assert (deletion.state, deletion.is_export_waived) == (State.CLOSED, False)
    assert deletion.days_left == 7
    with pytest.raises(Conflict):
        closed(olga, tea_house)
    assert AuditEntry.objects.within(tea_house).latest("sequence").action == "organisation.closed"
    assert LogEntry.objects.filter(object_repr=str(tea_house.pk), user_id=olga.pk).count() == 1


def test_nobody_of_a_closed_organisation_is_let_in(
    olga: User, tea_house: Organisation, alice_browser: Client, alice_api: ApiClient, alice_actor: Actor
) -> None:
    invitation = accounts.invite_member(alice_actor, email="dora@tea.example", role="viewer")
    assert alice_browser.get("/api/v1/jobs/").status_code == 200
    assert alice_api.get("/api/v1/jobs/").status_code == 200

    closed(olga, tea_house)

    assert alice_browser.get("/api/v1/jobs/").status_code == 401
    assert alice_browser.get(reverse("jobs:jobs")).headers["Location"] == reverse("portal:no_organisation")
    assert alice_api.get("/api/v1/jobs/").status_code == 401
    dora = User.objects.create_user("dora@tea.example", "correct-horse-battery")
    with pytest.raises(NotFound):
        accounts.accept_invitation(dora, token=invitation.token)


def test_visitors_of_a_closed_organisation_are_turned_away(olga: User, tea_house: Organisation) -> None:
    channel = Channel.objects.create(organisation=tea_house, name="Chat", language="en", slug="tea-chat")
    conversation = Conversation.objects.create(organisation=tea_house, channel=channel, visitor_id="vera")
    token, client = tokens.token_for(conversation), Client()
    own = f"/api/v1/visitor/conversations/{conversation.pk}/"
    file = Attachment(
        organisation=tea_house, conversation=conversation, name="a.txt", content_type="text/plain", size=1
    )
    file.file.save("a.txt", ContentFile(b"x"))
    assert client.get(attachments.signed_address(file)).status_code == 200
    assert client.get(own, headers={"Authorization": f"visitor {token}"}).status_code == 200

    closed(olga, tea_house)

    assert client.get(own, headers={"Authorization": f"visitor {token}"}).status_code == 401
    assert client.get(attachments.signed_address(file)).status_code == 404
    start = client.post(
        "/api/v1/visitor/conversations/", {"channel": "tea-chat"}, content_type="application/json"
    )
    assert start.status_code == 503


def test_a_directory_neither_lets_people_in_nor_ends_what_may_be_taken_back(
    olga: User, tea_house: Organisation, alice_actor: Actor, charlie: User
) -> None:
    group_roles.set_group_role(alice_actor, group="shop", role="viewer")
    group_roles.follow_groups(charlie, ["shop"])
    eve = User.objects.create_user("eve@tea.example", "correct-horse-battery")
    group_roles.follow_groups(eve, ["shop"])

    closed(olga, tea_house)
    group_roles.follow_groups(eve, [])

    assert not group_roles.give_a_role(["shop"])
    assert Membership.objects.get(user=eve).is_active


def test_jobs_schedules_and_webhooks_of_a_closed_organisation_rest(
    olga: User, tea_house: Organisation, alice_actor: Actor
) -> None:
    job = queued(alice_actor)
    now = timezone.now() - timedelta(minutes=1)
    schedule = Schedule.objects.create(
        organisation=tea_house, name="n", kind="x", cron="* * * * *", time_zone="UTC", next_run_at=now
    )
    webhook = Webhook.objects.create(
        organisation=tea_house, url="https://a.example", secret="whsec_", events=[]
    )
    delivery = WebhookDelivery.objects.create(
        organisation=tea_house, webhook=webhook, event="job.failed", payload={}, next_attempt_at=now
    )

    closed(olga, tea_house)

    assert lifecycle.claim(job.pk) is None
    assert lifecycle.claim_oldest(job.queue, tea_house.pk, [job.kind]) is None
    schedules.run_due()
    schedule.refresh_from_db()
    assert schedule.next_run_at == now
    assert delivery not in WebhookDelivery.objects.due()

    services.take_back(olga, tea_house)

    assert lifecycle.claim(job.pk) is not None
    assert delivery in WebhookDelivery.objects.due()


def test_it_can_be_taken_back_until_the_delay_is_over(
    olga: User, tea_house: Organisation, alice_browser: Client
) -> None:
    closed(olga, tea_house)
    with time_machine.travel(timezone.now() + timedelta(days=6, hours=23)):
        retention_rules.erase_outdated()
        assert Organisation.objects.filter(pk=tea_house.pk).exists()

    services.take_back(olga, tea_house)

    assert alice_browser.get("/api/v1/jobs/").status_code == 200
    again = closed(olga, tea_house)
    delete_at_once(again)
    assert again.state == State.DELETED
    with pytest.raises(NotFound):
        services.take_back(olga, tea_house)


def test_the_days_for_which_it_was_closed_are_no_jump_of_its_clock(
    olga: User, tea_house: Organisation, settings: Any
) -> None:
    settings.ORGANISATION_DELETION_DAYS = 60
    retention_rules.erase_outdated()
    closed(olga, tea_house)
    for days in (10, 20, 30):
        with time_machine.travel(timezone.now() + timedelta(days=days)):
            retention_rules.erase_outdated()
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        services.take_back(olga, tea_house)
        retention_rules.erase_outdated()

    assert retention.stopped_clock(tea_house) is None


@pytest.mark.slow
def test_a_deletion_that_was_killed_goes_on_and_counts_each_row_once(
    olga: User, tea_house: Organisation, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    Collection.objects.bulk_create(
        Collection(organisation=tea_house, name=f"c{number}") for number in range(7)
    )
    deletion = closed(olga, tea_house)
    everything = sum(
        organisation_rows.rows_of(model, tea_house.pk).count()
        for model in organisation_rows.deletion_order()
        if model not in organisation_rows.LAST
    )
    monkeypatch.setattr(organisation_rows, "PORTION", 2)
    real, calls = organisation_rows.delete_portion, []

    def killed_at_the_fourth(model: Any, organisation_id: Any) -> int:
        count = real(model, organisation_id)
        calls.append(count)
        if sum(map(bool, calls)) == 4:
            raise KeyboardInterrupt
        return count

    with monkeypatch.context() as patch:
        patch.setattr(organisation_rows, "delete_portion", killed_at_the_fourth)
        with pytest.raises(KeyboardInterrupt):
            delete_at_once(deletion)
    deletion.refresh_from_db()
    assert (deletion.state, Organisation.objects.filter(pk=tea_house.pk).exists()) == (State.DELETING, True)
    assert SealingKey.objects.within(tea_house).exists() == bool(SealingKey.objects.within(tea_house).count())

    retention_rules.erase_outdated()

    deletion.refresh_from_db()
    assert (deletion.state, deletion.rows_count) == (State.DELETED, everything)
    assert not Organisation.objects.filter(pk=tea_house.pk).exists()


@pytest.mark.slow
def test_it_goes_on_when_no_time_is_left_in_a_turn(
    olga: User, tea_house: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    deletion = closed(olga, tea_house)
    OrganisationDeletion.objects.filter(pk=deletion.pk).update(due_at=timezone.now())

    turns = 0
    while deletion.state != State.DELETED:
        services.advance(deletion, seconds=-1)
        deletion.refresh_from_db()
        turns += 1

    assert turns == 3, "members and the line of the trail are a turn each"


@pytest.mark.slow
def test_a_job_that_runs_is_stopped_before_anything_goes(
    olga: User, tea_house: Organisation, alice_actor: Actor
) -> None:
    job = lifecycle.claim(queued(alice_actor).pk)
    assert job
    deletion = closed(olga, tea_house)

    delete_at_once(deletion)

    job.refresh_from_db()
    assert job.cancel_requested_at is not None
    assert deletion.state == State.DELETING
    lifecycle.cancel_running(job)
    delete_at_once(deletion)
    assert not Job.objects.filter(pk=job.pk).exists()
    assert deletion.state == State.DELETED


def test_jobs_that_wait_are_stopped_in_one_turn_however_many(
    olga: User, tea_house: Organisation, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "JOBS_AT_ONCE", 2)
    for _ in range(5):
        queued(alice_actor)
    deletion = closed(olga, tea_house)

    delete_at_once(deletion)

    assert deletion.state == State.DELETED


def test_it_waits_for_a_backup_that_is_under_way(
    olga: User, tea_house: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    deletion = closed(olga, tea_house)

    def refuse() -> Any:
        raise rotation.BackupUnderWay

    monkeypatch.setattr(rotation, "without_backup", refuse)
    delete_at_once(deletion)

    assert deletion.state == State.CLOSED


def test_its_short_name_and_what_is_bound_to_it_are_never_inherited(
    olga: User, tea_house: Organisation, bob: User
) -> None:
    delete_at_once(closed(olga, tea_house))

    with pytest.raises(Conflict):
        accounts.create_organisation(name="Tea House", slug="tea-house", owner=bob)
    assert accounts.create_organisation(name="Tea House", slug="tea-house-2", owner=bob)


def test_people_who_belong_to_somebody_else_or_run_the_installation_stay(
    olga: User, tea_house: Organisation, rival: Organisation, charlie: User, alice: User
) -> None:
    Membership.objects.create(organisation=rival, user=charlie, role="viewer", is_active=False)
    Membership.objects.create(organisation=tea_house, user=olga, role="viewer")

    delete_at_once(closed(olga, tea_house))

    assert set(User.objects.values_list("pk", flat=True)) >= {olga.pk, charlie.pk}
    assert not User.objects.filter(pk=alice.pk).exists()


def test_an_anchor_kept_elsewhere_tells_of_a_deletion_and_not_of_a_loss(
    olga: User, tea_house: Organisation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deletion = closed(olga, tea_house)
    anchor = anchors.current_anchor(tea_house.pk)
    assert anchor
    kept = tmp_path / "anchors.jsonl"
    kept.write_text(f"{anchor.line}\n")
    delete_at_once(deletion)

    call_command("check_audit", str(kept))

    assert f"its trail ended with line {anchor.sequence}" in capsys.readouterr().out
    kept.write_text(kept.read_text().replace(anchor.hash, "0" * 64))
    with pytest.raises(CommandError, match="is gone"):
        call_command("check_audit", str(kept))


def archive(browser: Client) -> zipfile.ZipFile:
    answer = browser.get(reverse("operations:organisation_export"))
    return zipfile.ZipFile(io.BytesIO(answer.getvalue()))


def rows_in(packed: zipfile.ZipFile, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in packed.read(name).splitlines()]


def test_an_export_holds_rows_and_files_opened_and_no_secrets(
    olga: User, alice_browser: Client, tea_house: Organisation, rival: Organisation, alice_api: ApiClient
) -> None:
    collection = Collection.objects.create(organisation=tea_house, name="红茶 🫖")
    document = Document(
        organisation=tea_house, collection=collection, title="Tea", file_name="t.txt", digest="d"
    )
    document.file.save("t.txt", ContentFile(b"steep for three minutes"))
    Webhook.objects.create(organisation=tea_house, url="https://a.example", secret="whsec_hush", events=[])
    Collection.objects.create(organisation=rival, name="not yours")

    export = services.ask_for_export(olga, tea_house)
    with pytest.raises(Conflict):
        services.ask_for_export(olga, tea_house)
    runs.execute(export.job_id)

    packed = archive(alice_browser)
    assert [row["name"] for row in rows_in(packed, "rows/knowledge.collection.jsonl")] == [collection.name]
    assert packed.read(f"files/{document.file.name}") == b"steep for three minutes"
    assert [row["email"] for row in rows_in(packed, "rows/accounts.user.jsonl")] == ["alice@tea.example"]
    everything = b"".join(packed.read(name) for name in packed.namelist())
    assert b"hush" not in everything
    assert b"not yours" not in everything
    assert b"secret_hash" not in everything
    assert "rows/vault.sealingkey.jsonl" not in packed.namelist()
    assert b"steep" not in export.path.read_bytes()
    last = AuditEntry.objects.within(tea_house).latest("sequence")
    assert (last.action, last.actor) == ("organisation.exported", actor_in(tea_house).label)


def test_only_owners_read_an_export_and_a_shell_on_the_machine(
    olga: User,
    olga_browser: Client,
    tea_house: Organisation,
    charlie: User,
    alice_browser: Client,
    tmp_path: Path,
) -> None:
    """No operator of the admin reads what patients and visitors said."""
    export = services.ask_for_export(olga, tea_house)
    path = reverse("operations:organisation_export")
    assert alice_browser.get(path).status_code == 404
    runs.execute(export.job_id)
    Membership.objects.filter(user=charlie).update(role="admin")

    assert path in alice_browser.get(reverse("portal:home")).content.decode()
    assert browser_of(charlie).get(path).status_code == 403
    assert olga_browser.get(path).status_code == 302
    target = tmp_path / "tea.zip"
    call_command("export_organisation", "tea-house", str(target))

    assert "rows/accounts.user.jsonl" in zipfile.ZipFile(target).namelist()
    assert target.stat().st_mode & 0o777 == 0o600
    assert AuditEntry.objects.within(tea_house).latest("sequence").action == "organisation.exported"
    with pytest.raises(CommandError):
        call_command("export_organisation", "tea-house", str(target))


def test_what_cannot_be_opened_any_more_keeps_nothing_else_back(
    olga: User, olga_browser: Client, alice_browser: Client, tea_house: Organisation
) -> None:
    row = Belongings(tea_house, Membership.objects.get(organisation=tea_house).user).one(Translation)
    with_text = next(field for model, field in rotation.sealed_columns() if model is Translation)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {Translation._meta.db_table} SET {with_text.column} = 'v1:broken' WHERE id = %s",
            [row.pk],
        )
        hook = Webhook.objects.create(organisation=tea_house, url="https://a.example", secret="s", events=[])
        cursor.execute("UPDATE jobs_webhook SET secret = 'of a key that is gone' WHERE id = %s", [hook.pk])
    export = services.ask_for_export(olga, tea_house)
    runs.execute(export.job_id)

    packed = archive(alice_browser)
    assert [each["id"] for each in rows_in(packed, "rows/jobs.webhook.jsonl")] == [str(hook.pk)]
    assert str(row.pk) in packed.read("unreadable.jsonl").decode()
    assert OrganisationExport.objects.get().unreadable >= 1
    assert "could not be read" in olga_browser.get(address("organisation", tea_house)).content.decode()


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_pages_follow_the_organisation_to_its_end(
    language: str, olga: User, olga_browser: Client, tea_house: Organisation, settings: Any
) -> None:
    settings.LANGUAGE_CODE = language
    settings.LOG_FOLDERS = [("tea-house", Path("/var/log/tea"))]
    page, overview = address("organisation", tea_house), reverse("admin_operations:organisations")

    first = olga_browser.get(page).content.decode()
    assert "/var/log/tea" in first
    refused = olga_browser.post(page, {"name": "Tea", "waiver": ""}).content.decode()
    assert 'role="alert"' in refused
    olga_browser.post(page, {"name": "Tea House", "waiver": services.WAIVER})
    text = olga_browser.get(page).content.decode() + olga_browser.get(overview).content.decode()
    assert ("deleted in 7 days" if language == "en" else "已关闭，7 天后删除") in " ".join(text.split())
    olga_browser.post(address("take_organisation_back", tea_house))
    assert not OrganisationDeletion.objects.under_way().exists()
    delete_at_once(closed(olga, tea_house))
    assert olga_browser.get(page).status_code == 404
    gone = olga_browser.get(overview).content.decode()
    assert str(tea_house.pk) in gone
    assert "Tea House" not in gone


def test_of_many_organisations_those_that_go_are_listed_and_the_others_found_by_name(
    olga: User, olga_browser: Client, tea_house: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "MAX_LISTED", 2)
    for name in ("Bakery", "Cellar", "Dairy"):
        Organisation.objects.create(name=name, slug=name.lower())
    closed(olga, tea_house)
    overview = reverse("admin_operations:organisations")

    page = " ".join(olga_browser.get(overview).content.decode().split())
    found = olga_browser.get(overview, {"q": "dair"}).content.decode()

    assert all(name in page for name in ("Tea House", "Bakery", "2 of 4 organisations are shown"))
    assert ("Dairy" in found, "Bakery" in found) == (True, False)


def test_an_export_that_no_deletion_followed_goes_by_itself(olga: User, tea_house: Organisation) -> None:
    export = services.ask_for_export(olga, tea_house)
    runs.execute(export.job_id)
    assert export.path.exists()

    for days in (7, 15):
        with time_machine.travel(timezone.now() + timedelta(days=days)):
            retention_rules.erase_outdated()

    assert not export.path.exists()
    assert not OrganisationExport.objects.exists()


def test_a_browser_that_was_signed_in_is_signed_out(
    olga: User, tea_house: Organisation, charlie: User
) -> None:
    browser = browser_of(charlie)

    delete_at_once(closed(olga, tea_house))

    assert browser.get(reverse("jobs:jobs")).status_code == 302
