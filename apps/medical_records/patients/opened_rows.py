"""Rows about a patient, and which of them were opened to answer a request."""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self
from uuid import UUID

from apps.core.models import OrganisationOwned


@dataclass
class OpenedRows:
    """Ids of what was opened, or is named by what was opened.

    `resolved`: encounters and records whose patient is among `patients`. `noted`: patients of whom the request has
    left a line of its own already. `count`: rows of all kinds.
    """

    patients: set[UUID] = field(default_factory=set)
    encounters: set[UUID] = field(default_factory=set)
    records: set[UUID] = field(default_factory=set)
    resolved: set[UUID] = field(default_factory=set)
    noted: set[UUID] = field(default_factory=set)
    count: int = 0

    def add(self, row: "PatientRow") -> None:
        self.count += 1
        for kind, attribute in row.about.items():
            # A deferred column is not fetched for this: the row's own id leads to the patient too.
            if named := row.__dict__.get(attribute):
                getattr(self, kind).add(named)
                if kind == "patients":
                    self.resolved.add(row.pk)


# Of the request that is being answered, in its own context: others at the same time have theirs. Workers answer nobody and
# are not followed.
OPENED: ContextVar[OpenedRows | None] = ContextVar("opened_rows", default=None)


def set_noted(patient_id: UUID) -> None:
    """The request that is being answered has its line about this patient."""
    if opened := OPENED.get():
        opened.noted.add(patient_id)


class PatientRow(OrganisationOwned):
    """A row that tells something about one patient: however a view reads it, its request gets into the audit trail.

    `about`: where the row names the patient, an encounter or a record, by the fields of `OpenedRows`.
    """

    about: ClassVar[Mapping[str, str]] = {"patients": "patient_id"}

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, *args: Any, **options: Any) -> Self:
        row = super().from_db(*args, **options)
        if (opened := OPENED.get()) is not None:
            opened.add(row)
        return row
