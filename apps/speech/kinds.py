from django.utils.translation import gettext_lazy as _

from apps.jobs import kinds

TRANSCRIBE_RECORDING = kinds.register(
    kinds.Kind(
        "speech.transcribe_recording",
        queue="speech",
        label=_("Transcribe a recording"),
        is_announced_by_desk=True,
        stages={
            "preparing": _("Looking at the recording"),
            "transcribing": _("Writing down what is said"),
        },
    )
)
