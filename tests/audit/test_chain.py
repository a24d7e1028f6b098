from typing import Any
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet
from django.db import DatabaseError, connection, transaction

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.audit import services
from apps.audit.models import AuditEntry


def change_behind_our_back(sql: str, *parameters: object) -> None:
    """What somebody with the database password could do."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, parameters)
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.fixture
def three_entries(alice_actor: Actor) -> list[AuditEntry]:
    return [
        services.record(alice_actor, action="tests.done", details={"number": number}) for number in range(3)
    ]


def test_an_untouched_chain_verifies(three_entries: list[AuditEntry], tea_house: Organisation) -> None:
    assert services.verify(tea_house) is None


def test_each_organisation_has_its_own_chain(alice_actor: Actor, bob_actor: Actor) -> None:
    first = services.record(alice_actor, action="tests.done")
    second = services.record(alice_actor, action="tests.done")
    foreign = services.record(bob_actor, action="tests.done")

    assert second.previous_hash == first.hash
    assert foreign.previous_hash not in (first.hash, second.hash)


@pytest.mark.parametrize(
    "change", ["UPDATE audit_auditentry SET action = 'x'", "DELETE FROM audit_auditentry"]
)
def test_the_database_refuses_to_change_the_trail(three_entries: list[AuditEntry], change: str) -> None:
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        connection.cursor().execute(change)


@pytest.mark.parametrize(
    "assignment",
    [
        "actor = 'member:somebody-else'",
        "actor_name = 'Mallory'",
        "action = 'tests.undone'",
        "target_id = 'other'",
        "details = '{\"number\": 7}'",
        "created_at = created_at + interval '1 second'",
        "id = gen_random_uuid()",
        "subjects = ARRAY[gen_random_uuid()]",
        "mac = repeat('0', 64)",
    ],
)
def test_a_changed_entry_is_found(
    three_entries: list[AuditEntry], tea_house: Organisation, assignment: str
) -> None:
    changed = three_entries[1]
    change_behind_our_back(
        f"UPDATE audit_auditentry SET {assignment} WHERE organisation_id = %s AND sequence = %s",
        tea_house.pk,
        changed.sequence,
    )

    broken = services.verify(tea_house)

    assert broken is not None
    assert broken.sequence == changed.sequence


def test_a_removed_entry_is_found(three_entries: list[AuditEntry], tea_house: Organisation) -> None:
    change_behind_our_back("DELETE FROM audit_auditentry WHERE id = %s", three_entries[1].pk)

    broken = services.verify(tea_house)

    assert broken is not None
    assert broken.pk == three_entries[2].pk


def test_details_survive_the_way_through_the_database(alice_actor: Actor, tea_house: Organisation) -> None:
    awkward = {"half": 0.1, "nul": "a\x00b", "nested": [{"when": None}, ("x", True)], "文": "茶"}

    services.record(alice_actor, action="tests.done", details=awkward)

    assert services.verify(tea_house) is None


def test_what_is_rolled_back_leaves_no_line(alice_actor: Actor, tea_house: Organisation) -> None:
    before = AuditEntry.objects.within(tea_house).count()

    with transaction.atomic():
        services.record(alice_actor, action="tests.done")
        transaction.set_rollback(True)

    assert AuditEntry.objects.within(tea_house).count() == before


def test_a_chain_computed_anew_without_the_installations_key_is_found(
    three_entries: list[AuditEntry], tea_house: Organisation
) -> None:
    """Whoever owns the database changes a line and makes every hash behind it fit again."""
    previous = ""
    for entry in AuditEntry.objects.within(tea_house).order_by("sequence"):
        entry.previous_hash = previous
        if entry.pk == three_entries[0].pk:
            entry.action = "tests.undone"
        previous = services.hash_of(entry)
        change_behind_our_back(
            "UPDATE audit_auditentry SET action = %s, previous_hash = %s, hash = %s WHERE id = %s",
            entry.action,
            entry.previous_hash,
            previous,
            entry.pk,
        )

    broken = services.verify(tea_house)

    assert broken is not None
    assert broken.pk == three_entries[0].pk


def test_lines_name_the_people_whom_they_are_about(alice_actor: Actor, tea_house: Organisation) -> None:
    whom = uuid4()

    services.record(alice_actor, action="tests.done", subjects=[whom])

    assert AuditEntry.objects.get(subjects__contains=[whom]).action == "tests.done"
    assert services.verify(tea_house) is None


def test_lines_are_vouched_for_by_the_first_key_once_the_secrets_are_wrapped_anew(
    three_entries: list[AuditEntry], tea_house: Organisation, settings: Any
) -> None:
    forged = three_entries[1]
    change_behind_our_back("UPDATE audit_auditentry SET mac = repeat('0', 64) WHERE id = %s", forged.pk)
    new = Fernet.generate_key().decode()
    settings.FIELD_KEYS = [new, *settings.FIELD_KEYS]

    services.authenticate_anew()
    settings.FIELD_KEYS = [new]

    broken = services.verify(tea_house)
    assert broken is not None
    assert broken.pk == forged.pk, "a line that nobody vouched for must not get a key by that"
