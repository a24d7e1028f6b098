"""The trail as people read it: sentences, names of what still exists, and details without ids or codes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Membership
from apps.accounts.permissions import PERMISSIONS, ROLE_LABELS
from apps.audit.file_exports import UNQUOTED
from apps.audit.models import AuditEntry
from apps.audit.sentences import SENTENCES
from apps.audit.target_types import owned_model
from apps.core import desks
from apps.core.errors import Text
from apps.core.models import OrganisationQuerySet
from apps.core.punctuation import colon
from apps.jobs import job_types

# What a row is called by, where it has it in clear: sealed names of patients and recordings stay with their desk. A model
# that is called otherwise names the field, or one of what it belongs to, as its `AUDIT_NAME`.
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
    "exams": _("Exams"),
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
    "inputs": _("Recorded inputs"),
    "queue": _("Queue"),
    "switch": _("Desk or tool"),
    "text": _("Text"),
    "file_type": _("Format"),
    "filters": _("Filters"),
    **{name: label for desk in desks.all_desks() for name, label in desk.audit_details.items()},
}
# Details that hold a code, and what says it in words; the frame's parts add theirs.
WORDS = {name: words for desk in desks.all_desks() for name, words in desk.audit_words.items()}
# What a list that left as a file was narrowed by, where a detail is not called the same.
FILTERS: dict[str, Text] = {
    "state": _("State"),
    "status": _("State"),
    "kind": _("Kind"),
    "desk": _("Desk"),
    "api_key": _("API key"),
    "organisation": _("Organisation"),
    "purpose": _("Purpose"),
    "model": _("Model"),
    "endpoint": _("Endpoint"),
    "error": _("Error"),
    "error_code": _("Error code"),
    "search": _("Search"),
    "q": _("Search"),
    "set": _("Question set"),
    "report": _("Report"),
    "language": _("Language"),
    "is_enabled": _("enabled"),
    "action": _("Action"),
    "area": _("Area"),
    "actor": _("Who"),
    "actor_name": _("Who"),
    "target_type": _("On"),
    "target_id": _("On"),
    **dict.fromkeys(("from", "since", "created_after"), pgettext_lazy("day", "From")),
    **dict.fromkeys(("to", "until", "created_before"), pgettext_lazy("day", "To")),
    **{name: label for desk in desks.all_desks() for name, label in desk.audit_filters.items()},
}
# The database keeps what a line holds in no order of ours.
FILTER_PLACES = {name: place for place, name in enumerate([*FILTERS, *DETAILS])}
# Values of filters that no row has.
FILTER_WORDS: dict[tuple[str, str], Text] = {
    ("state", "active"): _("in progress"),
    ("member", "none"): _("No member"),
    ("api_key", "none"): _("No key"),
    ("kind", "none"): _("Direct request"),
    ("endpoint", "none"): _("Built in"),
}
# Details that hold the id of a row, and which.
POINTERS = {"member": "membership", "collection": "collection", "api_key": "apikey", "endpoint": "endpoint"}

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
        keys |= {_row_key(name, value) for name, value in _filters(entry).items()}
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
    model = owned_model(kind)
    if model is None:
        return []
    rows: OrganisationQuerySet[Any] = model._default_manager.within(organisation)  # type: ignore[attr-defined]
    rows = rows.filter(pk__in=ids)
    if model is Membership:
        return _people(rows, "pk", "user")
    if any(field.name == "member" and field.one_to_one for field in model._meta.concrete_fields):
        return _people(rows, "pk", "member__user")
    if field := name_field(model):
        return rows.values_list("pk", field)
    # Of what has no name in clear, when it was made tells which it was.
    has_moment = any(each.name == "created_at" for each in model._meta.concrete_fields)
    return [(pk, _made_at(at)) for pk, at in rows.values_list("pk", "created_at")] if has_moment else []


def name_field(model: type[models.Model]) -> str | None:
    """What its rows are called by; None where they have no name in clear."""
    # Plain text alone: what is sealed or encrypted stays with its desk.
    clear = {field.name for field in model._meta.concrete_fields if type(field) in CLEAR_TEXT}
    return getattr(model, "AUDIT_NAME", None) or next((name for name in NAMED_BY if name in clear), None)


def _made_at(moment: datetime) -> str:
    return gettext("of %(moment)s") % {"moment": f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"}


def _people(rows: OrganisationQuerySet[Any], key: str, user: str) -> Iterable[tuple[Any, object]]:
    people = rows.values_list(key, f"{user}__name", f"{user}__email")
    return [(row_id, name or email) for row_id, name, email in people]


def _detail(name: str, value: object, names: Names) -> str:
    if isinstance(value, dict):
        ordered = sorted(value.items(), key=lambda each: FILTER_PLACES.get(each[0], len(FILTER_PLACES)))
        return gettext("; ").join(_filter_text(each, chosen, names) for each, chosen in ordered)
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


def _filters(entry: AuditEntry) -> Mapping[str, object]:
    filters = entry.details.get("filters")
    return filters if isinstance(filters, dict) else {}


def _row_key(name: str, value: object) -> Key:
    """What a filter holds, if that is the id of a row: most are called after their table."""
    return POINTERS.get(name, name), str(value)


def _filter_text(name: str, value: object, names: Names) -> str:
    """“State: failed”. Of a row that is gone, or that its desk alone may name, only that there was one."""
    label = str(FILTERS.get(name) or DETAILS.get(name) or name)
    values = value if isinstance(value, list) else [value]
    return f"{label}{colon()}{', '.join(_filter_word(name, each, names) for each in values)}"


def _filter_word(name: str, value: object, names: Names) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    text = str(value)
    if row_name := names.get(_row_key(name, value)):
        return row_name
    if _is_id(text):
        return UNQUOTED
    if word := FILTER_WORDS.get((name, text)) or (WORDS[name](text) if name in WORDS else None):
        return str(word)
    match name:
        case "kind" if "." in text:
            return job_types.label_of(text)
        case "desk":
            return str(job_types.desk_label(text))
        case "action":
            return str(SENTENCES.get(text, text))
    # The same code may be called otherwise in another table: then it stands for itself.
    labels = {str(label) for label in _choices().get((name, text), ())}
    return labels.pop() if len(labels) == 1 else text


@cache
def _choices() -> Mapping[tuple[str, str], set[Text]]:
    """By field and value, what tables call it."""
    labels: dict[tuple[str, str], set[Text]] = defaultdict(set)
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            for value, label in field.flatchoices:
                labels[field.name, str(value)].add(label)
    return labels


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
