"""Who gets which text now: decided by an experiment's shares for people whom another system writes to."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from apps.accounts.models import Organisation
from apps.marketing.experiments import tracking
from apps.marketing.experiments.assignment import Assignment, Candidate, assign, experiment_split
from apps.marketing.experiments.models import Experiment
from apps.marketing.profiles import selectors as profiles
from apps.marketing.rules import membership

MAX_SUBJECTS = 1_000


@dataclass(frozen=True)
class Decision:
    """`assignment` is None where no arm reaches the subject: nothing may be sent. `links`: for this exposure alone."""

    subject: str
    assignment: Assignment | None = None
    links: tuple[str, ...] = ()


def decide(
    organisation: Organisation,
    experiment: Experiment,
    *,
    subjects: Sequence[str],
    channels: Collection[str] | None = None,
    request_key: str = "",
) -> list[Decision]:
    """One for each subject, in their order; a subject that was decided before keeps what it got.

    Whoever asks sends the messages: they count as written to, for how often one may be and for segments.

    Whom the organisation knows is only written to where that is allowed: `channels` narrows it and opens nothing. Of a
    subject that was never imported it says where they may be written to; left out, the caller answers for all of them.
    Raises Conflict where the experiment does not run.
    """
    unique = list(dict.fromkeys(subjects))
    known = profiles.contacts(organisation, unique, experiment_split(experiment).segment_ids)
    asked = None if channels is None else frozenset(channels)
    candidates = []
    for subject in unique:
        if contact := known.get(subject):
            reached = contact.channels if asked is None else contact.channels & asked
            candidates.append(Candidate(subject, contact.person_id, contact.segment_ids, reached))
        else:
            candidates.append(Candidate(subject, channels=asked))
    assignments = assign(experiment, candidates, request_key=request_key, is_taken=True)
    membership.note_written_to(
        organisation,
        [
            contact.person_id
            for subject, contact in known.items()
            if subject in assignments and not assignments[subject].arm.is_control
        ],
    )
    return [_decision(subject, assignments.get(subject), len(experiment.links)) for subject in unique]


def _decision(subject: str, assignment: Assignment | None, links_count: int) -> Decision:
    """The control is shown nothing, so it has no link."""
    if assignment is None or assignment.arm.is_control:
        return Decision(subject, assignment)
    links = tuple(tracking.short_link(assignment.pk, number) for number in range(links_count))
    return Decision(subject, assignment, links)
