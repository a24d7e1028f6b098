"""Who gets which text now: decided by an experiment's shares for people whom another system writes to."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction

from apps.accounts.models import Organisation
from apps.marketing.experiments import tracking
from apps.marketing.experiments.assignment import Candidate, assign
from apps.marketing.experiments.models import Experiment, ExperimentArm, Exposure
from apps.marketing.profiles import selectors as profiles
from apps.marketing.profiles.models import Person

MAX_SUBJECTS = 1_000


@dataclass(frozen=True)
class Decision:
    """`exposure` is None where no arm reaches the subject: nothing may be sent. `links`: for this exposure alone."""

    subject: str
    exposure: Exposure | None = None
    links: tuple[str, ...] = ()

    @property
    def arm(self) -> ExperimentArm | None:
        return self.exposure.arm if self.exposure else None


@transaction.atomic
def decide(
    organisation: Organisation,
    experiment: Experiment,
    *,
    subjects: Sequence[str],
    channels: Collection[str] | None = None,
    request_key: str = "",
) -> list[Decision]:
    """One for each subject, in their order; a subject that was decided before keeps what it got.

    Whom the organisation knows is only written to where that is allowed: `channels` narrows it and opens nothing. Of a
    subject that was never imported it says where they may be written to; left out, the caller answers for all of them.
    Raises Conflict where the experiment does not run.
    """
    unique = list(dict.fromkeys(subjects))
    rows = Person.objects.within(organisation).filter(external_id__in=unique)
    people = {person.external_id: person for person in rows}
    allowed = profiles.allowed_channels(organisation, list(people.values()))
    segments = list(experiment.segments.all())
    segment_ids = profiles.segments_of_people(organisation, [each.pk for each in people.values()], segments)
    asked = None if channels is None else frozenset(channels)
    candidates = []
    for subject in unique:
        if person := people.get(subject):
            own = frozenset(allowed[person.pk])
            groups = frozenset(segment_ids.get(person.pk, ()))
            reached = own if asked is None else own & asked
            candidates.append(Candidate(subject, person.pk, groups, reached))
        else:
            candidates.append(Candidate(subject, channels=asked))
    exposures = assign(experiment, candidates, request_key=request_key)
    return [_decision(subject, exposures.get(subject), len(experiment.links)) for subject in unique]


def _decision(subject: str, exposure: Exposure | None, links_count: int) -> Decision:
    """The control is shown nothing, so it has no link."""
    if exposure is None or exposure.arm.is_control:
        return Decision(subject, exposure)
    return Decision(
        subject, exposure, tuple(tracking.short_link(exposure, number) for number in range(links_count))
    )
