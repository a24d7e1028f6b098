"""The trail as people read it: sentences, names of what still exists, and details without ids or codes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Membership
from apps.accounts.permissions import PERMISSIONS, ROLE_LABELS
from apps.audit.models import AuditEntry
from apps.audit.sentences import SENTENCES
from apps.core import desks
from apps.core.errors import Text
from apps.core.models import OrganisationOwned, OrganisationQuerySet

# What a row is called by, where it has it in clear: sealed names of patients and recordings stay with their desk.
NAMED_BY = ("name", "title", "label", "question", "shortcut", "email")
CLEAR_TEXT = (models.CharField, models.TextField, models.EmailField)
MOST_LISTED = 6

# The details that say something to people; what else a line holds is in the exported file.
DETAILS: dict[str, Text] = {
    "name": _("Name"),
    "title": _("Title"),
    "email": _("E-mail"),
    "role": _("Role"),
    "before": _("Before"),
    "after": _("After"),
    "scopes": _("May do"),
    "subject": _("About"),
    "collection": _("Collection"),
    "member": _("Member"),
    "reason": _("Reason"),
    "url": _("Address"),
    "hours": _("Hours"),
    "number": pgettext_lazy("of a version", "Number"),
    "version": _("Version"),
    "terms": _("Terms"),
    **{name: label for desk in desks.installed() for name, label in desk.audit_details.items()},
}
# Details that hold the id of a row, and which.
POINTERS = {"member": "membership", "collection": "collection"}

Key = tuple[str, str]
Names = Mapping[Key, str]


@dataclass(frozen=True)
class AuditLine:
    sequence: int
    created_at: datetime
    who: str
    sentence: Text
    target: str
    details: list[tuple[Text, str]]


def lines(organisation: models.Model, entries: Iterable[AuditEntry]) -> list[AuditLine]:
    """One query for each kind of row that is named, however many lines name it."""
    listed = list(entries)
    names = _names(organisation, {key for entry in listed for key in _named_by(entry)})
    return [_line(entry, names) for entry in listed]


def sentence(action: str) -> Text:
    """Every action that is recorded has one; what an older version recorded is told in general."""
    return SENTENCES.get(action) or _("Did something that this version has no words for")


def _line(entry: AuditEntry, names: Names) -> AuditLine:
    target = names.get((entry.target_type, entry.target_id), "")
    details = [
        (label, text)
        for name, label in DETAILS.items()
        if (text := _detail(name, entry.details.get(name), names)) and text != target
    ]
    return AuditLine(
        sequence=entry.sequence,
        created_at=entry.created_at,
        who=entry.actor_name or _nameless(entry.actor),
        sentence=sentence(entry.action),
        target=target,
        details=details,
    )


def _nameless(actor: str) -> str:
    return gettext("a visitor") if actor.startswith("visitor") else gettext("the platform")


def _named_by(entry: AuditEntry) -> set[Key]:
    keys = {(POINTERS[name], str(entry.details[name])) for name in POINTERS if entry.details.get(name)}
    if entry.target_type:
        keys.add((entry.target_type, entry.target_id))
    return {key for key in keys if _is_id(key[1])}


def _names(organisation: models.Model, keys: set[Key]) -> dict[Key, str]:
    ids = defaultdict(set)
    for kind, row_id in keys:
        ids[kind].add(row_id)
    return {
        (kind, str(row_id)): str(name)
        for kind, wanted in ids.items()
        for row_id, name in _rows(organisation, kind, wanted)
    }


def _rows(organisation: models.Model, kind: str, ids: set[str]) -> Iterable[tuple[Any, object]]:
    if kind == "organisation":
        return [(organisation.pk, organisation)]
    if kind == "user":
        return _people(
            Membership.objects.within(organisation).filter(user__in=[UUID(each) for each in ids]),
            "user_id",
            "user",
        )
    model = _owned_models().get(kind)
    if model is None:
        return []
    rows: OrganisationQuerySet[Any] = model._default_manager.within(organisation)  # type: ignore[attr-defined]
    rows = rows.filter(pk__in=ids)
    if model is Membership:
        return _people(rows, "pk", "user")
    if any(field.name == "member" and field.one_to_one for field in model._meta.concrete_fields):
        return _people(rows, "pk", "member__user")
    field = next((name for name in NAMED_BY if _is_clear(model, name)), None)
    return rows.values_list("pk", field) if field else []


def _people(rows: OrganisationQuerySet[Any], key: str, user: str) -> Iterable[tuple[Any, object]]:
    named = rows.values_list(key, f"{user}__name", f"{user}__email")
    return [(row_id, name or email) for row_id, name, email in named]


def _owned_models() -> dict[str, type[models.Model]]:
    owned = (model for model in apps.get_models() if issubclass(model, OrganisationOwned))
    return {model._meta.model_name or "": model for model in owned}


def _is_clear(model: type[models.Model], name: str) -> bool:
    """Kept as plain text: neither sealed nor encrypted."""
    return any(field.name == name and type(field) in CLEAR_TEXT for field in model._meta.concrete_fields)


def _detail(name: str, value: object, names: Names) -> str:
    if name in POINTERS and (known := names.get((POINTERS[name], str(value)))):
        return known
    if isinstance(value, list):
        texts = [text for each in value if (text := _word(each))]
        more = len(texts) - MOST_LISTED
        shown = ", ".join(texts[:MOST_LISTED])
        return (
            gettext("%(texts)s and %(number)d more") % {"texts": shown, "number": more} if more > 0 else shown
        )
    return _word(value)


def _word(value: object) -> str:
    """Empty for what says nothing to people: ids, hashes, switches and what is nested."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return ""
    text = str(value)
    if text in ROLE_LABELS or text in PERMISSIONS:
        return str(ROLE_LABELS.get(text) or PERMISSIONS[text])
    return "" if _is_id(text) else text


def _is_id(text: str) -> bool:
    """A UUID, or a digest in hexadecimal."""
    if len(text) < 32 or " " in text:
        return False
    try:
        UUID(text)
    except ValueError:
        return all(character in "0123456789abcdef" for character in text.lower())
    return True
