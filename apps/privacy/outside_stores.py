"""What is kept of an organisation outside of the database and beside its sealed files, told by whoever keeps it.

outside_stores.register(OutsideStore("log_records", delete=delete_organisation, lines=record_lines))
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

# Name of a file of the archive, and what stands in it: one object a line.
Lines = Iterable[tuple[str, Iterable[dict[str, Any]]]]


@dataclass(frozen=True)
class OutsideStore:
    """`delete`: all of an organisation, also when asked again. `lines`: the same, for an export of the organisation."""

    name: str
    delete: Callable[[UUID], object]
    lines: Callable[[UUID], Lines] = lambda organisation_id: ()


_kept: dict[str, OutsideStore] = {}


def register(*kept: OutsideStore) -> None:
    _kept.update({each.name: each for each in kept})


def delete(organisation_id: UUID) -> None:
    for each in _kept.values():
        each.delete(organisation_id)


def lines(organisation_id: UUID) -> Iterator[tuple[str, Iterable[dict[str, Any]]]]:
    for each in _kept.values():
        for name, rows in each.lines(organisation_id):
            yield f"{each.name}/{name}", rows
