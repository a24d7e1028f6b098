import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.core.errors import InvalidInput
from apps.medical_records.settings.models import MedicalPreferences
from apps.medical_records.settings.services import PREFERENCES
from tests.conftest import ApiClient

PAGE = "/medical/preferences/"
FILLED = {
    "hospital_name": "Lakeside General Hospital",
    "letterhead": "12 Lake Road",
    "minutes_by_hand": "15",
    "emergency_hours": "12",
    "audio_days": "30",
    "record_years": "30",
}


def test_the_page_saves_what_is_printed_and_kept(alice_browser: Client) -> None:
    answer = alice_browser.post(PAGE, FILLED, follow=True)

    assert "Saved." in answer.content.decode()
    stored = MedicalPreferences.objects.get()
    assert (stored.hospital_name, stored.minutes_by_hand) == ("Lakeside General Hospital", 15)
    assert not stored.signs_own_drafts  # an empty box in a form says no
    assert AuditEntry.objects.get(action="medical_preferences.changed").details["fields"]


def test_a_wrong_value_is_said_beside_its_field_and_nothing_is_lost(alice_browser: Client) -> None:
    answer = alice_browser.post(PAGE, FILLED | {"record_years": "0"})

    assert "Enter at least 1." in answer.content.decode()
    assert "12 Lake Road" in answer.content.decode()
    assert not MedicalPreferences.objects.exists()


def test_a_patch_keeps_what_is_not_sent(alice_api: ApiClient) -> None:
    alice_api.patch(
        "/api/v1/medical/preferences/", {"letterhead": "12 Lake Road"}, content_type="application/json"
    )
    answer = alice_api.patch(
        "/api/v1/medical/preferences/", {"audio_days": 7}, content_type="application/json"
    )

    assert answer.json()["letterhead"] == "12 Lake Road"
    assert answer.json()["audio_days"] == 7


def test_who_only_looks_on_changes_nothing(client: Client, charlie: User, doctor_lin: Actor) -> None:
    client.force_login(charlie, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert client.get(PAGE).status_code == 403
    assert not doctor_lin.may("records.manage")


def test_the_service_refuses_what_the_database_could_not_mean(alice_actor: Actor) -> None:
    with pytest.raises(InvalidInput) as refused:
        PREFERENCES.change(alice_actor, changes={"emergency_hours": 0})

    assert set(refused.value.fields) == {"emergency_hours"}
