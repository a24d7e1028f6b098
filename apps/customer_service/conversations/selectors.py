from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from uuid import UUID
from zlib import crc32

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.lookups import Exact
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts import switches
from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.answering.messages import join_messages, leans_back, previous_question
from apps.core.errors import Gone, NotFound, ServiceUnavailable
from apps.core.models import WrittenQuery
from apps.customer_service.channels.models import Channel, ChannelQuerySet
from apps.customer_service.conversations.models import Attachment, Citation, Conversation, Message
from apps.customer_service.understanding.models import MessageUnderstanding
from apps.jobs.models import Job
from apps.jobs.subjects import LONGEST_TEXT, JobRequest, Subject
from apps.knowledge.models import Collection

# As far as a prompt looks back; older messages are in the summary.
RECENT_MESSAGES = 8


# Of what is not settled yet, the newest first; without files that came without a word, whose names say nothing.
RECENT = WrittenQuery(
    """
    SELECT {columns} FROM customer_service_message message
    JOIN customer_service_conversation conversation ON conversation.id = message.conversation_id
    JOIN customer_service_channel channel ON channel.id = conversation.channel_id
    JOIN accounts_organisation organisation ON organisation.id = conversation.organisation_id
    WHERE message.conversation_id = %(conversation)s AND message.ordinal > conversation.context_from
        AND message.author <> 'notice'
        AND (%(asked)s::uuid IS NULL OR message.ordinal <= (
            SELECT asked.ordinal FROM customer_service_message asked WHERE asked.id = %(asked)s::uuid
        ))
        AND (message.id = %(asked)s::uuid OR message.text IS DISTINCT FROM (
            SELECT string_agg(file.name, ', ' ORDER BY file.created_at) FROM customer_service_attachment file
            WHERE file.message_id = message.id
        ))
    ORDER BY message.ordinal DESC LIMIT %(most)s
    """,
    message=Message,
    conversation=Conversation,
    channel=Channel,
    organisation=Organisation,
)


class ChatNotFound(NotFound):
    is_for_visitors = True
    message = _("There is no chat at this address. Check the link, or contact us another way.")


class ChatClosed(Gone):
    """An archived channel, as its visitors are told."""

    is_for_visitors = True
    code = "channel_archived"
    message = _("This chat is closed. Please contact us another way.")


class ChatUnavailable(ServiceUnavailable):
    """What visitors are told of a desk, a tool or a queue that is off: nothing that only staff could do about it."""

    is_for_visitors = True
    code = "chat_unavailable"
    message = _("This chat is not available right now. Please contact us another way.")


def channel_list(organisation: Organisation) -> ChannelQuerySet:
    own = Channel.objects.within(organisation)
    return own.prefetch_related("collections").order_by("name", "id")


def channel_of_slug(slug: str) -> Channel:
    """An open chat channel for a stranger who knows its address.

    Raises ChatNotFound, ChatClosed, and ChatUnavailable while the desk is switched off.
    """
    chats = Channel.objects.filter(kind=Channel.Kind.CHAT, slug=slug)
    channel = chats.select_related("organisation").first()
    # First: an archived channel is disabled too, and its visitors are to learn why.
    require_not_archived(channel)
    if channel is None or not channel.is_enabled:
        raise ChatNotFound
    if not switches.is_on(channel.organisation_id, channel._meta.app_label):
        raise ChatUnavailable
    return channel


def require_not_archived(channel: Channel | None) -> None:
    """Raises ChatClosed."""
    if channel and channel.archived_at:
        raise ChatClosed


def waits_for_staff() -> Q:
    """Which open conversations need staff: the visitor waits for a person, or the assistant could not answer. What the
    platform itself says, such as that files cannot be seen, is no answer.
    """
    said = Message.objects.filter(conversation=OuterRef("pk")).exclude(author=Message.Author.NOTICE)
    last_author = Subquery(said.order_by("-ordinal").values("author")[:1])
    return (
        Q(answered_by=Conversation.AnsweredBy.QUEUE)
        | Q(Exact(last_author, Message.Author.VISITOR), answered_by=Conversation.AnsweredBy.PERSON)
        | Q(answer_job__state=Job.State.FAILED)
    )


def page_version(of: Conversation) -> str:
    """Changes whenever a page that shows the conversation has to be drawn anew."""
    job = of.answer_job
    answering = f"{job.pk}.{job.attempt}.{job.state}" if job else ""
    # What is understood of a message is stored after it, and shows in none of the other parts.
    read = MessageUnderstanding.objects.filter(message__conversation=of).order_by("pk")
    readings_checksum = crc32(repr(list(read.values_list("intent", "sentiment"))).encode())
    return f"{of.message_count}-{of.state}-{of.answered_by}-{of.handled_by_id or ''}-{answering}-{readings_checksum}"


def conversation(organisation: Organisation, conversation_id: UUID) -> Conversation:
    conversations = Conversation.objects.within(organisation).select_related(
        "channel", "organisation", "handled_by__user", "assigned_to__user", "answer_job", "rating"
    )
    return conversations.one(pk=conversation_id)


