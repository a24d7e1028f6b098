from django.urls import reverse
from django.utils.translation import ngettext

from apps.accounts.actors import Actor
from apps.accounts.attention import Matter, provider
from apps.customer_service.conversations.selectors import waits_for_staff
from apps.customer_service.models import Conversation


@provider("conversations.reply")
def waiting_visitors(actor: Actor) -> Matter | None:
    """Visitors whose last message nobody answers: staff took over, or the assistant could not."""
    open_ones = Conversation.objects.within(actor.organisation).open()
    count = open_ones.filter(waits_for_staff()).count()
    if not count:
        return None
    text = ngettext("%(count)d visitor waits for an answer", "%(count)d visitors wait for an answer", count)
    url = f"{reverse('customer_service:conversations')}?view=waiting"
    return Matter(text % {"count": count}, url, icon="chat")
