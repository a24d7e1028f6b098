"""Recordings of a person: a desk says which are theirs."""

from collections.abc import Callable, Iterable
from uuid import UUID

from apps.privacy.registry import Holding, Rows, Scope, Subject
from apps.speech import services
from apps.speech.models import HeardStretch, Recording, Transcript

Recordings = Callable[[Scope], Iterable[UUID]]


def holdings(subject: Subject, recordings: Recordings) -> list[Holding]:
    def within(model: type[HeardStretch] | type[Transcript]) -> Callable[[Scope], Rows]:
        return lambda scope: model.objects.within(scope.organisation_id).filter(
            recording__in=list(recordings(scope))
        )

    def sound(scope: Scope) -> Rows:
        return Recording.objects.within(scope.organisation_id).filter(pk__in=list(recordings(scope)))

    return [
        Holding(subject, HeardStretch, within(HeardStretch), fields=("until", "language", "segments")),
        Holding(subject, Transcript, within(Transcript)),
        Holding(subject, Recording, sound, lambda rows, scope: services.erase_recordings(rows)),
    ]