def messages(of: Conversation, *, after: int = 0) -> QuerySet[Message]:
    """The turns with their citations, oldest first."""
    return (
        Message.objects.filter(conversation=of, ordinal__gt=after)
        .select_related("member__user", "understanding", "outgoing")
        .prefetch_related(Prefetch("citations", Citation.objects.order_by("number")))
        .order_by("ordinal")
    )


def spoken(messages: QuerySet[Message]) -> QuerySet[Message]:
    """Those in which somebody says something: no notices, and no files that came without a word."""
    names = Attachment.objects.filter(message=OuterRef("pk")).order_by().values("message")
    file_names = names.annotate(names=StringAgg("name", ", ", order_by="created_at")).values("names")
    said = messages.exclude(author=Message.Author.NOTICE).annotate(file_names=Subquery(file_names))
    return said.filter(Q(file_names=None) | ~Q(text=F("file_names")))


def latest_answer_job(conversation_id: UUID) -> Job | None:
    """The job of the latest message that has one, over or not."""
    questions = Message.objects.filter(
        conversation=conversation_id, author=Message.Author.VISITOR, job__isnull=False
    )
    last = questions.select_related("job").order_by("-ordinal").first()
    return last.job if last else None


def unanswered_in_a_row(of: Conversation, *, most: int) -> int:
    """How many answers at the end of what is not settled yet said that there is none; counted up to `most`."""
    answers = Message.objects.filter(conversation=of, ordinal__gt=of.context_from).exclude(
        author__in=[Message.Author.VISITOR, Message.Author.NOTICE]
    )
    latest = answers.order_by("-ordinal").values_list("is_unanswered", flat=True)[:most]
    return sum(1 for _ in takewhile(bool, latest))


@dataclass(frozen=True)
class Exchange:
    """What the bot has to answer, and what was said before it.

    `is_trial`: nothing of it is stored and nobody else is called, other systems neither. `collections`: searched
    instead of the channel's.
    """

    conversation: Conversation
    asked: Message
    question: str
    before: list[Message]
    is_trial: bool = False
    collections: tuple[Collection, ...] = ()

    @cached_property
    def previous_question(self) -> str:
        return previous_question(
            [message.text for message in self.before if message.author == Message.Author.VISITOR]
        )

    @cached_property
    def leans_on_earlier(self) -> bool:
        """Whether it means nothing without what was said before it."""
        return leans_back(self.question)

    @cached_property
    def previous_answer(self) -> Message | None:
        """The bot's own last one; None where a person wrote since."""
        last = next(
            (message for message in reversed(self.before) if message.author != Message.Author.VISITOR), None
        )
        return last if last is not None and last.author == Message.Author.BOT else None


def exchange(conversation_id: UUID, *, asked: UUID | None = None) -> Exchange | None:
    """The unanswered messages at the end, as one question however many; None when there are none. `asked`: the last of
    them, where what came after it asks nothing.
    """
    rows = RECENT.rows({"conversation": conversation_id, "asked": asked, "most": RECENT_MESSAGES})[::-1]
    for message, conversation, channel, organisation in rows:
        message.conversation = conversation
        conversation.channel, conversation.organisation = channel, organisation
    recent: list[Message] = [row[0] for row in rows]
    question_index = len(recent)
    while question_index and recent[question_index - 1].author == Message.Author.VISITOR:
        question_index -= 1
    if question_index == len(recent):
        return None
    question = join_messages([message.text for message in recent[question_index:]])
    return Exchange(recent[-1].conversation, recent[-1], question, recent[:question_index])


def of_conversations(actor: Actor, jobs: list[JobRequest]) -> Mapping[UUID, Subject]:
    """What jobs are about: the message itself; for work on a whole conversation what the visitor wrote last."""
    texts = dict(
        Message.objects.within(actor.organisation)
        .filter(pk__in=[each.inputs["message_id"] for each in jobs if each.inputs.get("message_id")])
        .values_list("pk", "text")
    )
    last = Message.objects.filter(conversation=OuterRef("pk"), author=Message.Author.VISITOR).order_by(
        "-ordinal"
    )
    conversations = dict(
        Conversation.objects.within(actor.organisation)
        .filter(pk__in={each.subject_id for each in jobs if each.subject_id})
        .values_list("pk", Subquery(last.values("text")[:1]))
    )
    subjects = {}
    for each in jobs:
        conversation_id = UUID(each.subject_id) if each.subject_id else None
        if conversation_id in conversations:
            message_id = each.inputs.get("message_id")
            text = texts.get(UUID(message_id)) if message_id else None
            words = (text or conversations[conversation_id] or gettext("Conversation"))[:LONGEST_TEXT]
            url = reverse("customer_service:conversation", args=[conversation_id])
            subjects[each.job_id] = Subject(words, url)
    return subjects
