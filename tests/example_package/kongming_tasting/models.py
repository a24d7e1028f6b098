from django.db import models

from apps.core.models import OrganisationOwned, OrganisationQuerySet


class Cup(OrganisationOwned):
    tea = models.CharField(max_length=40)

    objects = OrganisationQuerySet["Cup"].as_manager()

    def __str__(self) -> str:
        return self.tea
