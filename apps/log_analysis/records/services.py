"""Showing what was masked in records, to whoever may read it and says why."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from django.db import transaction

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.log_analysis.records import masked_values
from apps.log_analysis.records.presenters import RecordView


@requires_permission("logs.reveal")
@transaction.atomic
def reveal(actor: Actor, views: Sequence[RecordView], *, reason: str) -> list[RecordView]:
    """The same records with the values that were kept. The trail has the reason and which records they were.

    Only for an answer to the one who asks: what is stored, exported, told or shown to a model has the tokens. Raises
    PermissionDenied, KeyLost and SealBroken.
    """
    organisation_id = str(actor.organisation.pk)
    tokens: dict[tuple[str, date], set[str]] = {}
    arrivals: dict[str, list[int]] = {}
    for view in views:
        if view.reversible_tokens:
            tokens.setdefault(view.store_key, set()).update(view.reversible_tokens)
            arrivals.setdefault(view.record.source, []).append(view.record.arrival)
    if not tokens:
        return list(views)
    values = {
        (source, day): masked_values.find(organisation_id, source, day, names)
        for (source, day), names in tokens.items()
    }
    details = {"reason": reason, "records": sum(map(len, arrivals.values())), "arrivals": arrivals}
    audit.record(actor, action="log_records.revealed", details=details)
    return [replace(view, values=values.get(view.store_key, {})) for view in views]
