"""Catalogues, what may be meant by written words, and what was confirmed."""

import threading
from collections import OrderedDict
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Length

from apps.accounts.models import Organisation
from apps.core import ttl_cache
from apps.core.models import OrganisationQuerySet
from apps.medical_records.coding.models import Catalogue, CatalogueEntry, ConfirmedCode
from domain.clinical.coding import storage
from domain.clinical.coding.catalogue import Catalogue as Index
from domain.clinical.coding.entries import Candidate, Entry, Pair

MAX_RESULTS = 20
MAX_INDEXES = 4
MAX_PAIRS = 5000


class _Version(NamedTuple):
    """An index is of use until one of these changes."""

    catalogue: UUID
    confirmed: int
    learnt_from: int


_indexes: OrderedDict[_Version, Index] = OrderedDict()
ttl_cache.register(_indexes.clear)
_lock = threading.Lock()


def catalogues(organisation: Organisation) -> OrganisationQuerySet[Catalogue]:
    """The current ones and those being imported."""
    rows = Catalogue.objects.within(organisation).select_related("job", "imported_by__user").defer("weights")
    return rows.order_by("system", "-is_current", "-created_at")


def catalogue_of(organisation: Organisation, catalogue_id: UUID) -> Catalogue:
    return catalogues(organisation).one(pk=catalogue_id)


def current_catalogue(organisation: Organisation, system: str) -> Catalogue | None:
    return Catalogue.objects.within(organisation).filter(system=system, is_current=True).first()


def search_entries(organisation: Organisation, system: str, typed: str) -> list[CatalogueEntry]:
    """For a search box: by code or by a part of a name, the shortest names first."""
    typed = typed.strip()
    if not typed:
        return []
    entries = CatalogueEntry.objects.within(organisation).filter(
        catalogue__system=system, catalogue__is_current=True
    )
    fitting = Q(code__istartswith=typed) | Q(name__icontains=typed) | Q(aliases__icontains=typed)
    return list(entries.filter(fitting).order_by(Length("name"), "code")[:MAX_RESULTS])


def entry_with_code(organisation: Organisation, system: str, code: str) -> CatalogueEntry | None:
    entries = CatalogueEntry.objects.within(organisation)
    return entries.filter(catalogue__system=system, catalogue__is_current=True, code=code).first()


def proposals(organisation: Organisation, system: str, text: str, *, limit: int = 5) -> list[Candidate]:
    """What the words may mean, the likeliest first; nothing without a catalogue.

    The first call in a process builds the index, seconds for a national list of diagnoses: call it from a worker.
    """
    index = _index(organisation, system)
    return index.candidates(text, limit) if index else []


def confirmed_pairs(organisation: Organisation, system: str) -> list[Pair]:
    """What people confirmed, the latest last."""
    latest = (
        ConfirmedCode.objects.within(organisation).filter(system=system).order_by("-created_at")[:MAX_PAIRS]
    )
    return [Pair(confirmed.written, (confirmed.name,)) for confirmed in reversed(latest)]


def confirmed_count(organisation: Organisation, system: str) -> int:
    return ConfirmedCode.objects.within(organisation).filter(system=system).count()


def entries_of(catalogue: Catalogue) -> list[Entry]:
    rows = (
        CatalogueEntry.objects.within(catalogue.organisation_id).filter(catalogue=catalogue).order_by("code")
    )
    return [
        Entry(code, name, tuple(aliases))
        for code, name, aliases in rows.values_list("code", "name", "aliases")
    ]


def _index(organisation: Organisation, system: str) -> Index | None:
    catalogue = current_catalogue(organisation, system)
    if catalogue is None or not catalogue.entry_count:
        return None
    confirmed = confirmed_count(organisation, system)
    version = _Version(catalogue.pk, confirmed, catalogue.learnt_from)
    # One thread builds while the others wait: built twice at once it costs seconds and the memory twice over.
    with _lock:
        if version not in _indexes:
            weights = storage.from_bytes(catalogue.weights) if catalogue.weights else None
            pairs = confirmed_pairs(organisation, catalogue.system)
            _indexes[version] = Index.of(entries_of(catalogue), pairs=pairs, weights=weights)
        _indexes.move_to_end(version)
        # The one that was not asked for the longest goes: an organisation uses a few systems over and over.
        while len(_indexes) > MAX_INDEXES:
            _indexes.popitem(last=False)
        return _indexes[version]
