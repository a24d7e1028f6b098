"""Finding lines of the trail in words: who did what to which named thing, and when."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.db import models
from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts import selectors as accounts
from apps.accounts.models import Membership, Organisation
from apps.audit.models import AuditEntry
from apps.audit.presenters import name_field
from apps.audit.sentences import SENTENCES
from apps.audit.target_types import owned_model
from apps.core import desks
from apps.core.errors import Text
from apps.core.models import OrganisationQuerySet
from apps.core.moments import CHOSEN_DAYS
from apps.core.ttl_cache import TTLCache

# Text is looked for in these days where no others are named: a trail is never thrown away.
SEARCHED_DAYS = 90
MAX_WORDS = 4
# Ids that stand in the question itself.
MAX_NAMED = 200
FRAME = "frame"

Entries = OrganisationQuerySet[AuditEntry]
_target_types: TTLCache[list[str]] = TTLCache(seconds=60)


class AuditSearchForm(forms.Form):
    """What cannot be understood finds nothing less: the other fields still count."""

    q = forms.CharField(max_length=200, required=False)
    member = forms.UUIDField(required=False)
    area = forms.ChoiceField(required=False)
    since = forms.DateField(required=False, validators=CHOSEN_DAYS)
    until = forms.DateField(required=False, validators=CHOSEN_DAYS)

    def __init__(self, data: object, organisation: Organisation) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self.organisation = organisation
        self.fields["area"].choices = [("", ""), *areas()]  # type: ignore[attr-defined]
        self.full_clean()

    @property
    def members(self) -> Iterable[Membership]:
        return accounts.members(self.organisation).select_related("user")

    @property
    def first_day(self) -> date | None:
        """Without a day of one's own, the first that text is looked for in."""
        chosen: date | None = self.cleaned_data.get("since")
        if chosen or not self.cleaned_data.get("q"):
            return chosen
        return timezone.localdate() - timedelta(days=SEARCHED_DAYS)


def areas() -> list[tuple[str, Text]]:
    return [(FRAME, _("Organisation")), *((desk.name, desk.label) for desk in desks.all_desks())]


def narrow(entries: Entries, form: AuditSearchForm) -> Entries:
    """The lines that fit all that was filled in."""
    chosen = form.cleaned_data
    if member := chosen.get("member"):
        entries = entries.filter(actor=f"member:{member}")
    if area := chosen.get("area"):
        entries = entries.filter(action__in=_actions_of_area(area))
    if first_day := form.first_day:
        entries = entries.filter(created_at__gte=_beginning(first_day))
    if until := chosen.get("until"):
        entries = entries.filter(created_at__lt=_beginning(until + timedelta(days=1)))
    words = chosen.get("q", "").split()[:MAX_WORDS]
    if words:
        entries = entries.annotate(details_text=Cast("details", TextField()))
    for word in words:
        entries = entries.filter(
            Q(actor_name__icontains=word)
            | Q(action__in=_actions_saying(word))
            | Q(details_text__icontains=word)
            | _named_targets(form.organisation, word)
        )
    return entries


def _actions_of_area(area: str) -> list[str]:
    of_desks = {desk.name: set(desk.audit_sentences) for desk in desks.all_desks()}
    if area == FRAME:
        return [action for action in SENTENCES if not any(action in actions for actions in of_desks.values())]
    return sorted(of_desks.get(area, ()))


def _actions_saying(word: str) -> list[str]:
    """By their sentence in the reader's language, or by their name."""
    return [
        action
        for action, text in SENTENCES.items()
        if word.casefold() in str(text).casefold() or word == action
    ]


def _named_targets(organisation: Organisation, word: str) -> Q:
    """Lines about rows that are called so today, and about members of that name."""
    found = Q(pk=None)
    own = AuditEntry.objects.within(organisation).exclude(target_type="")
    types = own.order_by("target_type").values_list("target_type", flat=True).distinct()
    for kind in _target_types.get(organisation.pk, lambda: list(types)):
        ids = _ids_named(organisation, kind, word)
        if ids is not None:
            found |= Q(target_type=kind, target_id__in=ids)
    return found


def _ids_named(organisation: Organisation, kind: str, word: str) -> list[str] | models.QuerySet[Any] | None:
    """None where nothing is called so; of very many the query that finds them."""
    model = owned_model(kind)
    if model is None:
        return None
    rows: OrganisationQuerySet[models.Model] = model._default_manager.within(organisation)  # type: ignore[attr-defined]
    if model is Membership:
        named = rows.filter(Q(user__name__icontains=word) | Q(user__email__icontains=word))
    else:
        field = name_field(model)
        if field is None:
            return None
        named = rows.filter(**{f"{field}__icontains": word})
    named = named.order_by()
    keys: list[UUID] = list(named.values_list("pk", flat=True)[: MAX_NAMED + 1])
    if len(keys) > MAX_NAMED:
        return named.annotate(key=Cast("pk", TextField())).values("key")
    return [str(key) for key in keys] or None


def _beginning(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
