from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from apps.accounts import services as accounts
from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation, User
from apps.jobs.models import Job
from apps.medical_records.records.models import MedicalRecord

pytestmark = pytest.mark.django_db


def test_a_made_up_patient_is_seen_once(alice_actor: Actor) -> None:
    told = StringIO()
    for _time in range(2):
        call_command("demo_consultation", "--organisation", "tea-house", stdout=told)

    record = MedicalRecord.objects.get()
    assert str(record.pk) in told.getvalue()
    assert record.encounter.transcript.said.utterances[1].speaker == "patient"
    assert Job.objects.get().kind == "medical_records.draft_record"


def test_the_clinic_has_people_of_its_own_and_the_shops_owner(client: Client) -> None:
    shop_owner = User.objects.create_user("owner@demo.example", name="Demo")
    accounts.create_organisation(name="Shop", slug="demo-tea-house", owner=shop_owner)
    told = StringIO()
    for _time in range(2):
        call_command("demo_consultation", stdout=told)

    clinic = Organisation.objects.get(slug="demo-clinic")
    record = MedicalRecord.objects.get()
    assert record.organisation == clinic
    assert str(record.author.user) == "林晓"  # type: ignore[union-attr]
    assert told.getvalue().count("doctor@demo.example") == 1
    roles = Membership.objects.within(clinic).values_list("user__name", "role")
    assert set(roles) == {("Demo", "owner"), ("林晓", "clinician"), ("陈悦", "resident")}
    client.force_login(shop_owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    menu = client.get("/").text
    assert 'action="/organisation/switch/"' in menu
    assert "Shop" in menu
    assert "青禾诊所" in menu
