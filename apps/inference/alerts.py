from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.actors import Actor
from apps.accounts.alerts import Alert, provider
from apps.inference import quotas, selectors


@provider("jobs.view")
def models_away(actor: Actor) -> Alert | None:
    """Everybody should know why nothing is answered, not only who can change it."""
    if not selectors.are_models_away(actor.organisation):
        return None
    text = _("No model available. Answers resume once one is back.")
    page = "inference:usage" if actor.may("inference.view") else "jobs:jobs"
    return Alert(text, reverse(page), icon="model", tone="bad")


@provider("inference.manage")
def refusing_endpoints(actor: Actor) -> Alert | None:
    refusing = list(selectors.refusing_endpoints(actor.organisation))
    if not refusing:
        return None
    count = len(refusing)
    text = ngettext(
        "%(count)d model endpoint rejects requests",
        "%(count)d model endpoints reject requests",
        count,
    )
    one = reverse("inference:endpoint", args=[refusing[0].pk])
    url = one if count == 1 else reverse("inference:usage")
    return Alert(text % {"count": count}, url, icon="model", tone="bad")


@provider("inference.view")
def quotas_near_their_end(actor: Actor) -> Alert | None:
    """Before work is refused, and once it is."""
    standings = quotas.standings(actor.organisation)
    if spent := [standing for standing in standings if standing.is_spent]:
        count, tone = len(spent), "bad"
        text = ngettext("%(count)d quota is used up", "%(count)d quotas are used up", count)
    elif near := [standing for standing in standings if standing.is_near]:
        count, tone = len(near), "warn"
        text = ngettext("%(count)d quota is nearly used up", "%(count)d quotas are nearly used up", count)
    else:
        return None
    return Alert(text % {"count": count}, reverse("inference:usage"), icon="model", tone=tone)
