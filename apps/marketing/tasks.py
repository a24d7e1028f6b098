from celery import shared_task

from apps.marketing.campaigns import sending
from apps.marketing.campaigns import services as campaigns
from apps.marketing.experiments import stop_rule
from apps.marketing.rules import membership


@shared_task(ignore_result=True)
def refresh_due_people() -> None:
    membership.refresh_due()


@shared_task(ignore_result=True)
def judge_experiments() -> None:
    stop_rule.judge_all_running()


@shared_task(ignore_result=True)
def start_due_campaigns() -> None:
    campaigns.start_due()


@shared_task(ignore_result=True)
def release_lost_requests() -> None:
    sending.release_lost_requests()
