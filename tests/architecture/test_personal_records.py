"""Whatever can hold words says whose they are: in the registry that erasures walk, or here with a reason."""

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.core.models import OrganisationOwned
from apps.privacy import registry
from tests.architecture.desk_walks import told

MEMBERS = "of members, whose accounts end with their membership"
SHOP = "the house's own texts and settings"
DOCUMENTS = "documents of the house, deleted by whoever uploaded them"
LEDGER = "counts and names of models, no word of anybody"

WITHOUT_VISITORS_AND_PATIENTS = {
    "accounts.User": MEMBERS,
    "accounts.Organisation": SHOP,
    "accounts.Membership": MEMBERS,
    "accounts.ApiKey": MEMBERS,
    "accounts.Invitation": MEMBERS,
    "accounts.GroupRole": SHOP,
    "accounts.ProvisionedUser": MEMBERS,
    "accounts.ProvisionedGroup": SHOP,
    "accounts.Confirmation": MEMBERS,
    "jobs.IdempotencyKey": "a key that a program made up, digests and ids",
    "jobs.QueueControl": "the name of an operator",
    "accounts.Switch": SHOP,
    "operations.Announcement": SHOP,
    "audit.AuditEntry": "says who did what; ids instead of words, and nobody can change it",
    "vault.SealingKey": "keys",
    "jobs.Webhook": SHOP,
    "jobs.Schedule": SHOP,
    "inference.Endpoint": SHOP,
    "inference.InferenceCall": LEDGER,
    "inference.ContractResult": LEDGER,
    "inference.Quota": LEDGER,
    "dashboards.AnalyticsSettings": SHOP,
    "dashboards.ChangedHour": LEDGER,
    "dashboards.ChangedDay": LEDGER,
    "dashboards.DayClock": SHOP,
    "dashboards.JobDay": LEDGER,
    "dashboards.CallDay": LEDGER,
    "dashboards.JobHour": LEDGER,
    "dashboards.CallHour": LEDGER,
    "dashboards.MailedReport": SHOP,
    "dashboards.ReportDelivery": MEMBERS,
    "dashboards.ValueAssumptions": SHOP,
    "inference.PromptVersion": SHOP,
    "operations.BackupPlan": SHOP,
    "dashboards.InstalledVersion": "the number of a version",
    "operations.OrganisationExport": "counts; the archive goes after the delay, and at once with the organisation",
    "operations.OrganisationDeletion": "the id of an organisation that is gone, and which operator asked for it",
    "accounts.RetiredSlug": "a digest",
    "operations.BackupRun": "files and counts of the installation, and which operator asked for them",
    "knowledge.Collection": DOCUMENTS,
    "knowledge.Document": DOCUMENTS,
    "knowledge.Passage": DOCUMENTS,
    "knowledge.PassageVector": DOCUMENTS,
    "knowledge.TermCount": DOCUMENTS,
    "knowledge.AccessGrant": MEMBERS,
    "customer_service.Channel": SHOP,
    "customer_service.MailAccount": SHOP,
    "customer_service.MessengerAccount": SHOP,
    "customer_service.LookupTool": SHOP,
    "customer_service.DeskSettings": SHOP,
    "customer_service.Agent": MEMBERS,
    "customer_service.Tag": "a few words that many conversations share",
    "customer_service.CannedReply": SHOP,
    "customer_service.Intent": SHOP,
    "customer_service.ClassifierVersion": "pieces of examples; goes with them, see customer_service.personal_records",
    "evaluation.EvaluationRun": SHOP,
    "evaluation.EvaluationSetVersion": SHOP,
    "evaluation.EvaluationJudgement": SHOP,
    "medical_records.Department": SHOP,
    "medical_records.Clinician": MEMBERS,
    "medical_records.MedicalPreferences": SHOP,
    "medical_records.RecordTemplate": SHOP,
    "medical_records.RecordTemplateVersion": SHOP,
    "medical_records.Catalogue": "what was learnt holds fragments that several lines share",
    "medical_records.CatalogueEntry": SHOP,
    **told("WITHOUT_PERSONS"),
}
HOLDS_WORDS = (models.CharField, models.TextField, models.JSONField, models.FileField, models.BinaryField)


def holds_words(model: type[models.Model]) -> bool:
    return any(
        (isinstance(field, HOLDS_WORDS) and not field.choices) or isinstance(field, ArrayField)
        for field in model._meta.concrete_fields
    )


def own_models() -> set[str]:
    """With those that belong to an organisation through another row, such as citations."""
    return {
        model._meta.label
        for model in apps.get_models()
        if model.__module__.startswith("apps.")
        and (holds_words(model) or issubclass(model, OrganisationOwned))
    }


def test_every_model_that_can_hold_words_is_registered_or_has_a_reason() -> None:
    registered = {model._meta.label for model in registry.registered_models()}
    wordless = {
        model._meta.label
        for model in apps.get_models()
        if model.__module__.startswith("apps.") and not holds_words(model)
    }

    unaccounted = own_models() - registered - set(WITHOUT_VISITORS_AND_PATIENTS) - wordless

    assert unaccounted == set(), (
        "declare them in the desk's personal_records.py, or say in WITHOUT_PERSONS of its tests/<desk>/walks.py why not"
    )
    assert set(WITHOUT_VISITORS_AND_PATIENTS) & registered == set()
    assert set(WITHOUT_VISITORS_AND_PATIENTS) <= own_models(), "a model of the list is gone"


def test_what_points_at_a_persons_rows_is_erased_with_them() -> None:
    """A row that cascades from a registered one is registered too, so that counts and reports are whole."""
    registered = registry.registered_models()
    left_out = {
        f"{model._meta.label} → {field.related_model._meta.label}"
        for model in apps.get_models()
        if model not in registered and model.__module__.startswith("apps.") and holds_words(model)
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey)
        and field.related_model in registered
        and field.remote_field.on_delete is models.CASCADE
    }

    assert left_out == set()
