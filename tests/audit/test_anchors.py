"""What is kept of a trail outside of the database, and what it shows."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.audit import anchors, services, tasks
from apps.audit.models import AuditEntry
from apps.jobs.models import Webhook, WebhookDelivery
from tests.audit.test_chain import change_behind_our_back
from tests.conftest import ApiClient


@pytest.fixture(autouse=True)
def kept_in(settings: Any, tmp_path: Path) -> Path:
    settings.AUDIT_ANCHOR_DIR = str(tmp_path / "anchors")
    return tmp_path / "anchors"


def cut_off_the_last_line() -> None:
    last = AuditEntry.objects.order_by("-sequence").first()
    assert last
    change_behind_our_back("DELETE FROM audit_auditentry WHERE id = %s", last.pk)


def test_a_line_cut_off_the_end_is_found(
    tea_house: Organisation, alice_api: ApiClient, alice_browser: Client, kept_in: Path
) -> None:
    tasks.anchor_trails()
    call_command("check_audit")
    cut_off_the_last_line()

    assert services.verify(tea_house) is None, "the hashes alone cannot show it"
    with pytest.raises(CommandError, match=r"tea-house: line .* missing"):
        call_command("check_audit")
    told = alice_api.get("/api/v1/audit/verify/").json()
    assert (told["is_intact"], told["anchors"]) == (False, 1)
    page = alice_browser.post("/audit/verify/", follow=True).text
    assert "differs from the external copy" in page


def test_a_chain_that_grew_meets_its_anchors(alice_actor: Actor, alice_browser: Client) -> None:
    tasks.anchor_trails()
    services.record(alice_actor, action="tests.done")
    tasks.anchor_trails()

    call_command("check_audit")

    assert len(anchors.kept_anchors(alice_actor.organisation.pk)) == 2
    assert "matches the external copy" in alice_browser.post("/audit/verify/", follow=True).text


def test_an_anchor_that_somebody_kept_elsewhere_is_checked_too(
    tea_house: Organisation, rival: Organisation, kept_in: Path, tmp_path: Path
) -> None:
    tasks.anchor_trails()
    elsewhere = tmp_path / "mail.txt"
    elsewhere.write_text("Keep this.\n\n" + (kept_in / f"{rival.pk}.jsonl").read_text())
    for path in kept_in.iterdir():
        path.unlink()
    call_command("check_audit", str(elsewhere))

    change_behind_our_back("DELETE FROM audit_auditentry WHERE organisation_id = %s", rival.pk)

    call_command("check_audit")
    with pytest.raises(CommandError, match="rival: line"):
        call_command("check_audit", str(elsewhere))


def test_nobody_else_reads_what_is_kept(tea_house: Organisation, kept_in: Path) -> None:
    tasks.anchor_trails()

    [path] = kept_in.iterdir()
    assert path.stat().st_mode & 0o077 == 0
    assert kept_in.stat().st_mode & 0o077 == 0


def test_an_anchor_says_by_which_installation_it_was_signed(tea_house: Organisation, settings: Any) -> None:
    anchor = anchors.current_anchor(tea_house.pk)
    assert anchor
    assert anchor.is_signed

    settings.FIELD_KEYS = [Fernet.generate_key().decode()]

    assert not anchor.is_signed


def test_what_is_no_anchor_is_refused_by_name(tea_house: Organisation, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    for text in ('{"organisation": 1}', "{", '{"organisation": [], "sequence": 1}'):
        wrong.write_text(text)
        with pytest.raises(CommandError, match="no anchor"):
            call_command("check_audit", str(wrong))


def test_webhooks_and_people_are_told_every_day(
    tea_house: Organisation, settings: Any, mailoutbox: list[EmailMessage]
) -> None:
    settings.AUDIT_ANCHOR_MAIL = ["auditor@elsewhere.example"]
    Webhook.objects.create(
        organisation=tea_house,
        url="https://elsewhere.example/",
        secret="whsec_eA==",
        events=["audit.anchored"],
    )

    tasks.anchor_trails()

    [anchor] = anchors.kept_anchors(tea_house.pk)
    assert WebhookDelivery.objects.get().payload["data"] == json.loads(anchor.line)
    [mail] = mailoutbox
    assert mail.to == ["auditor@elsewhere.example"]
    assert list(anchors.read(str(mail.body).splitlines())) == [anchor]
