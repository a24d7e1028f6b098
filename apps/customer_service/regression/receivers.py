from typing import Any

from django.db.models.signals import post_delete
from django.dispatch import receiver

from apps.customer_service.channels.models import Channel
from apps.customer_service.regression.evaluation_adapter import ADAPTER
from apps.evaluation import services


@receiver(post_delete, sender=Channel)
def delete_questions(instance: Channel, **_: Any) -> None:
    """No key ties them to the channel: the frame's tables know no desk's."""
    services.delete_question_sets(ADAPTER.desk, instance.organisation_id, str(instance.pk))
