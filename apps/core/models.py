from datetime import datetime
from typing import Any, Self, TypeVar
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.utils.text import camel_case_to_spaces
from uuid6 import uuid7

from apps.core.errors import NotFound, Text

Row = TypeVar("Row", bound=models.Model, covariant=True)


class OrganisationQuerySet(models.QuerySet[Row]):
    """Rows of one organisation. Views and selectors start from `within`, never from `all`."""

    def within(self, organisation: models.Model | UUID) -> Self:
        return self.filter(organisation=organisation)

    def one(self, *, reason: Text | None = None, **lookups: Any) -> Row:
        """`one(pk=…)`: the row, where it is among these. Raises NotFound, which tells people the `reason`."""
        try:
            return self.get(**lookups)
        except ObjectDoesNotExist:
            raise NotFound(reason) from None


def new_id() -> UUID:
    """UUIDv7: not guessable from its neighbours, yet new rows land at the end of the index."""
    return UUID(int=uuid7().int)


def snake_name(model: type[models.Model]) -> str:
    """“video_script” of VideoScript: what its rows are called in addresses and in the inputs of jobs."""
    return camel_case_to_spaces(model.__name__).replace(" ", "_")


def earliest_id(moment: datetime) -> UUID:
    """The smallest UUIDv7 of a moment: lets the primary key's index find what is younger."""
    # A UUIDv7 begins with 48 bits of milliseconds (RFC 9562); version, variant and chance fill the other 80.
    return UUID(int=int(moment.timestamp() * 1000) << 80)


class OrganisationOwned(models.Model):
    """A row that belongs to one organisation, as every row does except users and organisations themselves."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.CASCADE, related_name="+")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        """Of one that nobody has given a name."""
        return str(self.pk)
