"""The job that counts an organisation's events: there is one, and whoever stores something wakes it."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.subjects import page_of
from apps.marketing.experiments.models import EventIntake

COUNT_EVENTS = JobType(
    "marketing.count_events",
    # Not behind files that are read for minutes: shares are to be fresh within seconds.
    queue="interactive",
    label=_("Count message responses"),
    stages={"counting": _("Counting events")},
    may_see=holders_of("marketing.use"),
    subject=page_of(_("Experiments"), "marketing:experiments"),
    # Follows from what people do with messages.
    is_free=True,
)


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
            intake.job = jobs.create_job(Actor(organisation), kind=COUNT_EVENTS, inputs={})
            intake.save(update_fields=["job"])
