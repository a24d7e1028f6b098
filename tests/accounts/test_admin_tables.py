"""Every table of the admin, as an operator sees it: in words, in both languages, and nothing that is sealed."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import translation
from unfold.utils import display_for_label

from apps.accounts import group_roles
from apps.accounts.admin_tables import MAX_COUNTED, BoundedPaginator, RowName, Table, label_of
from apps.accounts.models import Membership, Organisation, User
from apps.audit.models import AuditEntry
from apps.core.fields import EncryptedTextField
from apps.jobs.models import Job
from apps.vault.fields import SealedField
from tests.architecture.instances import Belongings
from tests.conftest import PASSWORD, browser_of

TABLES: list[Table] = [each.table for each in admin.site._registry.values() if hasattr(each, "table")]
TEXTS = (models.CharField, models.TextField, models.JSONField)
# Planted in every text that a table does not show.
SECRET = "Xyzzy-secret-words"


@pytest.fixture
def operator(db: None) -> User:
    return User.objects.create_superuser("operator@example.org", PASSWORD, name="Olga")


@pytest.fixture
def browser(operator: User) -> Client:
    return browser_of(operator)


def test_every_model_of_ours_is_listed() -> None:
    listed = {table.model for table in TABLES}

    assert {model for model in apps.get_models() if model.__module__.startswith("apps.")} <= listed


def test_no_table_shows_what_is_sealed() -> None:
    sealed = [
        f"{table.model.__name__}.{name}"
        for table in TABLES
        for name in table.visible
        if isinstance(table.model._meta.get_field(name), SealedField | EncryptedTextField | models.JSONField)
    ]

    assert sealed == []


def test_every_table_and_column_has_words_in_chinese() -> None:
    declared = [table for table in TABLES if table.is_declared]
    with translation.override("zh-hans"):
        words = {str(label_of(table.model, name)) for table in declared for name in table.visible}
        words |= {str(table.label) for table in declared}

    assert {each for each in words if each.isascii()} <= {"Webhook"}


def test_every_app_and_table_is_called_by_a_chinese_name() -> None:
    with translation.override("zh-hans"):
        names = {
            str(name)
            for model in admin.site._registry
            for name in (
                model._meta.app_config.verbose_name,
                model._meta.verbose_name,
                model._meta.verbose_name_plural,
            )
        }

    assert {each for each in names if each.isascii()} <= {"Webhook"}


def test_every_state_is_drawn_in_words() -> None:
    """Of whatever tone: as a label in lists, which draws a code where it has nothing else."""
    raw = []
    with translation.override("zh-hans"):
        for table in TABLES:
            shown: Any = admin.site._registry[table.model]
            for name in set(table.listed) & {"state", "status"}:
                column = getattr(shown, f"show_{name}")
                for code, _words in table.model._meta.get_field(name).flatchoices:  # type: ignore[union-attr]
                    drawn = display_for_label(column(table.model(**{name: code})), "–", column.label)
                    raw += (
                        [f"{table.model.__name__}: {code}"] if f">{code}<" in "".join(drawn.split()) else []
                    )

    assert raw == []


@pytest.mark.slow
def test_every_row_is_shown_in_both_languages_without_sealed_text_or_codes(
    rf: Any, operator: User, tea_house: Organisation, alice: User
) -> None:
    """What a list and a page say of a row; whole pages of a hundred tables would take a minute."""
    rows = {type(row): row for row in Belongings(tea_house, alice).everything()}
    request = rf.get("/admin/")
    request.user = operator
    wrong = []
    for table in TABLES:
        row = rows.get(table.model) or table.model._default_manager.first()
        if row is None:
            continue
        _plant(table, row)
        shown: Any = admin.site._registry[table.model]
        for language in ("en", "zh-hans"):
            with translation.override(language):
                read = shown.get_queryset(request).get(pk=row.pk)
                names = [name for name in shown.get_fields(request, read) if name not in table.editable]
                texts = [str(getattr(shown, name)(read)) for name in names]
                texts.append(str(read if table.is_named else RowName(read)))
                wrong += [f"{table.model.__name__}: {text}" for text in texts if SECRET in text]
                wrong += [f"{table.model.__name__}: {code}" for code in _codes(table, row) if code in texts]

    assert wrong == []


@pytest.mark.parametrize(
    "name",
    [
        "Job",
        "Patient",
        "RecordVersion",
        "Conversation",
        "AuditEntry",
        "User",
        "Endpoint",
        "Experiment",
        "Webhook",
    ],
)
def test_lists_and_pages_open_in_chinese(
    browser: Client, tea_house: Organisation, alice: User, name: str
) -> None:
    table = next(each for each in TABLES if each.model.__name__ == name)
    row = alice if name == "User" else Belongings(tea_house, alice).one(table.model)
    _plant(table, row)
    address = f"admin:{table.model._meta.app_label}_{table.model._meta.model_name}"

    for path in (reverse(f"{address}_changelist"), reverse(f"{address}_change", args=[row.pk])):
        answer = browser.get(path, headers={"Accept-Language": "zh-CN"})
        assert answer.status_code == 200
        assert SECRET not in answer.text
        with translation.override("zh-hans"):
            assert str(table.label) in answer.text


def _plant(table: Table, row: Any) -> None:
    """Where the database lets it: rows that nothing may change keep what they have."""
    names = [
        field.name
        for field in table.model._meta.concrete_fields
        if isinstance(field, models.TextField)
        and not isinstance(field, SealedField | EncryptedTextField)
        and field.name not in table.visible
        and not field.choices
    ]
    if names and table.model is not AuditEntry:
        type(row)._base_manager.filter(pk=row.pk).update(**dict.fromkeys(names, SECRET))


def _codes(table: Table, row: Any) -> list[str]:
    """Values of the row's choices that are not the words for them."""
    return [
        value
        for name in table.visible
        if name not in table.codes
        and (field := table.model._meta.get_field(name)).choices  # type: ignore[union-attr]
        and isinstance(value := getattr(row, name), str)
        and str(dict(field.flatchoices).get(value)) != value  # type: ignore[union-attr]
    ]


