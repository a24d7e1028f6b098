from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organisation
from apps.customer_service.conversations.models import Message
from apps.customer_service.understanding.models import (
    ClassifierVersion,
    Intent,
    MessageUnderstanding,
    SentimentExample,
)
from apps.jobs.subjects import page_of

of_intents = page_of(_("Intents"), "customer_service:intents")


def intent_list(organisation: Organisation) -> QuerySet[Intent]:
    return Intent.objects.within(organisation).annotate(examples_count=Count("examples")).order_by("name")


def intent_fields(of: Intent) -> dict[str, Any]:
    """As its form shows them: an example on each line."""
    examples = "\n".join(of.examples.values_list("text", flat=True))
    return {
        "name": of.name,
        "examples": examples,
        "skill": of.skill,
        "is_out_of_scope": of.is_out_of_scope,
    }


def classifier_versions(organisation: Organisation) -> QuerySet[ClassifierVersion]:
    """The versions of the classifier of intents, the newest first, without loading their weights."""
    versions = ClassifierVersion.objects.within(organisation).filter(purpose=ClassifierVersion.Purpose.INTENT)
    return versions.defer("arrays").order_by("-number")


def message(organisation: Organisation, message_id: UUID) -> Message:
    """What a visitor wrote, with what was read from it."""
    messages = Message.objects.within(organisation).select_related("understanding")
    return messages.one(pk=message_id)


def understanding_of(message: Message) -> MessageUnderstanding | None:
    return MessageUnderstanding.objects.filter(message=message).first()


def sentiment_examples(organisation: Organisation) -> QuerySet[SentimentExample]:
    return SentimentExample.objects.within(organisation).order_by("-created_at", "-pk")
