"""Who may reads what was masked, with a reason that is kept; nobody and nothing else does."""

import json
from pathlib import Path

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, User
from apps.audit.models import AuditEntry
from apps.log_analysis.records import masked_values, selectors
from apps.log_analysis.records.presenters import RecordView
from apps.log_analysis.sources.models import LogSource
from domain.logs.store import Filters
from tests.conftest import ApiClient, api_client, browser_of
from tests.log_analysis.stored_lines import line, log_source, store

pytestmark = pytest.mark.django_db
RECORDS = "/logs/records/"
ANNA, REASON = "anna@tea.example", "ticket 4711"


def signed_in(actor: Actor, source: LogSource) -> RecordView:
    filters = Filters(str(actor.organisation.pk), (str(source.pk),), text="signed in")
    return selectors.search(actor.organisation, filters).views[0]


def reveal_address(view: RecordView) -> str:
    return f"/api/v1/logs/sources/{view.record.source}/records/{view.record.arrival}/reveal/"


@pytest.mark.slow
def test_a_record_shows_what_was_masked_to_who_says_why(
    alice_browser: Client, alice_actor: Actor, shop: LogSource
) -> None:
    view = signed_in(alice_actor, shop)
    assert "Show masked content" in alice_browser.get(view.url).content.decode()

    shown = alice_browser.post(view.url, {"reason": REASON})

    assert f'title="e-mail address">{ANNA}</span>' in shown.content.decode()
    assert "Your reason is in the audit trail" in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    entry = AuditEntry.objects.get(action="log_records.revealed")
    assert entry.details == {
        "reason": REASON,
        "records": 1,
        "arrivals": {str(shop.pk): [view.record.arrival]},
    }
    assert ANNA not in alice_browser.get(view.url).content.decode()
    trail = alice_browser.get("/audit/", headers={"Accept-Language": "zh-CN"}).content.decode()
    assert "查看了日志的脱敏内容" in trail
    assert REASON in trail


def test_a_page_of_records_shows_what_was_masked_in_all_of_them(
    alice_browser: Client, shop: LogSource
) -> None:
    store(shop, [line(300, "INFO", "sms to 13812345678 sent, password=hunter2secret")], stream="sms")

    shown = alice_browser.post(f"{RECORDS}?level=info", {"reason": REASON}).content.decode()

    assert ANNA in shown
    assert "13812345678" in shown
    assert 'class="log-masked">secret' in shown
    assert "hunter2" not in shown
    assert AuditEntry.objects.get(action="log_records.revealed").details["records"] == 2


def test_without_a_reason_nothing_is_shown(
    alice_browser: Client, alice_actor: Actor, shop: LogSource
) -> None:
    view = signed_in(alice_actor, shop)

    shown = alice_browser.post(view.url, {"reason": " "}).content.decode()

    assert ANNA not in shown
    assert "Nothing to show" in shown
    assert not AuditEntry.objects.filter(action="log_records.revealed").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("role", "may"), [("operator", False), ("admin", True), ("reliability_engineer", True)]
)
def test_who_looks_on_is_not_shown_it(
    charlie: User, alice_actor: Actor, shop: LogSource, role: str, may: bool
) -> None:
    Membership.objects.filter(user=charlie).update(role=role)
    browser, view = browser_of(charlie), signed_in(alice_actor, shop)

    assert ("Show masked content" in browser.get(view.url).content.decode()) is may
    assert (browser.post(view.url, {"reason": REASON}).status_code == 200) is may


def test_the_api_answers_each_token_with_its_value(
    alice_api: ApiClient, alice_actor: Actor, shop: LogSource
) -> None:
    view = signed_in(alice_actor, shop)

    answer = alice_api.post_json(reveal_address(view), {"reason": REASON, "time": view.moment}).json()

    assert answer["text"].endswith(f"user {ANNA} signed in")
    assert answer["values"] == [{"token": view.reversible_tokens[0], "value": ANNA}]
    assert AuditEntry.objects.get(action="log_records.revealed").actor.startswith("key:")
    assert alice_api.post_json(reveal_address(view), {}).status_code == 400


def test_the_api_needs_its_own_permission_and_the_organisation(
    alice_actor: Actor, bob_api: ApiClient, shop: LogSource
) -> None:
    address, body = reveal_address(signed_in(alice_actor, shop)), {"reason": REASON}

    assert api_client(alice_actor, "logs.view", "logs.manage").post_json(address, body).status_code == 403
    assert bob_api.post_json(address, body).status_code == 404


def test_the_token_of_another_organisation_in_a_record_reveals_nothing(
    alice_actor: Actor, bob_actor: Actor, bob_api: ApiClient, shop: LogSource
) -> None:
    """Whoever has seen a token can write it into a line of his own."""
    stolen = signed_in(alice_actor, shop).reversible_tokens[0]
    rival = log_source(bob_actor.organisation, "rival")
    store(rival, [line(1, "INFO", f"user {stolen} signed in"), line(2, "INFO", "mail to carl@rival.example")])
    view = signed_in(bob_actor, rival)

    answer = bob_api.post_json(reveal_address(view), {"reason": REASON}).json()

    assert answer["values"] == [{"token": stolen, "value": None}]


@pytest.mark.slow
def test_a_value_that_was_not_kept_stays_hidden(
    alice_browser: Client, alice_actor: Actor, shop: LogSource
) -> None:
    masked_values.delete_source(str(shop.organisation_id), str(shop.pk))

    shown = alice_browser.post(signed_in(alice_actor, shop).url, {"reason": REASON}).content.decode()

    assert 'user <span class="log-masked">e-mail address' in shown


@pytest.mark.slow
def test_a_damaged_file_is_said_and_records_still_come_in(
    alice_browser: Client, alice_actor: Actor, shop: LogSource
) -> None:
    (path,) = masked_values.sealed_files(shop.organisation_id)
    path.write_bytes(path.read_bytes()[:-20])

    answer = alice_browser.post(signed_in(alice_actor, shop).url, {"reason": REASON})
    read = store(shop, [line(300, "INFO", "mail to bert@tea.example")], stream="next")

    assert answer.status_code == 503
    assert ANNA not in answer.content.decode()
    assert read.records == 1


@pytest.mark.slow
def test_what_is_taken_out_or_found_again_has_the_tokens(
    alice_browser: Client, alice_api: ApiClient, alice_actor: Actor, shop: LogSource
) -> None:
    alice_browser.post(signed_in(alice_actor, shop).url, {"reason": REASON})

    rows = alice_browser.get(f"{RECORDS}export/jsonl/").getvalue().decode()
    found = alice_api.get("/api/v1/logs/search/", {"text": "signed in"}).json()

    assert "‹email·" in rows
    assert ANNA not in rows + json.dumps(found)


def test_only_the_page_and_the_api_of_records_show_values() -> None:
    """Neither prompts nor exports, post-mortems or alerts: whoever asks for values is named here."""
    desk = Path(selectors.__file__).parents[1]
    askers = {
        path.relative_to(desk).as_posix()
        for path in desk.rglob("*.py")
        if "masked_values.find(" in path.read_text() or "services.reveal(" in path.read_text()
    }

    assert askers == {"records/services.py", "records/pages.py", "records/api.py"}
