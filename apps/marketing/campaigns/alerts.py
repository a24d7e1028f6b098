from django.urls import reverse
from django.utils.translation import ngettext

from apps.accounts.actors import Actor
from apps.accounts.alerts import Alert, provider
from apps.marketing.campaigns.models import Campaign


@provider("marketing.approve")
def waiting_campaigns(actor: Actor) -> Alert | None:
    """Those that somebody submitted for approval."""
    rows = Campaign.objects.within(actor.organisation).filter(status=Campaign.Status.IN_REVIEW)
    ids = list(rows.order_by("starts_at", "id").values_list("pk", flat=True)[:100])
    if not ids:
        return None
    text = ngettext(
        "%(count)d campaign is waiting for approval", "%(count)d campaigns are waiting for approval", len(ids)
    )
    return Alert(text % {"count": len(ids)}, reverse("marketing:campaign", args=[ids[0]]), icon="send")


@provider("marketing.send")
def stopped_campaigns(actor: Actor) -> Alert | None:
    """Those that stopped though nobody stopped them."""
    rows = Campaign.objects.within(actor.organisation).filter(status=Campaign.Status.PAUSED)
    rows = rows.exclude(pause_reason=Campaign.PauseReason.PERSON)
    ids = list(rows.order_by("-id").values_list("pk", flat=True)[:100])
    if not ids:
        return None
    text = ngettext("%(count)d campaign has stopped", "%(count)d campaigns have stopped", len(ids))
    url = reverse("marketing:campaign", args=[ids[0]])
    return Alert(text % {"count": len(ids)}, url, icon="send", tone="bad")
