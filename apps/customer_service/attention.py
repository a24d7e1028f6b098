from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import ngettext

from apps.accounts.actors import Actor
from apps.accounts.attention import Matter, provider
from apps.customer_service.answering import curated_selectors
from apps.customer_service.models import Conversation, Turn
from apps.jobs.models import Job

AnsweredBy = Conversation.AnsweredBy


@provider("conversations.reply")
def waiting_visitors(actor: Actor) -> Matter | None:
    """Visitors whose last message nobody answers: staff took over, or the assistant could not."""
    last = Turn.objects.filter(conversation=OuterRef("pk"), ordinal=OuterRef("turn_count"))
    waits_for_staff = Q(
        Exists(last.filter(author=Turn.Author.VISITOR)), answered_by__in=[AnsweredBy.QUEUE, AnsweredBy.PERSON]
    )
    failed = Q(answer_job__state=Job.State.FAILED)
    conversations = Conversation.objects.within(actor.organisation).open()
    count = conversations.filter(waits_for_staff | failed).count()
    if not count:
        return None
    text = ngettext("%(count)d visitor waits for an answer", "%(count)d visitors wait for an answer", count)
    url = f"{reverse('customer_service:conversations')}?state=open"
    return Matter(text % {"count": count}, url, icon="chat")


@provider("conversations.view")
def expiring_answers(actor: Actor) -> Matter | None:
    """Curated answers of the member's own that are not given any more, or only for a few days."""
    count = curated_selectors.need_their_owner(actor).count()
    if not count or actor.member is None:
        return None
    text = ngettext(
        "%(count)d curated answer of yours expires within a week or has expired",
        "%(count)d curated answers of yours expire within a week or have expired",
        count,
    )
    url = f"{reverse('customer_service:curated_answers')}?owner={actor.member.pk}"
    return Matter(text % {"count": count}, url, icon="quote")
