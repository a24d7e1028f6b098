from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.actors import Actor
from apps.accounts.attention import Matter, provider
from apps.customer_service.models import Channel, Conversation, OutgoingMessage, Turn
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


@provider("conversations.reply")
def undelivered_messages(actor: Actor) -> Matter | None:
    """What visitors never got, by conversation of the last one."""
    failed = OutgoingMessage.objects.within(actor.organisation).filter(
        state=OutgoingMessage.State.FAILED, turn__conversation__state=Conversation.State.OPEN
    )
    conversations = list(failed.order_by("-id").values_list("turn__conversation", flat=True)[:100])
    if not conversations:
        return None
    count = len(conversations)
    text = ngettext("%(count)d message was not delivered", "%(count)d messages were not delivered", count)
    url = reverse("customer_service:conversation", args=[conversations[0]])
    return Matter(text % {"count": count}, url, icon="send", tone="bad")


@provider("conversations.manage")
def broken_accounts(actor: Actor) -> Matter | None:
    """A mailbox or messenger that does not work."""
    open_ones = Channel.objects.within(actor.organisation).filter(is_enabled=True)
    broken = open_ones.filter(Q(mail_account__error__gt="") | Q(messenger_account__error__gt=""))
    channel = broken.order_by("name").first()
    if channel is None:
        return None
    page = "mail_account" if channel.kind == Channel.Kind.MAIL else "telegram_account"
    text = _("The channel “%(name)s” cannot be reached") % {"name": channel.name}
    return Matter(text, reverse(f"customer_service:{page}", args=[channel.pk]), icon="warning", tone="bad")
