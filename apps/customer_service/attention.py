from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext

from apps.accounts.actors import Actor
from apps.accounts.attention import Matter, provider
from apps.customer_service.conversations.selectors import waits_for_staff
from apps.customer_service.handoff import selectors
from apps.customer_service.models import Conversation, Handoff


@provider("conversations.reply")
def waiting_visitors(actor: Actor) -> Matter | None:
    """Visitors whose last message nobody answers: staff took over, or the assistant could not. Not those in the queue."""
    open_ones = Conversation.objects.within(actor.organisation).open().filter(waits_for_staff())
    count = open_ones.exclude(answered_by=Conversation.AnsweredBy.QUEUE).count()
    if not count:
        return None
    text = ngettext("%(count)d visitor waits for an answer", "%(count)d visitors wait for an answer", count)
    url = f"{reverse('customer_service:conversations')}?view=waiting"
    return Matter(text % {"count": count}, url, icon="chat")


@provider("conversations.reply")
def late_handoffs(actor: Actor) -> Matter | None:
    """Visitors in the queue to whom somebody should have replied by now: everybody's matter."""
    count = Handoff.objects.within(actor.organisation).overdue().count()
    if not count:
        return None
    text = ngettext(
        "%(count)d visitor waits longer than promised", "%(count)d visitors wait longer than promised", count
    )
    return Matter(text % {"count": count}, reverse("customer_service:queue"), icon="clock", tone="bad")


@provider("conversations.reply")
def handoffs_for_me(actor: Actor) -> Matter | None:
    """In the queue, still in time, for this member or for anybody with their skills."""
    if actor.member is None:
        return None
    count = selectors.waiting_for(actor.member).exclude(due_at__lt=timezone.now()).count()
    if not count:
        return None
    text = ngettext("%(count)d visitor waits for you", "%(count)d visitors wait for you", count)
    return Matter(text % {"count": count}, reverse("customer_service:queue"), icon="hand")
