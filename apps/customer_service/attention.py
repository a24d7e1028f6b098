from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import ngettext

from apps.accounts.actors import Actor
from apps.accounts.attention import Matter, provider
from apps.customer_service.handoff import selectors
from apps.customer_service.models import Conversation, Turn
from apps.jobs.models import Job

AnsweredBy = Conversation.AnsweredBy


@provider("conversations.reply")
def waiting_visitors(actor: Actor) -> Matter | None:
    """Visitors whose last message nobody answers: staff took over, or the assistant could not. Not those in the queue."""
    last = Turn.objects.filter(conversation=OuterRef("pk"), ordinal=OuterRef("turn_count"))
    waits_for_staff = Q(Exists(last.filter(author=Turn.Author.VISITOR)), answered_by=AnsweredBy.PERSON)
    failed = Q(answer_job__state=Job.State.FAILED)
    conversations = Conversation.objects.within(actor.organisation).open()
    count = conversations.filter(waits_for_staff | failed).count()
    if not count:
        return None
    text = ngettext("%(count)d visitor waits for an answer", "%(count)d visitors wait for an answer", count)
    url = f"{reverse('customer_service:conversations')}?state=open"
    return Matter(text % {"count": count}, url, icon="chat")


@provider("conversations.reply")
def queue(actor: Actor) -> Matter | None:
    """Visitors who wait longer than promised are everybody's matter; without such, those this member should take."""
    late, mine = selectors.waiting_counts(actor.organisation, actor.member)
    url = reverse("customer_service:queue")
    if late:
        text = ngettext(
            "%(count)d visitor waits longer than promised",
            "%(count)d visitors wait longer than promised",
            late,
        )
        return Matter(text % {"count": late}, url, icon="clock", tone="bad")
    if mine:
        text = ngettext("%(count)d visitor waits for you", "%(count)d visitors wait for you", mine)
        return Matter(text % {"count": mine}, url, icon="hand")
    return None
