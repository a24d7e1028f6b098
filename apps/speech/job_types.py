from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.jobs import job_types
from apps.speech import selectors


def _shared_recordings(permission: str) -> job_types.Rule:
    """The jobs of recordings that belong to no desk."""

    def rule(actor: Actor) -> Q | None:
        if not actor.may(permission):
            return None
        subject = Concat(Value("recording:"), Cast(F("pk"), CharField()), output_field=CharField())
        recordings = selectors.recording_list(actor.organisation).order_by()
        return Q(subject__in=recordings.annotate(subject=subject).values("subject"))

    return rule


TRANSCRIBE_RECORDING = job_types.register(
    job_types.JobType(
        "speech.transcribe_recording",
        queue="speech",
        label=_("Transcribe a recording"),
        is_announced_by_desk=True,
        stages={
            "preparing": _("Checking the recording"),
            "transcribing": _("Transcribing"),
        },
        may_see=_shared_recordings("recordings.view"),
        may_cancel=_shared_recordings("recordings.edit"),
        is_sealed=True,
    )
)
