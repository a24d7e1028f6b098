"""What is done with a video script at the press of a button."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act
from apps.marketing.video_scripts import services, voice_over
from apps.marketing.video_scripts.forms import HookForm, VoiceForm
from apps.marketing.video_scripts.selectors import script_list

SCRIPT = "scripts/<uuid:video_script_id>/"
CHOOSE_VIDEO_HOOK = Act(
    services.choose_hook,
    script_list,
    at=f"{SCRIPT}hook/",
    form=HookForm,
    label=_("Use as opening"),
    success=_("The first shot now uses this opening."),
)
READ_VIDEO_SCRIPT_ALOUD = Act(
    voice_over.request_reading, script_list, at=f"{SCRIPT}read-aloud/", form=VoiceForm
)
DELETE_VIDEO_SCRIPT = Act(
    services.delete_script,
    script_list,
    at=f"{SCRIPT}delete/",
    label=_("Delete"),
    look="danger",
    confirm=_("Delete this script?"),
    success=_("Deleted."),
    back="marketing:video_scripts",
)