def test_an_id_finds_its_row(browser: Client, tea_house: Organisation) -> None:
    job = Job.objects.create(organisation=tea_house, kind="knowledge.ingest_document", queue="ingest")

    found = browser.get(f"/admin/jobs/job/?q={job.pk}").content.decode()
    other = browser.get("/admin/jobs/job/?q=words").content.decode()

    assert str(job.pk) in found
    assert str(job.pk) not in other


def test_a_list_takes_as_many_queries_for_many_rows_as_for_one(
    browser: Client, tea_house: Organisation, django_assert_max_num_queries: Any
) -> None:
    member = Membership.objects.get(organisation=tea_house)
    Job.objects.bulk_create(
        Job(organisation=tea_house, kind="knowledge.ingest_document", queue="ingest", member=member)
        for _ in range(40)
    )

    with django_assert_max_num_queries(12):
        assert "Tea House" in browser.get("/admin/jobs/job/").content.decode()


def test_many_rows_are_estimated(monkeypatch: pytest.MonkeyPatch, tea_house: Organisation) -> None:
    monkeypatch.setattr("apps.accounts.admin_tables.MAX_COUNTED", 1)
    Job.objects.bulk_create(Job(organisation=tea_house, kind="x", queue="batch") for _ in range(3))

    assert BoundedPaginator(Job.objects.order_by("pk"), 50).count >= 1
    assert BoundedPaginator(Job.objects.filter(kind="x").order_by("pk"), 50).count == 1
    assert MAX_COUNTED > 1000


def test_what_an_operator_changes_is_in_the_organisations_trail(
    browser: Client, tea_house: Organisation, alice: User
) -> None:
    page = reverse("admin:accounts_user_change", args=[alice.pk])

    answer = browser.post(page, {"name": "Alice", "is_active": ""})

    assert answer.status_code == 302
    alice.refresh_from_db()
    assert not alice.is_active
    entry = AuditEntry.objects.within(tea_house).latest("sequence")
    assert (entry.action, entry.actor_name) == ("row.changed_by_operator", "Olga")
    assert "True" in str(entry.details["before"])


def test_no_group_lets_in_again_whom_an_operator_shut_out(
    browser: Client, tea_house: Organisation, charlie: User
) -> None:
    Membership.objects.filter(user=charlie).update(follows_groups=True)
    member = Membership.objects.get(user=charlie, organisation=tea_house)

    browser.post(reverse("admin:accounts_membership_change", args=[member.pk]), {"is_active": ""})
    group_roles.follow_in(tea_house, charlie, "viewer")

    member.refresh_from_db()
    assert not member.is_active


def test_rows_that_nobody_edits_by_hand_refuse_it(browser: Client, tea_house: Organisation) -> None:
    entry = AuditEntry.objects.within(tea_house).latest("sequence")
    page = reverse("admin:audit_auditentry_change", args=[entry.pk])

    assert browser.post(page, {"action": "x"}).status_code == 403
    assert browser.post(reverse("admin:audit_auditentry_delete", args=[entry.pk])).status_code == 403
    assert browser.get("/admin/audit/auditentry/add/").status_code == 403


def test_deleting_asks_first_and_is_in_the_trail(
    browser: Client, tea_house: Organisation, alice: User
) -> None:
    invitation: Any = Belongings(tea_house, alice).one(apps.get_model("accounts", "Invitation"))
    page = reverse("admin:accounts_invitation_delete", args=[invitation.pk])

    assert browser.get(page).status_code == 200
    assert type(invitation).objects.filter(pk=invitation.pk).exists()
    browser.post(page, {"post": "yes"})

    assert not type(invitation).objects.filter(pk=invitation.pk).exists()
    assert AuditEntry.objects.within(tea_house).latest("sequence").action == "row.deleted_by_operator"


def test_a_change_wants_the_password_again(operator: User, alice: User) -> None:
    client = Client()
    client.force_login(operator, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = reverse("admin:accounts_user_change", args=[alice.pk])

    assert client.get(page).status_code == 200
    assert "reauthenticate" in client.post(page, {"name": "Eve"})["Location"]
