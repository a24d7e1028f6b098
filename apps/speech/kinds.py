from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.jobs import kinds
from apps.speech import selectors


def _may_follow(actor: Actor, inputs: Mapping[str, Any]) -> bool:
    """Its events say what is said."""
    listed = selectors.recording_list(actor.organisation).filter(pk=inputs["recording_id"])
    return actor.may("recordings.view") and listed.exists()


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
        may_follow=_may_follow,
    )
)
