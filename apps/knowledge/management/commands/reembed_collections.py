from typing import Any

from django.core.management.base import BaseCommand

from apps.accounts.actors import Actor
from apps.knowledge import services
from apps.knowledge.models import Collection


class Command(BaseCommand):
    help = "After a change of the embedding model: queues new vectors for every collection."

    def handle(self, *args: Any, **options: Any) -> None:
        for collection in Collection.objects.select_related("organisation"):
            job = services.queue_reembedding(Actor(collection.organisation), collection=collection)
            self.stdout.write(f"{collection}: {job.pk}")
