from typing import Any

from celery import shared_task

from apps.jobs.runs import JobRun
from apps.jobs.tasks import job_task
from apps.log_analysis import job_types, pipeline, source_deletion, template_naming
from apps.log_analysis.alerting import services as alerting
from apps.log_analysis.incidents import explanation
from apps.log_analysis.questions import services as questions


@job_task(job_types.READ_FILE)
def read_file(run: JobRun) -> dict[str, Any]:
    return pipeline.read_file(run, log_file_id=run.inputs["log_file_id"])


@job_task(job_types.READ_SOURCE)
def read_source(run: JobRun) -> dict[str, Any]:
    return pipeline.read_source(run, log_source_id=run.inputs["log_source_id"])


@job_task(job_types.EXPLAIN_INCIDENT)
def explain_incident(run: JobRun) -> dict[str, Any]:
    return explanation.explain(run, incident_id=run.inputs["incident_id"])


@job_task(job_types.READ_QUESTION)
def read_question(run: JobRun) -> dict[str, Any]:
    return questions.read_question(run, record_question_id=run.inputs["record_question_id"])


@shared_task(ignore_result=True)
def merge_records() -> None:
    pipeline.merge_records()


@job_task(job_types.NAME_TEMPLATES)
def name_templates(run: JobRun) -> dict[str, Any]:
    return template_naming.name_templates(run)


@job_task(job_types.DELETE_SOURCE)
def delete_source(run: JobRun) -> dict[str, Any]:
    return source_deletion.take_away(run, log_source_id=run.inputs["log_source_id"])


@shared_task(ignore_result=True)
def judge_sources() -> None:
    pipeline.judge_silent_sources()


@shared_task(ignore_result=True)
def wake_sources() -> None:
    pipeline.wake_sources()


@shared_task(ignore_result=True)
def drop_unread_batches() -> None:
    pipeline.drop_unread_batches()


@shared_task(ignore_result=True)
def drop_old_records() -> None:
    pipeline.drop_old_records()


@shared_task(ignore_result=True)
def drop_old_questions() -> None:
    questions.drop_old_questions()


@shared_task(ignore_result=True)
def give_up_uploads() -> None:
    pipeline.give_up_uploads()


@shared_task(ignore_result=True)
def tell_incidents() -> None:
    alerting.tell_incidents()
