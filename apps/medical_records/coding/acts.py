"""What is done with a catalogue of codes at the press of a button."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act, delete_act, page_of
from apps.medical_records.coding import services
from apps.medical_records.coding.selectors import catalogue_of

CATALOGUE = "catalogues/<uuid:catalogue_id>/"
LEARN_CODES = Act(
    services.request_learning,
    find=lambda actor, catalogue_id: catalogue_of(actor.organisation, catalogue_id),
    at=f"{CATALOGUE}learn/",
    label=_("Train on confirmed codes"),
    icon="model",
    success=_("Training started. Suggestions update when it ends."),
    back=page_of("medical_records:catalogue"),
)
DELETE_CATALOGUE = delete_act(
    services.delete_catalogue,
    find=lambda actor, catalogue_id: catalogue_of(actor.organisation, catalogue_id),
    at=f"{CATALOGUE}delete/",
    confirm=_("Delete this catalogue? It will no longer be used for suggestions."),
    success=_("Deleted. Records keep their codes."),
    back="medical_records:catalogues",
)
