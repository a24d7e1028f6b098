from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.actors import Actor
from apps.accounts.alerts import Alert, provider
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations.models import Conversation, OutgoingMessage
from apps.customer_service.conversations.selectors import waits_for_staff
from apps.customer_service.handoff import selectors as handoff
from apps.customer_service.saved_answers import selectors as saved_answers


@provider("conversations.reply")
def waiting_visitors(actor: Actor) -> Alert | None:
    """Visitors whose last message nobody answers: staff took over, or the assistant could not. Not those in the queue."""
    open_ones = Conversation.objects.within(actor.organisation).open().filter(waits_for_staff())
    count = open_ones.exclude(answered_by=Conversation.AnsweredBy.QUEUE).count()
    if not count:
        return None
    text = ngettext(
        "%(count)d visitor is waiting for an answer", "%(count)d visitors are waiting for an answer", count
    )
    url = f"{reverse('customer_service:conversations')}?view=waiting"
    return Alert(text % {"count": count}, url, icon="chat")


@provider("conversations.reply")
def queue(actor: Actor) -> Alert | None:
    """Visitors who wait longer than promised are everybody's matter; without such, those this member should take."""
    late, mine = handoff.waiting_counts(actor.organisation, actor.member)
    url = reverse("customer_service:queue")
    if late:
        text = ngettext(
            "%(count)d visitor is past the reply target",
            "%(count)d visitors are past the reply target",
            late,
        )
        return Alert(text % {"count": late}, url, icon="clock", tone="bad")
    if mine:
        text = ngettext(
            "%(count)d visitor is waiting for you", "%(count)d visitors are waiting for you", mine
        )
        return Alert(text % {"count": mine}, url, icon="hand")
    return None


@provider("conversations.view")
def expiring_answers(actor: Actor) -> Alert | None:
    """Saved answers of the member's own that are not given any more, or only for a few days."""
    count = saved_answers.need_their_owner(actor).count()
    if not count or actor.member is None:
        return None
    text = ngettext(
        "%(count)d of your saved answers has expired or expires within a week",
        "%(count)d of your saved answers have expired or expire within a week",
        count,
    )
    url = f"{reverse('customer_service:saved_answers')}?owner={actor.member.pk}"
    return Alert(text % {"count": count}, url, icon="quote")


@provider("conversations.reply")
def undelivered_messages(actor: Actor) -> Alert | None:
    """What visitors never got, by conversation of the last one."""
    failed = OutgoingMessage.objects.within(actor.organisation).filter(
        state=OutgoingMessage.State.FAILED, message__conversation__state=Conversation.State.OPEN
    )
    conversations = list(failed.order_by("-id").values_list("message__conversation", flat=True)[:100])
    if not conversations:
        return None
    count = len(conversations)
    text = ngettext("%(count)d message was not delivered", "%(count)d messages were not delivered", count)
    url = reverse("customer_service:conversation", args=[conversations[0]])
    return Alert(text % {"count": count}, url, icon="send", tone="bad")


@provider("conversations.manage")
def broken_accounts(actor: Actor) -> Alert | None:
    """A mailbox or messenger that does not work."""
    open_ones = Channel.objects.within(actor.organisation).filter(is_enabled=True)
    broken = open_ones.filter(Q(mail_account__error__gt="") | Q(messenger_account__error__gt=""))
    channel = broken.order_by("name").first()
    if channel is None:
        return None
    page = "mail_account" if channel.kind == Channel.Kind.MAIL else "messenger_account"
    text = _("Channel “%(name)s” cannot connect") % {"name": channel.name}
    return Alert(text, reverse(f"customer_service:{page}", args=[channel.pk]), icon="warning", tone="bad")
