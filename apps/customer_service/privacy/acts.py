"""What is done with all that is held about a visitor."""

from django.utils.translation import ngettext

from apps.accounts.act_declaration import Act
from apps.customer_service.privacy import services

ERASE_VISITOR = Act(
    services.erase_visitor,
    row_id="conversation_id",
    at="conversations/<uuid:conversation_id>/erase-visitor/",
    success=lambda number: (
        ngettext("%(number)d conversation was erased.", "%(number)d conversations were erased.", number)
        % {"number": number}
    ),
    back="customer_service:conversations",
)
