from django.urls import reverse
from django.utils.translation import ngettext

from apps.accounts.actors import Actor
from apps.accounts.alerts import Alert, provider
from apps.inference.models import PromptVersion


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
