from typing import Any

from celery import shared_task

from apps.jobs.runs import JobRun
from apps.jobs.tasks import job_task
from apps.marketing import job_types
from apps.marketing.briefs import services as briefs
from apps.marketing.campaigns import sending
from apps.marketing.campaigns import services as campaigns
from apps.marketing.copywriting import rewriting, translation
from apps.marketing.copywriting import services as copywriting
from apps.marketing.experiments import counting, retention, stop_rule
from apps.marketing.profiles import clustering, membership, segmentation
from apps.marketing.profiles import imports as people_imports
from apps.marketing.profiles import questions as segment_questions
from apps.marketing.recommendation import services as recommendation
from apps.marketing.video_scripts import services as video_scripts
from apps.marketing.video_scripts import voice_over


@job_task(job_types.READ_SOURCE)
def read_source(run: JobRun) -> dict[str, Any]:
    return briefs.read_source(run, brief_source_id=run.inputs["brief_source_id"])


@job_task(job_types.LEARN_VOICE)
def learn_voice(run: JobRun) -> dict[str, Any]:
    return briefs.describe_voice(run, brief_source_id=run.inputs["brief_source_id"])


@job_task(job_types.WRITE_COPY)
def write_copy(run: JobRun) -> dict[str, Any]:
    return copywriting.write_copy(run, copy_request_id=run.inputs["copy_request_id"])


@job_task(job_types.REWRITE_SPAN)
def rewrite_span(run: JobRun) -> dict[str, Any]:
    return rewriting.rewrite_span(run, span_rewrite_id=run.inputs["span_rewrite_id"])


@job_task(job_types.WRITE_SCRIPT)
def write_script(run: JobRun) -> dict[str, Any]:
    return video_scripts.write_script(
        run, video_script_id=run.inputs["video_script_id"], hooks=run.inputs["hooks"]
    )


@job_task(job_types.READ_SCRIPT_ALOUD)
def read_script_aloud(run: JobRun) -> dict[str, Any]:
    return voice_over.read_script_aloud(run, video_script_id=run.inputs["video_script_id"])


@job_task(job_types.TRANSLATE_COPY)
def translate_copy(run: JobRun) -> dict[str, Any]:
    inputs = run.inputs
    return translation.translate_copy(
        run, copy_variant_id=inputs["copy_variant_id"], channel=inputs["channel"], language=inputs["language"]
    )


# People and segments.
@job_task(job_types.IMPORT_PEOPLE)
def import_people(run: JobRun) -> dict[str, Any]:
    return people_imports.import_people(run, people_import_id=run.inputs["people_import_id"])


@job_task(job_types.EVALUATE_SEGMENT)
def evaluate_segment(run: JobRun) -> dict[str, Any]:
    return segmentation.evaluate_segment(run, segment_id=run.inputs["segment_id"])


@job_task(job_types.READ_SEGMENT_QUESTION)
def read_segment_question(run: JobRun) -> dict[str, Any]:
    return segment_questions.read_question(run, segment_question_id=run.inputs["segment_question_id"])


@job_task(job_types.CLUSTER_PEOPLE)
def cluster_people(run: JobRun) -> dict[str, Any]:
    return clustering.cluster_people(run, people_clustering_id=run.inputs["people_clustering_id"])


@shared_task(ignore_result=True)
def refresh_due_people() -> None:
    membership.refresh_due()


@shared_task(ignore_result=True)
def drop_old_people_work() -> None:
    people_imports.give_up_imports()
    segment_questions.drop_old_questions()


@job_task(job_types.COUNT_EVENTS)
def count_events(run: JobRun) -> dict[str, Any]:
    return counting.count_events(run)


@shared_task(ignore_result=True)
def judge_experiments() -> None:
    stop_rule.judge_all_running()


@shared_task(ignore_result=True)
def drop_old_events() -> None:
    retention.drop_old_events()


# Recommendation.
@job_task(job_types.ESTIMATE_POLICIES)
def estimate_policies(run: JobRun) -> dict[str, Any]:
    return recommendation.estimate_policies(run, policy_estimate_id=run.inputs["policy_estimate_id"])


# Campaigns.
@job_task(job_types.SEND_CAMPAIGN)
def send_campaign(run: JobRun) -> dict[str, Any]:
    return sending.send_campaign(run, campaign_id=run.inputs["campaign_id"])


@shared_task(ignore_result=True)
def start_due_campaigns() -> None:
    campaigns.start_due()


@shared_task(ignore_result=True)
def release_lost_requests() -> None:
    sending.release_lost_requests()
