from django.urls import reverse
from django.utils.translation import ngettext

from apps.accounts.actors import Actor
from apps.accounts.alerts import Alert, provider
from apps.medical_records.encounters import selectors as encounters
from apps.medical_records.records import selectors as records
from apps.medical_records.records.selectors import RecordFilters


@provider("records.write")
def failed_records(actor: Actor) -> Alert | None:
    """What could not be written down or drafted of the patients whom the member treats."""
    failed = list(encounters.own_failures(actor).values_list("encounter", flat=True)[:100])
    if not failed:
        return None
    text = ngettext(
        "%(count)d encounter could not be transcribed or drafted",
        "%(count)d encounters could not be transcribed or drafted",
        len(failed),
    )
    url = reverse("medical_records:encounter", args=[failed[0]])
    return Alert(text % {"count": len(failed)}, url, icon="record", tone="bad")


@provider("records.sign")
def records_to_sign(actor: Actor) -> Alert | None:
    """Reviewed records of patients whom the member treats."""
    waiting = _waiting(actor, "sign")
    if not waiting:
        return None
    text = ngettext("%(count)d record awaits signature", "%(count)d records await signature", waiting)
    url = f"{reverse('medical_records:records')}?view=sign"
    return Alert(text % {"count": waiting}, url, icon="edit")


@provider("records.write")
def drafts_to_review(actor: Actor) -> Alert | None:
    waiting = _waiting(actor, "review")
    if not waiting:
        return None
    text = ngettext("%(count)d draft awaits review", "%(count)d drafts await review", waiting)
    url = f"{reverse('medical_records:records')}?view=review"
    return Alert(text % {"count": waiting}, url, icon="record")


def _waiting(actor: Actor, view: str) -> int:
    return records.filtered_records(actor, RecordFilters(view)).order_by().count()
