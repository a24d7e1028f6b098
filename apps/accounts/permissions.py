"""What each role may do, in one table. API keys carry a subset of the same names as scopes."""

from django.utils.translation import gettext_lazy as _

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


def permissions_of(role: str) -> frozenset[str]:
    return ROLE_PERMISSIONS.get(role, frozenset())
