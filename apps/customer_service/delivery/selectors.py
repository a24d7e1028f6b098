from apps.accounts.models import Organisation
from apps.core.models import OrganisationQuerySet
from apps.customer_service.conversations.models import OutgoingMessage


def outgoing_messages(organisation: Organisation) -> OrganisationQuerySet[OutgoingMessage]:
    return OutgoingMessage.objects.within(organisation).select_related("message__conversation")
