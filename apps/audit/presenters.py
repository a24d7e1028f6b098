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
    "scopes": _("Permissions"),
    "subject": _("About"),
    "collection": _("Collection"),
    "member": _("Member"),
    "reason": _("Reason"),
    "url": _("Address"),
    "hours": _("Hours"),
    "number": pgettext_lazy("of a version", "Number"),
    "version": _("Version"),
    "terms": _("Terms"),
    "rows": _("Rows"),
    "queue": _("Queue"),
    "switch": _("Desk or tool"),
    "text": _("Text"),
    **{name: label for desk in desks.all_desks() for name, label in desk.audit_details.items()},
}
# Details that hold a code, and what says it in words; the frame's parts add theirs.
WORDS = {name: words for desk in desks.all_desks() for name, words in desk.audit_words.items()}
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
    page = list(entries)
    keys = set()
    for entry in page:
        keys |= {(POINTERS[name], str(entry.details[name])) for name in POINTERS if entry.details.get(name)}
        if entry.target_type:
            keys.add((entry.target_type, entry.target_id))
    names = _names(organisation, {key for key in keys if _is_id(key[1])})
    return [_line(entry, names) for entry in page]


def sentence(action: str) -> Text:
    """Every action that is recorded has one; what an older version recorded is told in general."""
    return SENTENCES.get(action) or _("Performed an unknown action")


def _line(entry: AuditEntry, names: Names) -> AuditLine:
    target = names.get((entry.target_type, entry.target_id), "")
    details = [
        (label, text)
        for name, label in DETAILS.items()
        if (text := _detail(name, entry.details.get(name), names)) and text != target
    ]
    is_visitor = entry.actor.startswith("visitor")
    return AuditLine(
        sequence=entry.sequence,
        created_at=entry.created_at,
        who=entry.actor_name or (gettext("a visitor") if is_visitor else gettext("the platform")),
        sentence=sentence(entry.action),
        target=target,
        details=details,
    )


def _names(organisation: models.Model, keys: set[Key]) -> dict[Key, str]:
    ids = defaultdict(set)
    for kind, row_id in keys:
        ids[kind].add(row_id)
    return {
        (kind, str(row_id)): str(name)
        for kind, row_ids in ids.items()
        for row_id, name in _rows(organisation, kind, row_ids)
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
    own_models = (model for model in apps.get_models() if issubclass(model, OrganisationOwned))
    model = next((model for model in own_models if model._meta.model_name == kind), None)
    if model is None:
        return []
    rows: OrganisationQuerySet[Any] = model._default_manager.within(organisation)  # type: ignore[attr-defined]
    rows = rows.filter(pk__in=ids)
    if model is Membership:
        return _people(rows, "pk", "user")
    if any(field.name == "member" and field.one_to_one for field in model._meta.concrete_fields):
        return _people(rows, "pk", "member__user")
    # Plain text alone: what is sealed or encrypted stays with its desk.
    clear = {field.name for field in model._meta.concrete_fields if type(field) in CLEAR_TEXT}
    field = next((name for name in NAMED_BY if name in clear), None)
    return rows.values_list("pk", field) if field else []


def _people(rows: OrganisationQuerySet[Any], key: str, user: str) -> Iterable[tuple[Any, object]]:
    people = rows.values_list(key, f"{user}__name", f"{user}__email")
    return [(row_id, name or email) for row_id, name, email in people]


def _detail(name: str, value: object, names: Names) -> str:
    if name in POINTERS and (row_name := names.get((POINTERS[name], str(value)))):
        return row_name
    if isinstance(value, list):
        texts = [text for each in value if (text := _word(each))]
        more = len(texts) - MOST_LISTED
        beginning = ", ".join(texts[:MOST_LISTED])
        return (
            gettext("%(texts)s and %(number)d more") % {"texts": beginning, "number": more}
            if more > 0
            else beginning
        )
    word = _word(value)
    return str(WORDS[name](word)) if word and name in WORDS else word


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
        # Ids and digests alike mean nothing to a reader.
        return all(character in "0123456789abcdef" for character in text.lower())
    return True
