"""What each role may do. API keys carry a subset of the same names as scopes. Desks add permissions and roles."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from apps.core import desks
from apps.core.desks import KeyPreset, Role
from apps.core.errors import Text

OWNER = "owner"
# Of a key of an identity provider, which says who is in the groups that give roles.
PROVISION = "organisation.provision"

FRAME_PERMISSIONS: dict[str, Text] = {
    "organisation.manage": _("Manage the organisation, members and invitations"),
    PROVISION: _("Create, change and deactivate members by SCIM"),
    "keys.manage": _("Create and revoke API keys"),
    "audit.view": _("View and export the audit trail"),
    "webhooks.manage": _("Manage webhooks"),
    "inference.view": _("View endpoints and usage"),
    "inference.manage": _("Manage endpoints and quotas"),
    "inference.use": _("Call models directly"),
    "analytics.view": _("View dashboards: jobs, models, cost and value"),
    "operations.manage": _("Change prompts, switches and announcements"),
    "jobs.view": _("View jobs"),
    "jobs.manage": _("Cancel and retry jobs, manage schedules"),
    "knowledge.view": _("View and search documents"),
    "knowledge.edit": _("Upload, change and delete documents"),
    "recordings.view": _("Listen to recordings and view transcripts"),
    "recordings.edit": _("Record, upload and delete recordings"),
}
PERMISSIONS: dict[str, Text] = {
    **FRAME_PERMISSIONS,
    **{name: label for desk in desks.all_desks() for name, label in desk.permissions.items()},
}

# In the order of the menu; a permission belongs to the area that its name begins with.
AREAS: dict[str, Text] = {
    **{name.partition(".")[0]: desk.label for desk in desks.all_desks() for name in desk.permissions},
    "knowledge": _("Knowledge"),
    "recordings": _("Recordings"),
    "analytics": _("Analytics"),
    "operations": _("Operations"),
    "jobs": _("Jobs"),
    "inference": _("Models and usage"),
    "organisation": _("Organisation"),
    "keys": _("Organisation"),
    "audit": _("Organisation"),
    "webhooks": _("Organisation"),
}

ROLES = (
    Role(
        OWNER,
        _("owner"),
        _("Full access. Oversees all medical records and confirms changes that widen access to them."),
        tuple(PERMISSIONS),
    ),
    Role(
        "admin",
        _("administrator"),
        _("Manages members, keys, models and settings. Sees only the records of their own patients."),
        tuple(FRAME_PERMISSIONS),
    ),
    *(role for desk in desks.all_desks() for role in desk.roles),
    Role(
        "marketer",
        _("marketer"),
        _("Maintains the documents that the assistant answers from. Cannot see conversations or patients."),
        ("jobs.view", "jobs.manage", "inference.use", "knowledge.view", "knowledge.edit"),
    ),
    Role(
        "operator",
        _("operator"),
        _("Monitors models, usage and jobs. Cannot see conversations or patients."),
        (
            "analytics.view",
            "operations.manage",
            "jobs.view",
            "jobs.manage",
            "inference.use",
            "inference.view",
            "knowledge.view",
        ),
    ),
    Role(
        "analyst",
        _("analyst"),
        _("Views conversations, analytics and usage. Read-only."),
        ("analytics.view", "jobs.view", "inference.use", "inference.view", "knowledge.view"),
    ),
    Role(
        "viewer",
        _("viewer"),
        _("Views documents and jobs. Read-only."),
        ("jobs.view", "knowledge.view"),
    ),
)
ROLE_LABELS: dict[str, Text] = {role.name: role.label for role in ROLES}
ROLE_PERMISSIONS: dict[str, frozenset[str]] = {
    role.name: frozenset(role.permissions).union(
        *(desk.role_permissions.get(role.name, ()) for desk in desks.all_desks()),
        *(desk.shared_permissions for desk in desks.all_desks()),
    )
    for role in ROLES
}


KEY_PRESETS: tuple[KeyPreset, ...] = (
    *(preset for desk in desks.all_desks() for preset in desk.key_presets),
    KeyPreset("documents", _("Knowledge upload"), ("knowledge.view", "knowledge.edit", "jobs.view")),
    KeyPreset("analytics", _("Read-only analytics"), ("analytics.view",)),
    KeyPreset("scim", _("Members from an identity provider (SCIM)"), (PROVISION,)),
)


def role_choices() -> list[tuple[str, Text]]:
    """For fields; a migration names this function, so that a new desk's roles need none."""
    return list(ROLE_LABELS.items())


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
