"""Events and exposures go when they are old; what was counted of them stays."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from apps.accounts.models import Organisation
from apps.core.models import OrganisationQuerySet
from apps.core.rounds import tend_each
from apps.marketing.experiments.models import Experiment, Exposure, MarketingEvent
from apps.privacy import retention

KEEP_FOR = timedelta(days=400)
# In one statement; the rest goes with the next.
MAX_ROWS = 10_000


def drop_old_events() -> None:
    """Deletes old events and exposures. Exposures of experiments that run stay: somebody who comes again must not be
    drawn a second time.
    """
    before = timezone.now() - KEEP_FOR
    exposures = Exposure.objects.filter(created_at__lt=before)
    exposures = exposures.exclude(experiment__status=Experiment.Status.RUNNING)
    old: list[OrganisationQuerySet[MarketingEvent] | OrganisationQuerySet[Exposure]]
    old = [MarketingEvent.objects.filter(received_at__lt=before), exposures]
    tend_each(old, _drop, name="events and exposures")


def _drop(rows: OrganisationQuerySet[Any]) -> None:
    def sweep(organisation: Organisation) -> None:
        own = rows.within(organisation).order_by("pk").values_list("pk", flat=True)
        while keys := list(own[:MAX_ROWS]):
            rows.model._default_manager.filter(pk__in=keys).delete()

    retention.sweep_each(rows, sweep, name=rows.model._meta.label)
