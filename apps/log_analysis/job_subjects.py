from collections.abc import Mapping
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.jobs.subjects import LONGEST_TEXT, JobRequest, Subject, of_rows, page_of, register
from apps.log_analysis import job_types
from apps.log_analysis.incidents.models import Incident
from apps.log_analysis.questions.selectors import own_questions
from apps.log_analysis.sources.models import LogFile, LogSource

of_files = of_rows(
    LogFile.objects.within,
    lambda file: Subject(file.file_name, reverse("log_analysis:log_source", args=[file.source_id])),
)
of_sources = of_rows(LogSource.objects.within, lambda source: Subject(source.name, source.get_absolute_url()))
# An incident's title is a text of records: who sees jobs does not see those by that alone.
of_incidents = of_rows(
    Incident.objects.within,
    lambda incident: Subject(
        incident.title[:LONGEST_TEXT], reverse("log_analysis:incident", args=[incident.pk])
    ),
    permission="logs.view",
)


def of_questions(actor: Actor, jobs: list[JobRequest]) -> Mapping[UUID, Subject]:
    """What a member looks for is told to nobody else."""
    rows = of_rows(
        lambda _organisation: own_questions(actor),
        lambda question: Subject(
            question.text[:LONGEST_TEXT], reverse("log_analysis:record_question", args=[question.pk])
        ),
        permission="logs.view",
    )
    return rows(actor, jobs)


register(job_types.READ_FILE.name, resolver=of_files)
register(job_types.READ_SOURCE.name, job_types.DELETE_SOURCE.name, resolver=of_sources)
register(job_types.EXPLAIN_INCIDENT.name, resolver=of_incidents)
register(job_types.READ_QUESTION.name, resolver=of_questions)
register(job_types.NAME_TEMPLATES.name, resolver=page_of(_("Log templates"), "log_analysis:log_templates"))
