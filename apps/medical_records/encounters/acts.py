"""What is done with an encounter at the press of a button."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act, page_of
from apps.medical_records.encounters import services
from apps.medical_records.encounters.selectors import encounter_of
from apps.medical_records.records.selectors import record_of

ENCOUNTER = "encounters/<uuid:encounter_id>/"
ENCOUNTER_PAGE = page_of("medical_records:encounter")
END_RECORDING = Act(
    services.end_recording,
    find=encounter_of,
    at=f"{ENCOUNTER}end/",
    label=_("End with received part"),
    icon="stop",
    confirm=_("End the recording with the received part?"),
    back=ENCOUNTER_PAGE,
)
DISCARD_RECORDING = Act(
    services.discard_recording,
    find=encounter_of,
    at=f"{ENCOUNTER}discard/",
    label=_("Discard and start over"),
    icon="trash",
    look="quiet",
    confirm=_("Discard this recording and start over? This cannot be undone."),
    back=ENCOUNTER_PAGE,
)
RETRY_TRANSCRIPTION = Act(
    services.retry_transcription,
    find=encounter_of,
    at=f"{ENCOUNTER}retry/",
    label=_("Transcribe again"),
    icon="retry",
    look="primary",
    back=ENCOUNTER_PAGE,
)
STOP_TRANSCRIPTION = Act(
    services.stop_transcription,
    find=encounter_of,
    at=f"{ENCOUNTER}stop/",
    label=_("Stop transcription"),
    icon="stop",
    success=_("Transcription stopped. The recording is kept."),
    back=ENCOUNTER_PAGE,
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
