"""Where the desk keeps what it knows of the people who are written to."""

from collections import Counter

from django.db.models import CharField, Q, Value
from django.db.models.functions import Cast, Concat

from apps.marketing.experiments.models import Exposure, MarketingEvent
from apps.marketing.profiles.models import Person
from apps.marketing.profiles.privacy import RECIPIENT, PersonScope
from apps.marketing.rules import membership
from apps.marketing.segments.models import SegmentMembership
from apps.privacy import registry
from apps.privacy.registry import Holding, Rows

# In place of what names somebody; with the row's own id, for no two rows may be alike.
NOBODY = Concat(Value("erased:"), Cast("pk", CharField()))


def _exposures(scope: PersonScope) -> Rows:
    own = Q(person=scope.person_id) | Q(subject=scope.external_id)
    return Exposure.objects.within(scope.organisation_id).filter(own)


def _anonymise_exposures(rows: Rows, scope: PersonScope) -> None:
    """That somebody was shown an arm stays, for figures and estimates; who it was does not."""
    rows.update(subject=NOBODY, person=None)


def _events(scope: PersonScope) -> Rows:
    own = Q(exposure__person=scope.person_id) | Q(exposure__subject=scope.external_id)
    return MarketingEvent.objects.within(scope.organisation_id).filter(own)


def _anonymise_events(rows: Rows, scope: PersonScope) -> None:
    """The sender's own number of an event may say whose it is."""
    rows.update(event_key=NOBODY)


def _leave_segments(rows: Rows, scope: PersonScope) -> None:
    counts = Counter(rows.values_list("segment", flat=True))
    rows.delete()
    # In the order that `membership.evaluate` keeps, so that the two wait for each other and never in a ring.
    for segment_id, count in sorted(counts.items()):
        membership.change_count(segment_id, -count)


HOLDINGS = [
    Holding(
        RECIPIENT,
        MarketingEvent,
        _events,
        _anonymise_events,
        fields=("type", "revenue", "happened_at", "event_key"),
    ),
    Holding(RECIPIENT, Exposure, _exposures, _anonymise_exposures),
    Holding(
        RECIPIENT,
        SegmentMembership,
        lambda scope: SegmentMembership.objects.within(scope.organisation_id).filter(person=scope.person_id),
        _leave_segments,
        report=lambda row, scope: {"segment": row.segment.name, "since": row.since.isoformat()},
    ),
    Holding(
        RECIPIENT,
        Person,
        lambda scope: Person.objects.within(scope.organisation_id).filter(pk=scope.person_id),
    ),
]

registry.register(*HOLDINGS)
