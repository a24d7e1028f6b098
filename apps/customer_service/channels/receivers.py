from typing import Any

from django.db.models import Count
from django.db.models.signals import pre_delete
from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Conflict
from apps.customer_service.channels.models import Channel
from apps.knowledge.models import Collection


@receiver(pre_delete, sender=Collection)
def keep_what_a_channel_needs(instance: Collection, **_kwargs: Any) -> None:
    """A channel that names nothing any more would answer visitors from all that is not restricted. Raises Conflict."""
    channels = Channel.objects.within(instance.organisation_id).filter(erase_requested_at=None)
    alone = channels.annotate(named=Count("collections")).filter(named=1)
    channel = alone.filter(
        pk__in=Channel.collections.through.objects.filter(collection=instance).values("channel")
    )
    if row := channel.first():
        raise Conflict(
            _(
                "The channel “%(name)s” answers from this collection alone. Choose other documents there first; "
                "without any, visitors would get answers from all that are not restricted."
            )
            % {"name": row.name},
            code="channel_needs_it",
        )
