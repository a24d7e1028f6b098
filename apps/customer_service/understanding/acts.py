"""What is done with intents and with what was learnt of them at the press of a button."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act
from apps.customer_service.understanding import intents

TRAIN_INTENTS = Act(
    intents.train_now,
    at="conversations/intents/train/",
    label=_("Train now"),
    icon="retry",
    back="customer_service:intents",
)
DELETE_INTENT = Act(
    intents.delete_intent,
    row_id="intent_id",
    at="conversations/intents/<uuid:intent_id>/delete/",
    label=_("Delete the intent and its examples"),
    icon="trash",
    look="danger",
    success=_("The intent was deleted."),
    back="customer_service:intents",
)
RESTORE_CLASSIFIER = Act(
    intents.restore_version,
    row_id="version_id",
    at="conversations/intents/versions/<uuid:classifier_version_id>/restore/",
    label=_("Use again"),
    success=lambda version: _("Version %(number)d is now in use.") % {"number": version.number},
    back="customer_service:intents",
)
