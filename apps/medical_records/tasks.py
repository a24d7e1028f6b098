from celery import shared_task

from apps.core.rounds import tend_each
from apps.medical_records.privacy import services as privacy


@shared_task(ignore_result=True)
def erase_outdated() -> None:
    tend_each(privacy.organisations_with_patients(), privacy.erase_outdated, name="patients")
