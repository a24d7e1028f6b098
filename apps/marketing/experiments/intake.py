"""The job that counts an organisation's events: there is one, and whoever stores something wakes it."""

from django.db import transaction

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.jobs import services as jobs
from apps.marketing import job_types
from apps.marketing.experiments.models import EventIntake


def wake(organisation: Organisation) -> None:
    """Makes sure that a job counts what waits. Call it once that is committed: the job looks at what it finds then."""
    intake = EventIntake.objects.within(organisation).select_related("job").first()
    if intake and intake.job and not intake.job.is_terminal:
        jobs.resume_job(intake.job)
        return
    with transaction.atomic():
        EventIntake.objects.get_or_create(organisation=organisation)
        rows = EventIntake.objects.select_for_update(of=("self",)).select_related("job")
        intake = rows.get(organisation=organisation)
        # Somebody else may have made one meanwhile; that one is new and will look.
        if intake.job is None or intake.job.is_terminal:
            intake.job = jobs.create_job(Actor(organisation), kind=job_types.COUNT_EVENTS, inputs={})
            intake.save(update_fields=["job"])
