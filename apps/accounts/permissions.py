"""What each role may do, in one table. API keys carry a subset of the same names as scopes."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text

PERMISSIONS = {
    "organisation.manage": _("Change the organisation, its members and invitations"),
    "keys.manage": _("Create and revoke API keys"),
    "audit.view": _("Read and export the audit trail"),
    "webhooks.manage": _("Change webhooks"),
    "inference.view": _("See endpoints and usage"),
    "inference.manage": _("Change endpoints and quotas"),
    "inference.use": _("Ask a model directly"),
    "jobs.view": _("See jobs"),
    "jobs.manage": _("Cancel and retry jobs, change schedules"),
    "knowledge.view": _("Read documents and search them"),
    "knowledge.edit": _("Upload, change and delete documents"),
    "recordings.view": _("Listen to recordings and read their transcripts"),
    "recordings.edit": _("Record, upload and delete recordings"),
    "conversations.view": _("Read conversations with visitors"),
    "conversations.reply": _("Write to visitors"),
    "conversations.manage": _("Change channels"),
    "patients.edit": _("Register patients and say who treats them"),
    "records.view": _("Read the medical records of patients one treats"),
    "records.write": _("Record consultations, draft and edit medical records"),
    "records.sign": _("Sign medical records"),
    "records.export": _("Export medical records"),
    "records.manage": _("Change templates, catalogues, departments, keeping and keys of medical records"),
    "records.oversee": _("Read every patient's medical records and who read them"),
}

# In the order of the menu; a permission belongs to the area that its name begins with.
AREAS = {
    "conversations": _("Customer service"),
    "records": _("Medical records"),
    "patients": _("Medical records"),
    "knowledge": _("Knowledge"),
    "recordings": _("Recordings"),
    "jobs": _("Jobs"),
    "inference": _("Models and usage"),
    "organisation": _("Organisation"),
    "keys": _("Organisation"),
    "audit": _("Organisation"),
    "webhooks": _("Organisation"),
}

_EVERYTHING = frozenset(PERMISSIONS)
_READING = frozenset({"jobs.view", "knowledge.view"})
_RECORDING = frozenset({"recordings.view", "recordings.edit"})
_TREATING = frozenset({"patients.edit", "records.view", "records.write", "records.export"})

ROLE_PERMISSIONS: dict[str, frozenset[str]] = {
    "owner": _EVERYTHING,
    # Whoever runs the computers does not thereby treat the patients.
    "admin": _EVERYTHING - {"records.oversee"},
    "agent": _READING
    | {"jobs.manage", "inference.use", "knowledge.edit", "conversations.view", "conversations.reply"}
    | _RECORDING,
    "marketer": _READING | {"jobs.manage", "inference.use", "knowledge.edit"},
    "operator": _READING | {"jobs.manage", "inference.use", "inference.view"},
    "clinician": _READING | _RECORDING | _TREATING | {"jobs.manage", "inference.use", "records.sign"},
    "resident": _READING | _RECORDING | _TREATING | {"jobs.manage", "inference.use"},
    "analyst": _READING | {"inference.use", "inference.view", "conversations.view"},
    "viewer": _READING,
}


ROLE_EXPLANATIONS = {
    "owner": _("May do everything, oversees all medical records and confirms what opens them to others."),
    "admin": _(
        "Runs the organisation: members, keys, models, settings. Sees the records of patients one treats."
    ),
    "agent": _("Answers visitors, keeps the documents up to date and makes recordings."),
    "marketer": _(
        "Keeps the documents that the assistant answers from. Sees no conversations and no patients."
    ),
    "operator": _("Watches models, usage and jobs. Sees no conversations and no patients."),
    "clinician": _("Records consultations, edits medical records and signs them."),
    "resident": _("Records consultations and edits medical records. An attending physician signs them."),
    "analyst": _("Reads conversations, figures and usage, and changes nothing."),
    "viewer": _("Reads documents and jobs, and changes nothing."),
}


def areas_of(names: Iterable[str]) -> list[tuple[Text, list[tuple[str, Text]]]]:
    """The permissions among `names` with what each allows, by area."""
    chosen_names = set(names)
    by_area: dict[Text, list[tuple[str, Text]]] = {area: [] for area in AREAS.values()}
    for name, label in PERMISSIONS.items():
        if name in chosen_names:
            by_area[AREAS[name.partition(".")[0]]].append((name, label))
    return [(area, inside) for area, inside in by_area.items() if inside]


def permissions_of(role: str) -> frozenset[str]:
    return ROLE_PERMISSIONS.get(role, frozenset())
