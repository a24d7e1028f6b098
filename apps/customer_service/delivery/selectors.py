from django.db.models import QuerySet

from apps.accounts.models import Organisation
from apps.customer_service.conversations.models import OutgoingMessage


def outgoing_messages(organisation: Organisation) -> QuerySet[OutgoingMessage]:
    return OutgoingMessage.objects.within(organisation).select_related("turn__conversation")
