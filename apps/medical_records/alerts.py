from django.urls import reverse
from django.utils.translation import ngettext

from apps.accounts.actors import Actor
from apps.accounts.alerts import Alert, provider
from apps.medical_records.encounters import selectors as encounters


@provider("records.write")
def failed_records(actor: Actor) -> Alert | None:
    """Of patients whom the member treats: what could not be written down or drafted."""
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
