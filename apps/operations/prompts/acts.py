"""What is done with an organisation's own prompts at the press of a button."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act, page_of
from apps.accounts.actors import Actor
from apps.inference.models import PromptVersion
from apps.inference.prompt_catalogue import shipped_prompt
from apps.operations.prompts import services
from apps.operations.prompts.forms import NoteForm

IN_USE = _("The version is in use.")
PROMPT, VERSION = "prompts/<slug:prompt_name>/", "prompts/versions/<uuid:prompt_version_id>/"


def own_name(actor: Actor, name: str) -> str:
    """Raises NotFound: no prompt is called so."""
    return shipped_prompt(name).name


RECORD_PROMPT_INPUTS = Act(
    services.record_inputs,
    find=own_name,
    at=f"{PROMPT}record/",
    label=_("Record inputs"),
    success=_("The next inputs are recorded."),
    back=page_of("operations:prompt"),
)
DELETE_PROMPT_INPUTS = Act(
    services.delete_inputs,
    find=own_name,
    at=f"{PROMPT}delete-inputs/",
    success=_("Recorded inputs deleted."),
    back=page_of("operations:prompt"),
)
USE_SHIPPED_PROMPT = Act(
    services.use_shipped,
    find=own_name,
    at=f"{PROMPT}shipped/",
    label=_("Reset to default"),
    icon="retry",
    confirm=_("Reset to the default text?"),
    success=_("The default text is in use."),
    back=page_of("operations:prompt"),
)
APPROVE_PROMPT = Act(
    services.approve,
    PromptVersion.objects.within,
    at=f"{VERSION}approve/",
    form=NoteForm,
    success=IN_USE,
    back=page_of("operations:prompt", "prompt"),
)
REJECT_PROMPT = Act(
    services.reject,
    PromptVersion.objects.within,
    at=f"{VERSION}reject/",
    form=NoteForm,
    success=_("The version was rejected."),
    back=page_of("operations:prompt", "prompt"),
)
ROLL_BACK_PROMPT = Act(
    services.roll_back,
    PromptVersion.objects.within,
    at=f"{VERSION}roll-back/",
    label=_("Use again"),
    icon="retry",
    confirm=_("Use this version again?"),
    success=IN_USE,
    back=page_of("operations:prompt", "prompt"),
)
