from apps.accounts.models import Organisation
from apps.customer_service.models import Conversation, DeskSettings, Handoff


def desk_settings(organisation: Organisation) -> DeskSettings:
    """What the organisation chose; the defaults, not stored, where it chose nothing."""
    found = DeskSettings.objects.within(organisation).first()
    return found or DeskSettings(organisation=organisation)


def live_handoff(conversation: Conversation) -> Handoff | None:
    """The one that waits or is taken."""
    return Handoff.objects.filter(conversation=conversation).exclude(state=Handoff.State.ENDED).first()
