from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.actors import Actor
from apps.accounts.attention import Matter, provider
from apps.customer_service.models import Conversation, Turn
from apps.customer_service.regression import comparing
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


@provider("conversations.manage")
def worse_answers(actor: Actor) -> Matter | None:
    """A regression set of which less passed than the time before, though nothing was tried out."""
    dropped = comparing.latest_drop(actor.organisation)
    if dropped is None:
        return None
    text = _("“%(channel)s” answers worse than before: %(passed)d of %(total)d questions pass")
    words = {"channel": dropped.channel.name, "passed": dropped.passed, "total": dropped.total}
    url = reverse("customer_service:compare_regression_runs", args=[dropped.pk])
    return Matter(text % words, url, icon="warning")
