from django.urls import reverse
from django.utils.translation import ngettext

from apps.accounts.actors import Actor
from apps.accounts.alerts import Alert, provider
from apps.workbench import selectors


@provider("workbench.use")
def waiting_steps(actor: Actor) -> Alert | None:
    count = selectors.waiting_steps(actor).count()
    if not count:
        return None
    text = ngettext("%(count)d run waits for your decision", "%(count)d runs wait for your decision", count)
    return Alert(text % {"count": count}, reverse("workbench:waiting_steps"), icon="user")
