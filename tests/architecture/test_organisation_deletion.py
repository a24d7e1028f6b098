"""Every table, file and key of an organisation goes with it: found by walking, so that a new one is never forgotten."""

import io
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection, models
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation, User
from apps.audit import publication
from apps.core import redis_client
from apps.core.models import OrganisationOwned
from apps.customer_service.channels.models import Channel
from apps.jobs import events, lifecycle, runs
from apps.jobs.models import Job
from apps.log_analysis.sources import services as sources
from apps.log_analysis.sources.models import LogSource
from apps.operations.deletion import organisation_rows, services
from apps.operations.deletion.models import OrganisationDeletion
from apps.vault.files import writing_sealed
from tests.architecture.instances import Belongings
from tests.conftest import browser_of
from tests.privacy import planted
from tests.privacy.search import uploads

# Tables of which no row belongs to an organisation, and why what they hold does not go with one.
OF_THE_INSTALLATION = {
    "accounts.Organisation": "goes last",
    "accounts.RetiredSlug": "digests of names that nobody may take again",
    "accounts.User": "may belong to several; who belongs to none any more goes with the membership",
    "jobs.QueueControl": "what an operator decided",
    "dashboards.InstalledVersion": "all organisations run the same code",
    "operations.BackupPlan": "the installation is backed up as a whole",
    "operations.BackupRun": "the installation is backed up as a whole",
    "operations.OrganisationDeletion": "says that an organisation is gone: its id, when, and which operator",
    "admin.LogEntry": "what operators did, with ids instead of words",
    "sessions.Session": "swept by `kept_files.end_sessions`",
}
# Of packages: they point at people, whom they go with, or at nobody.
OF_PACKAGES = {"accounts.User_groups", "accounts.User_user_permissions"}
PACKAGES = {"auth", "contenttypes", "account", "mfa", "usersessions", "socialaccount"}
KEPT_TABLES = {"operations_organisationdeletion", "django_admin_log"}


def test_every_table_goes_with_its_organisation_or_says_why_not() -> None:
    """A new table points at an organisation, or at a row of one without which it cannot be; or it is listed above."""
    stray = {
        model._meta.label
        for model in apps.get_models(include_auto_created=True)
        if not organisation_rows.lookups_of(model) and model._meta.app_label not in PACKAGES
    }

    assert stray - OF_PACKAGES == set(OF_THE_INSTALLATION)


def test_tables_go_in_an_order_in_which_none_is_held_back() -> None:
    places = {model: place for place, model in enumerate(organisation_rows.deletion_order())}
    behind = {
        f"{model._meta.label}.{key.name} → {key.related_model._meta.label}"
        for model, place in places.items()
        for key in model._meta.concrete_fields
        if isinstance(key, models.ForeignKey)
        and places.get(key.related_model, place) < place
        # What is only lost by the other is changed with it, and goes later.
        and key.remote_field.on_delete is not models.SET_NULL
    }

    assert behind == set()
    assert [model._meta.label for model in organisation_rows.LAST] == ["vault.SealingKey", "accounts.Switch"]


def test_a_table_that_leads_to_no_organisation_is_noticed() -> None:
    class Stray(models.Model):
        user = models.ForeignKey(User, on_delete=models.CASCADE)

        class Meta:
            app_label = "stray"

        def __str__(self) -> str:
            return ""

    assert organisation_rows.lookups_of(Stray) == ()


@pytest.mark.django_db
def test_nothing_is_left_of_a_deleted_organisation_and_all_of_another(
    tea_house: Organisation, alice: User, rival: Organisation, bob: User, tmp_path: Path, settings: Any
) -> None:
    settings.AUDIT_ANCHOR_DIR = str(tmp_path / "anchors")
    operator = User.objects.create_superuser("olga@host.example", "correct-horse-battery")
    ids = {owner.pk: filled(owner, user) for owner, user in ((tea_house, alice), (rival, bob))}
    before = {owner: found(own) for owner, own in ids.items()}
    assert all(len(places) > 120 for places in before.values()), "the walk finds what is there"
    browser_of(alice)

    deletion = services.close(operator, tea_house, name=tea_house.name, waiver="without export")
    run_to_its_end(deletion)

    connection.check_constraints()
    assert found(ids[tea_house.pk]) <= KEPT_TABLES
    after = found(ids[rival.pk])
    assert before[rival.pk] - after == set(), "nothing of anybody else is touched"
    assert not User.objects.filter(pk=alice.pk).exists()
    assert User.objects.filter(pk=bob.pk).exists()
    users = {session.get_decoded().get("_auth_user_id") for session in Session.objects.all()}
    assert str(alice.pk) not in users
    assert words_found(f"{planted.WORD}-{tea_house.slug}") == set()
    assert words_found(f"{planted.WORD}-{rival.slug}") != set()


