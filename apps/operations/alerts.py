from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.actors import Actor
from apps.accounts.alerts import Alert, provider
from apps.inference.models import PromptVersion
from apps.operations.deletion import selectors as deletion


@provider("operations.manage")
def proposed_prompts(actor: Actor) -> Alert | None:
    """Texts that others wrote: one's own wait for somebody else."""
    waiting = PromptVersion.objects.within(actor.organisation).filter(state=PromptVersion.State.PROPOSED)
    names = list(waiting.exclude(author=actor.member).values_list("prompt", flat=True)[:100])
    if not names:
        return None
    text = ngettext(
        "%(count)d prompt version awaits approval",
        "%(count)d prompt versions await approval",
        len(names),
    )
    url = reverse("operations:prompt", args=names) if len(names) == 1 else reverse("operations:prompts")
    return Alert(text % {"count": len(names)}, url, icon="note")


@provider("organisation.manage")
def ready_export(actor: Actor) -> Alert | None:
    """For owners, as long as it is kept."""
    export = deletion.latest_export(actor.organisation) if actor.is_owner else None
    if export is None or not export.is_ready:
        return None
    text = _("An export of all data of your organisation is ready. Download it")
    return Alert(text, reverse("operations:organisation_export"), icon="download")
