from django.urls import reverse
from django.utils.translation import ngettext

from apps.accounts.actors import Actor
from apps.accounts.alerts import Alert, provider
from apps.marketing.copywriting.models import CopyVariant


@provider("marketing.approve")
def copy_to_approve(actor: Actor) -> Alert | None:
    rows = CopyVariant.objects.within(actor.organisation).filter(status=CopyVariant.Status.DRAFT)
    count = rows.count()
    if not count:
        return None
    text = ngettext("%(count)d text awaits approval", "%(count)d texts await approval", count)
    url = f"{reverse('marketing:copy_variants')}?status={CopyVariant.Status.DRAFT}"
    return Alert(text % {"count": count}, url, icon="megaphone")
