from celery import shared_task
from django.core.cache import cache

from apps.privacy import retention_rules


@shared_task(ignore_result=True)
def erase_outdated() -> None:
    is_hourly = cache.add(retention_rules.LOOKED, 1, retention_rules.LOOK_SECONDS)
    retention_rules.erase_outdated(is_hourly=is_hourly)
