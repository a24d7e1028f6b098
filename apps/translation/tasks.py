from typing import Any

from apps.evaluation import services as evaluation
from apps.jobs.runs import JobRun
from apps.jobs.tasks import job_task
from apps.translation import job_types, services


@job_task(job_types.TRANSLATE_TEXT)
def translate_text(run: JobRun) -> dict[str, Any]:
    return services.translate(run, translation_id=run.inputs["translation_id"])


@job_task(job_types.TRANSLATE_DOCUMENT)
def translate_document(run: JobRun) -> dict[str, Any]:
    return services.translate(run, translation_id=run.inputs["translation_id"])


@job_task(job_types.RUN_EVALUATION)
def run_evaluation(run: JobRun) -> dict[str, Any]:
    return evaluation.ask_questions(run)