def filled(owner: Organisation, user: User) -> set[UUID]:
    """A row of every table, a word in texts, files, a log, Redis and anchors; answers the ids of all rows."""
    word = f"{planted.WORD}-{owner.slug}"
    channel = Channel.objects.create(organisation=owner, name="Chat", language="en")
    planted.plant(
        channel, visitor=f"v-{owner.slug}", text=f"My {word} rash came back on Monday, please send it."
    )
    actor = Actor(owner)
    source = LogSource.objects.create(organisation=owner, name="Shop")
    content = f"2026-11-01 08:00:00,000 INFO [shop] shop: order {word} placed\n".encode() * 20
    file = sources.begin_file(actor, source, file_name="shop.log", length=len(content))
    file = sources.append_part(actor, file, offset=0, content=io.BytesIO(content))
    runs.execute(file.job_id)
    Belongings(owner, user).everything()
    path = uploads() / "exports" / str(owner.pk) / "archive.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    with writing_sealed(path, owner.pk) as target:
        target.write(word.encode())
    publication.publish()
    job = Job.objects.within(owner).order_by("pk")[0]
    client = redis_client.synchronous()
    client.xadd(events.stream_key(job.pk), {b"t": b"text", b"d": word.encode()})
    client.xadd(f"desk:{owner.pk}:events", {b"t": b"moved", b"d": word.encode()})
    client.hset("endpoint:all:served", str(owner.pk), 1)
    client.zadd("endpoint:all:waiting", {f"{owner.pk}/ticket": 1})
    cache.set(f"read:{owner.pk}", word, 60)
    return {
        pk
        for model in organisation_rows.deletion_order()
        for pk in organisation_rows.rows_of(model, owner.pk).values_list("pk", flat=True)
        if isinstance(pk, UUID)
    } | {owner.pk, user.pk}


def found(ids: set[UUID]) -> set[str]:
    """Tables, keys of Redis and files that name any of these ids."""
    return words_found(*(str(each) for each in ids))


def words_found(*words: str) -> set[str]:
    pattern = "|".join([*words, *(word.replace("-", "") for word in words)])
    places = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT EXISTS (SELECT 1 FROM "{table}" AS r WHERE r::text ~* %s)', [pattern])
            if cursor.fetchone() == (True,):
                places.add(table)
    client: Any = redis_client.synchronous()
    for key in client.scan_iter():
        dump = repr(key) + repr(_content(client, key))
        places |= {f"redis {key!r}" for word in words if word in dump}
    for folder in (uploads(), Path(settings.AUDIT_ANCHOR_DIR)):
        for path in folder.rglob("*"):
            text = str(path) + (path.read_bytes().decode(errors="replace") if path.is_file() else "")
            places |= {str(path) for word in words if word in text}
    return places


def _content(client: Any, key: bytes) -> Any:
    readers = {
        b"string": client.get,
        b"list": lambda name: client.lrange(name, 0, -1),
        b"hash": client.hgetall,
        b"set": client.smembers,
        b"zset": lambda name: client.zrange(name, 0, -1),
        b"stream": client.xrange,
    }
    return readers[client.type(key)](key)


def run_to_its_end(deletion: OrganisationDeletion) -> None:
    """What the clock does, with workers that stop when they are told to."""
    OrganisationDeletion.objects.filter(pk=deletion.pk).update(due_at=timezone.now())
    for _ in range(5):
        services.advance(deletion, seconds=60)
        for job in Job.objects.filter(organisation=deletion.organisation_id, state=Job.State.RUNNING):
            lifecycle.cancel_running(job)
    deletion.refresh_from_db()
    assert deletion.state == OrganisationDeletion.State.DELETED


def test_what_an_owned_model_is_called_leads_to_its_organisation() -> None:
    owned = [model for model in apps.get_models() if issubclass(model, OrganisationOwned)]

    assert all("organisation" in organisation_rows.lookups_of(model) for model in owned)
