import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.audit.models import AuditEntry
from apps.jobs.models import Webhook
from apps.medical_records.patients.models import Patient
from apps.medical_records.records.models import RecordVersion
from apps.speech import services as speech
from apps.vault import files, keys, rotation
from apps.vault.models import SealingKey
from tests.architecture.instances import Belongings
from tests.medical_records.people import patient_of


@pytest.fixture
def patient(alice_actor: Actor) -> Patient:
    return patient_of(alice_actor)


def stored_names() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM medical_records_patient")
        return [row[0] for row in cursor.fetchall()]


def test_everything_is_sealed_with_a_new_key_and_the_old_one_is_gone(
    patient: Patient, tea_house: Organisation, alice_actor: Actor
) -> None:
    old_key, before = keys.current_key(tea_house.pk), stored_names()

    call_command("rotate_keys", "--organisation", "tea-house")
    assert SealingKey.objects.filter(pk=old_key.id).exists()
    rotation.end_rotations()
    assert SealingKey.objects.filter(pk=old_key.id).exists()
    rotation.end_rotations(grace=timedelta(0))

    assert stored_names() != before
    assert Patient.objects.get().name == "王秀英"
    assert not SealingKey.objects.filter(pk=old_key.id).exists()
    assert AuditEntry.objects.get(action="keys.rotated").details["number"] == 2


def test_the_rival_keeps_its_key(patient: Patient, rival: Organisation) -> None:
    key = keys.current_key(rival.pk)

    call_command("rotate_keys", "--organisation", "tea-house")

    assert keys.current_key(rival.pk) == key


def test_names_are_found_as_before(patient: Patient, alice_actor: Actor) -> None:
    from apps.medical_records.patients import selectors

    call_command("rotate_keys")

    assert list(selectors.search_patients(alice_actor, "王秀")) == [patient]


def test_a_signed_version_is_sealed_anew_although_it_is_locked(
    tea_house: Organisation, alice_actor: Actor
) -> None:
    version = Belongings(tea_house, alice_actor.member.user).one(RecordVersion)  # type: ignore[union-attr]
    RecordVersion.objects.filter(pk=version.pk).update(
        kind="signed", signed_at="2026-01-01T00:00Z", fingerprint="f", signer_name="Lin"
    )

    call_command("rotate_keys")
    rotation.end_rotations(grace=timedelta(0))

    assert RecordVersion.objects.get().content == version.content  # type: ignore[attr-defined]
    assert SealingKey.objects.within(tea_house).filter(purpose="content").count() == 1


def test_sound_is_sealed_anew_and_still_heard(alice_actor: Actor, tea_house: Organisation) -> None:
    content = b"RIFF" + bytes(200_000)
    recording = speech.begin_upload(alice_actor, file_name="visit.wav", length=len(content) + 1)
    speech.append_part(alice_actor, recording, offset=0, content=io.BytesIO(content))
    old = files.key_of(recording.stored_path)

    call_command("rotate_keys")
    rotation.end_rotations(grace=timedelta(0))

    assert files.key_of(recording.stored_path) not in (old, None)
    with files.open_sealed(recording.stored_path, length=len(content)) as sound:
        assert sound.read() == content


def test_an_interrupted_rotation_is_finished_with_its_own_key(
    patient: Patient, tea_house: Organisation
) -> None:
    keys.new_key(tea_house.pk, SealingKey.Purpose.CONTENT, 2)

    call_command("rotate_keys")
    rotation.end_rotations(grace=timedelta(0))

    numbers = SealingKey.objects.within(tea_house).filter(purpose="content").values_list("number", flat=True)
    assert list(numbers) == [2]
    assert Patient.objects.get().name == "王秀英"


def test_what_was_on_its_way_with_the_old_key_is_sealed_anew_before_it_goes(
    patient: Patient, tea_house: Organisation
) -> None:
    late = stored_names()[0]
    call_command("rotate_keys")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE medical_records_patient SET name = %s", [late])

    rotation.end_rotations(grace=timedelta(0))

    assert SealingKey.objects.within(tea_house).filter(purpose="content").count() == 1
    assert Patient.objects.get().name == "王秀英"


def test_a_lost_key_stops_the_rotation_and_nothing_is_thrown_away(
    patient: Patient, tea_house: Organisation
) -> None:
    keys.new_key(tea_house.pk, SealingKey.Purpose.CONTENT, 2)
    SealingKey.objects.within(tea_house).filter(purpose="content", number=1).delete()
    keys.clear_keys()
    before = stored_names()

    with pytest.raises(CommandError, match="restore"):
        call_command("rotate_keys")

    assert stored_names() == before


@contextmanager
def changed_before_it_is_written(row: Webhook, **changes: object) -> Iterator[None]:
    """Somebody else saves the row between its reading and its writing."""
    is_done: list[bool] = []

    def change(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("UPDATE") and row._meta.db_table in sql and not is_done:
            is_done.append(True)
            Webhook.objects.filter(pk=row.pk).update(**changes)
        return execute(sql, *rest)

    with connection.execute_wrapper(change):
        yield
    assert is_done


def test_wrapping_a_secret_anew_leaves_what_others_change_meanwhile(tea_house: Organisation) -> None:
    webhook = Webhook.objects.create(
        organisation=tea_house, url="https://old.example/", secret="old", events=[]
    )

    with changed_before_it_is_written(webhook, url="https://new.example/"):
        rotation.wrap_anew(lambda what, count: None)
    with changed_before_it_is_written(webhook, secret="new"):
        rotation.wrap_anew(lambda what, count: None)

    webhook.refresh_from_db()
    assert (webhook.url, webhook.secret) == ("https://new.example/", "new")


def test_secrets_move_to_the_first_of_the_installations_keys(
    patient: Patient, settings: object, tea_house: Organisation
) -> None:
    from cryptography.fernet import Fernet

    from apps.core import fields

    new = Fernet.generate_key().decode()
    settings.FIELD_KEYS = [new, *settings.FIELD_KEYS]  # type: ignore[attr-defined]
    fields._keys.cache_clear()
    try:
        rotation.wrap_anew(lambda what, count: None)
        settings.FIELD_KEYS = [new]  # type: ignore[attr-defined]
        fields._keys.cache_clear()
        keys.clear_keys()

        assert Patient.objects.get().name == "王秀英"
    finally:
        fields._keys.cache_clear()
