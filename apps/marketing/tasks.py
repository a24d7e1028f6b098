from celery import shared_task

from apps.jobs.tasks import service_task
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

read_source = service_task(job_types.READ_SOURCE, briefs.read_source)
learn_voice = service_task(job_types.LEARN_VOICE, briefs.describe_voice)
write_copy = service_task(job_types.WRITE_COPY, copywriting.write_copy)
rewrite_span = service_task(job_types.REWRITE_SPAN, rewriting.rewrite_span)
translate_copy = service_task(job_types.TRANSLATE_COPY, translation.translate_copy)
write_script = service_task(job_types.WRITE_SCRIPT, video_scripts.write_script)
read_script_aloud = service_task(job_types.READ_SCRIPT_ALOUD, voice_over.read_script_aloud)
import_people = service_task(job_types.IMPORT_PEOPLE, people_imports.import_people)
evaluate_segment = service_task(job_types.EVALUATE_SEGMENT, segmentation.evaluate_segment)
read_segment_question = service_task(job_types.READ_SEGMENT_QUESTION, segment_questions.read_question)
cluster_people = service_task(job_types.CLUSTER_PEOPLE, clustering.cluster_people)
count_events = service_task(job_types.COUNT_EVENTS, counting.count_events)
estimate_policies = service_task(job_types.ESTIMATE_POLICIES, recommendation.estimate_policies)
send_campaign = service_task(job_types.SEND_CAMPAIGN, sending.send_campaign)


@shared_task(ignore_result=True)
def refresh_due_people() -> None:
    membership.refresh_due()


@shared_task(ignore_result=True)
def drop_old_people_work() -> None:
    people_imports.give_up_imports()
    segment_questions.drop_old_questions()


@shared_task(ignore_result=True)
def judge_experiments() -> None:
    stop_rule.judge_all_running()


@shared_task(ignore_result=True)
def drop_old_events() -> None:
    retention.drop_old_events()


@shared_task(ignore_result=True)
def start_due_campaigns() -> None:
    campaigns.start_due()


@shared_task(ignore_result=True)
def release_lost_requests() -> None:
    sending.release_lost_requests()
