from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Any, Self, TypeVar
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import connection, models
from django.utils.text import camel_case_to_spaces
from uuid6 import uuid7

from apps.core.errors import InvalidInput, NotFound, Text

Row = TypeVar("Row", bound=models.Model, covariant=True)


class OrganisationQuerySet(models.QuerySet[Row]):
    """Rows of one organisation. Views and selectors start from `within`, never from `all`."""

    def within(self, organisation: models.Model | UUID) -> Self:
        return self.filter(organisation=organisation)

    def select_for_update(
        self, nowait: bool = False, skip_locked: bool = False, of: Sequence[str] = (), no_key: bool = True
    ) -> Self:
        """Against changes alone, unless it is said otherwise: Django's own keeps rows that point here waiting, too.

        Those are held against this row at their commit, in whatever locks their transaction has by then.
        """
        return super().select_for_update(nowait, skip_locked, of, no_key)

    def one(self, *, reason: Text | None = None, **lookups: Any) -> Row:
        """`one(pk=…)`: the row, where it is among these. Raises NotFound, which tells people the `reason`."""
        try:
            return self.get(**lookups)
        except ObjectDoesNotExist:
            raise NotFound(reason) from None


class WrittenQuery:
    """Whole rows of joined tables by a statement that is written down, for what is asked with every request: the ORM takes
    longer to write such a one than PostgreSQL to answer it.

    `tables`: the names that the statement gives them; `{columns}` in it becomes those of all.
    """

    def __init__(self, statement: str, **tables: type[models.Model]) -> None:
        self._statement, self._tables = statement, tables

    def rows(self, parameters: Mapping[str, Any]) -> list[list[Any]]:
        """Of each that is found a row of each table, in their order; None for a table that has none."""
        with connection.cursor() as cursor:
            cursor.execute(self._sql, parameters)
            found = cursor.fetchall()
        return [
            [_row_of(model, rest) for model in self._tables.values()]
            for rest in (iter(values) for values in found)
        ]

    def first(self, parameters: Mapping[str, Any]) -> list[Any] | None:
        return next(iter(self.rows(parameters)), None)

    @cached_property
    def _sql(self) -> str:
        columns = [
            f"{name}.{field.column}"
            for name, model in self._tables.items()
            for field in model._meta.concrete_fields
        ]
        return self._statement.format(columns=", ".join(columns))


def _row_of(model: type[models.Model], values: Iterator[Any]) -> models.Model | None:
    """The row that the next values make, as the ORM would make it; None where they are of none."""
    fields = model._meta.concrete_fields
    stored = [
        field.from_db_value(value, None, connection) if hasattr(field, "from_db_value") else value
        for field, value in zip(fields, islice(values, len(fields)), strict=True)
    ]
    row = model.from_db(connection.alias, [field.attname for field in fields], stored)
    return row if row.pk else None


def full_clean(row: models.Model, *, exclude: Sequence[str] = ()) -> None:
    """Raises InvalidInput with what the rules of the row's model say of each field."""
    try:
        row.full_clean(exclude=exclude)
    except ValidationError as error:
        raise InvalidInput(fields={name: [*lines] for name, lines in error.message_dict.items()}) from error


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
