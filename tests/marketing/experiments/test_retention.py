"""What is old goes; what was counted of it stays."""

from datetime import timedelta

import pytest
from django.db.models import Sum
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.marketing.experiments import services
from apps.marketing.experiments.models import ArmCount, Exposure, MarketingEvent
from apps.privacy import retention_rules
from apps.privacy.models import RetentionClock
from tests.marketing.experiments.conftest import NewExperiment, event_of, sent, shown

pytestmark = pytest.mark.django_db


def test_old_events_and_exposures_go_and_their_counts_stay(
    new_experiment: NewExperiment, alice_actor: Actor
) -> None:
    ended, running = new_experiment(), new_experiment()
    for experiment in (ended, running):
        sent(experiment, [event_of(each) for each in shown(experiment, 3)])
    services.stop(alice_actor, ended, "Enough.")
    sent(running, [event_of(each, "open") for each in shown(running, 2, first=10)])
    long_ago = timezone.now() - timedelta(days=401)
    MarketingEvent.objects.filter(type="click").update(received_at=long_ago)
    Exposure.objects.exclude(opened_at=None).update(created_at=timezone.now())
    Exposure.objects.filter(opened_at=None).update(created_at=long_ago)
    RetentionClock.objects.update_or_create(
        organisation=alice_actor.organisation, defaults={"checked_at": timezone.now()}
    )

    retention_rules.erase_outdated()

    assert set(MarketingEvent.objects.values_list("type", flat=True)) == {"open"}
    # Somebody who comes to an experiment again is not drawn a second time.
    assert Exposure.objects.filter(experiment=ended).count() == 0
    assert Exposure.objects.filter(experiment=running).count() == 5
    assert ArmCount.objects.aggregate(clicks=Sum("clicks"))["clicks"] == 6
