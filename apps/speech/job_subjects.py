from collections.abc import Mapping
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.actors import Actor
from apps.jobs import subjects
from apps.jobs.subjects import JobRequest, Subject
from apps.speech import job_types


def of_recordings(actor: Actor, jobs: list[JobRequest]) -> Mapping[UUID, Subject]:
    """Titles are sealed: they are read on the recording's own page."""
    return {
        each.job_id: Subject(_("Recording"), reverse("speech:recording", args=[each.subject_id]))
        for each in jobs
        if each.subject_id
    }


subjects.register(job_types.TRANSCRIBE_RECORDING.name, resolver=of_recordings)
