"""What is done with a saved answer at the press of a button."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act, delete_act
from apps.customer_service.channels.models import Channel
from apps.customer_service.saved_answers import preview, services

TRY_QUESTION = Act(preview.preview_question, row_fields={"channel": Channel.objects.within})
DELETE_SAVED_ANSWER = delete_act(
    services.delete_saved_answer,
    row_id="saved_answer_id",
    at="conversations/saved-answers/<uuid:saved_answer_id>/delete/",
    confirm=_("Delete this answer? The model will answer this question again."),
    success=_("The saved answer was deleted."),
    back="customer_service:saved_answers",
)
