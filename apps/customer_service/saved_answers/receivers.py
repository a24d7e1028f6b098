from typing import Any

from django.db.models import Count
from django.db.models.signals import pre_delete
from django.dispatch import receiver

from apps.customer_service.channels.models import Channel
from apps.customer_service.saved_answers.models import SavedAnswer


@receiver(pre_delete, sender=Channel)
def put_aside_what_is_for_it_alone(instance: Channel, **_: Any) -> None:
    """An answer that names no channel any more would be given in all of them."""
    alone = (
        SavedAnswer.objects.within(instance.organisation_id).annotate(named=Count("channels")).filter(named=1)
    )
    own = SavedAnswer.channels.through.objects.filter(channel=instance)
    alone.filter(pk__in=own.values("savedanswer")).update(is_enabled=False)
