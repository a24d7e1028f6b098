from collections.abc import Mapping
from uuid import UUID

from django.urls import reverse

from apps.accounts.actors import Actor
from apps.jobs import subjects
from apps.jobs.subjects import Asked, Subject
from apps.log_analysis import job_types
from apps.log_analysis.incidents.models import Incident
from apps.log_analysis.questions.models import RecordQuestion
from apps.log_analysis.sources.models import LogFile, LogSource


def of_files(actor: Actor, asked: list[Asked]) -> Mapping[UUID, Subject]:
    rows = LogFile.objects.within(actor.organisation).in_bulk([UUID(each.subject_id) for each in asked])
    return {
        each.job_id: Subject(file.file_name, reverse("log_analysis:log_source", args=[file.source_id]))
        for each in asked
        if (file := rows.get(UUID(each.subject_id)))
    }


def of_sources(actor: Actor, asked: list[Asked]) -> Mapping[UUID, Subject]:
    rows = LogSource.objects.within(actor.organisation).in_bulk([UUID(each.subject_id) for each in asked])
    return {
        each.job_id: Subject(source.name, source.get_absolute_url())
        for each in asked
        if (source := rows.get(UUID(each.subject_id)))
    }


def of_incidents(actor: Actor, asked: list[Asked]) -> Mapping[UUID, Subject]:
    """An incident's title is a text of records: who sees jobs does not see those by that alone."""
    if not actor.may("logs.view"):
        return {}
    rows = Incident.objects.within(actor.organisation).in_bulk([UUID(each.subject_id) for each in asked])
    return {
        each.job_id: Subject(
            incident.title[: subjects.LONGEST_TEXT], reverse("log_analysis:incident", args=[incident.pk])
        )
        for each in asked
        if (incident := rows.get(UUID(each.subject_id)))
    }


def of_questions(actor: Actor, asked: list[Asked]) -> Mapping[UUID, Subject]:
    if not actor.may("logs.view"):
        return {}
    rows = RecordQuestion.objects.within(actor.organisation).in_bulk(
        [UUID(each.subject_id) for each in asked]
    )
    return {
        each.job_id: Subject(
            question.text[: subjects.LONGEST_TEXT],
            reverse("log_analysis:record_question", args=[question.pk]),
        )
        for each in asked
        if (question := rows.get(UUID(each.subject_id)))
    }


subjects.register(job_types.READ_FILE.name, resolver=of_files)
subjects.register(job_types.READ_SOURCE.name, resolver=of_sources)
subjects.register(job_types.DELETE_SOURCE.name, resolver=of_sources)
subjects.register(job_types.EXPLAIN_INCIDENT.name, resolver=of_incidents)
subjects.register(job_types.READ_QUESTION.name, resolver=of_questions)
