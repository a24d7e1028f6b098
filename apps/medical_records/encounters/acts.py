"""What is done with an encounter at the press of a button."""

from functools import partial

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act, page_of
from apps.medical_records.encounters import services
from apps.medical_records.encounters.selectors import encounter_of
from apps.medical_records.records.selectors import record_of

ENCOUNTER = "encounters/<uuid:encounter_id>/"
encounter_act = partial(Act, find=encounter_of, back=page_of("medical_records:encounter"))
END_RECORDING = encounter_act(
    services.end_recording,
    at=f"{ENCOUNTER}end/",
    label=_("End with received part"),
    icon="stop",
    confirm=_("End the recording with the received part?"),
)
DISCARD_RECORDING = encounter_act(
    services.discard_recording,
    at=f"{ENCOUNTER}discard/",
    label=_("Discard and start over"),
    icon="trash",
    look="danger quiet",
    confirm=_("Discard this recording and start over? This cannot be undone."),
)
RETRY_TRANSCRIPTION = encounter_act(
    services.retry_transcription,
    at=f"{ENCOUNTER}retry/",
    label=_("Transcribe again"),
    icon="retry",
    look="primary",
)
STOP_TRANSCRIPTION = encounter_act(
    services.stop_transcription,
    at=f"{ENCOUNTER}stop/",
    label=_("Stop transcription"),
    icon="stop",
    success=_("Transcription stopped. The recording is kept."),
)
DRAFT_WITH_MODEL = Act(
    services.draft_with_model,
    find=record_of,
    at="records/<uuid:medical_record_id>/draft-with-model/",
    label=_("Draft with the model"),
    icon="retry",
    success=_("The model is drafting this record. The current content stays until the draft is ready."),
    back=page_of("medical_records:record"),
)
ENTER_TEXT = Act(services.enter_text, find=encounter_of)
REMOVE_UTTERANCES = Act(services.remove_utterances, find=encounter_of)
DRAFT_AGAIN = Act(services.draft_again, find=encounter_of)
