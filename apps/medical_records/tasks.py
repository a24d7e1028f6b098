from celery import shared_task

from apps.medical_records.privacy import services as privacy


@shared_task(ignore_result=True)
def erase_outdated() -> None:
    for organisation in privacy.organisations_with_patients():
        privacy.erase_outdated(organisation)
