"""What the jobs of this desk are about: the question that was asked, and the page where it stands."""

from collections.abc import Mapping
from uuid import UUID

from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.actors import Actor
from apps.customer_service import job_types
from apps.customer_service.conversations.models import Conversation, Turn
from apps.jobs import subjects
from apps.jobs.subjects import LONGEST_TEXT, JobRequest, Subject


def of_conversations(actor: Actor, jobs: list[JobRequest]) -> Mapping[UUID, Subject]:
    """The message itself; for work on a whole conversation what the visitor wrote last."""
    messages = dict(
        Turn.objects.within(actor.organisation)
        .filter(pk__in=[each.inputs["turn_id"] for each in jobs if each.inputs.get("turn_id")])
        .values_list("pk", "text")
    )
    last = Turn.objects.filter(conversation=OuterRef("pk"), author=Turn.Author.VISITOR).order_by("-ordinal")
    conversations = dict(
        Conversation.objects.within(actor.organisation)
        .filter(pk__in={each.subject_id for each in jobs if each.subject_id})
        .values_list("pk", Subquery(last.values("text")[:1]))
    )
    subjects = {}
    for each in jobs:
        conversation_id = UUID(each.subject_id) if each.subject_id else None
        if conversation_id in conversations:
            turn_id = each.inputs.get("turn_id")
            text = messages.get(UUID(turn_id)) if turn_id else None
            words = (text or conversations[conversation_id] or _("Conversation"))[:LONGEST_TEXT]
            url = reverse("customer_service:conversation", args=[conversation_id])
            subjects[each.job_id] = Subject(words, url)
    return subjects


subjects.register(
    job_types.ANSWER_MESSAGE.name,
    job_types.WRITE_DOWN_VOICE.name,
    job_types.PACK_HANDOFF.name,
    job_types.COPILOT.name,
    job_types.SUMMARISE_CONVERSATION.name,
    resolver=of_conversations,
)
subjects.register(
    job_types.TRAIN_CLASSIFIERS.name,
    job_types.CHOOSE_INTENTS.name,
    resolver=subjects.page_of(gettext_lazy("Intents"), "customer_service:intents"),
)
subjects.register(
    job_types.EMBED_CURATED_ANSWERS.name,
    resolver=subjects.page_of(gettext_lazy("Saved answers"), "customer_service:curated_answers"),
)
subjects.register(
    job_types.CLUSTER_UNANSWERED.name,
    resolver=subjects.page_of(gettext_lazy("Top questions without an answer"), "customer_service:unanswered"),
)
