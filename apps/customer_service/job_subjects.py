"""What the jobs of this desk are about: the question that was asked, and the page where it stands."""

from collections.abc import Mapping
from uuid import UUID

from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.actors import Actor
from apps.customer_service import job_types
from apps.customer_service.conversations.models import Conversation, Turn
from apps.jobs import subjects
from apps.jobs.subjects import LONGEST_TEXT, JobRequest, Subject

PAGES = {
    job_types.TRAIN_CLASSIFIERS.name: "intents",
    job_types.CHOOSE_INTENTS.name: "intents",
    job_types.EMBED_CURATED_ANSWERS.name: "curated_answers",
    job_types.CLUSTER_UNANSWERED.name: "unanswered",
}


def of_conversations(actor: Actor, asked: list[JobRequest]) -> Mapping[UUID, Subject]:
    """The message itself; for work on a whole conversation what the visitor wrote last."""
    messages = dict(
        Turn.objects.within(actor.organisation)
        .filter(pk__in=[each.inputs["turn_id"] for each in asked if each.inputs.get("turn_id")])
        .values_list("pk", "text")
    )
    last = Turn.objects.filter(conversation=OuterRef("pk"), author=Turn.Author.VISITOR).order_by("-ordinal")
    conversations = dict(
        Conversation.objects.within(actor.organisation)
        .filter(pk__in={each.subject_id for each in asked if each.subject_id})
        .values_list("pk", Subquery(last.values("text")[:1]))
    )
    found = {}
    for each in asked:
        conversation_id = UUID(each.subject_id) if each.subject_id else None
        if conversation_id in conversations:
            turn_id = each.inputs.get("turn_id")
            text = messages.get(UUID(turn_id)) if turn_id else None
            words = (text or conversations[conversation_id] or _("Conversation"))[:LONGEST_TEXT]
            url = reverse("customer_service:conversation", args=[conversation_id])
            found[each.job_id] = Subject(words, url)
    return found


def page_of(url_name: str) -> subjects.Resolver:
    """For work on all of something: the page that lists it."""

    def resolve(actor: Actor, asked: list[JobRequest]) -> Mapping[UUID, Subject]:
        url = reverse(f"customer_service:{url_name}")
        return {each.job_id: Subject(_("Open the page"), url) for each in asked}

    return resolve


subjects.register(
    job_types.ANSWER_MESSAGE.name,
    job_types.WRITE_DOWN_VOICE.name,
    job_types.PACK_HANDOFF.name,
    job_types.COPILOT.name,
    job_types.SUMMARISE_CONVERSATION.name,
    resolver=of_conversations,
)
for kind_name, page in PAGES.items():
    subjects.register(kind_name, resolver=page_of(page))
