"""What staff put right: the message counts as they say, and its words teach the classifiers."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core.errors import Conflict, InvalidInput
from apps.customer_service.understanding import conversation_trend, intents
from apps.customer_service.understanding.models import (
    Intent,
    IntentExample,
    MessageUnderstanding,
    SentimentExample,
)
from domain.text.understanding.sentiment import Sentiment, next_trend

MAX_SENTIMENT_EXAMPLES = 2000


@requires_permission("conversations.reply")
@transaction.atomic
def correct_understanding(
    actor: Actor, *, message_id: UUID, intent: str | None = None, sentiment: str | None = None
) -> MessageUnderstanding:
    """`intent`: a name of the shop's, or empty for none of them. What is None stays as it was read."""
    intent_row = _intent(actor, intent) if intent else None
    read = _read(actor, message_id)
    teaches = False
    if intent is not None:
        teaches |= _set_intent(read, intent_row)
    if sentiment is not None:
        teaches |= _set_sentiment(read, Sentiment(sentiment))
    read.save()
    _retrace(read.message.conversation_id)
    details = {"intent": read.intent, "sentiment": read.sentiment}
    audit.record(actor, action="understanding.corrected", target=read, details=details)
    if teaches:
        intents.request_training(actor)
    return read


def learn_sentiments(actor: Actor) -> None:
    """Beyond the limit the oldest example makes room."""
    _remove_oldest(actor.organisation.pk)
    intents.request_training(actor)


def _intent(actor: Actor, name: str) -> Intent:
    row = Intent.objects.within(actor.organisation).filter(name=name).first()
    if row is None:
        reason = _("No intent with this name. Choose one from the list.")
        raise InvalidInput(reason, code="intent_unknown", fields={"intent": [reason]})
    return row


def _read(actor: Actor, message_id: UUID) -> MessageUnderstanding:
    understanding = (
        MessageUnderstanding.objects.within(actor.organisation)
        .select_related("message")
        .select_for_update(of=("self",))
        .filter(message=message_id)
        .first()
    )
    if understanding is None:
        raise Conflict(
            _("This message has not been analysed yet. Try again in a moment."), code="not_read_yet"
        )
    return understanding


def _set_intent(read: MessageUnderstanding, intent: Intent | None) -> bool:
    """True when there is something new to learn. An example of two intents would teach neither."""
    read.intent = "" if intent is None or intent.is_out_of_scope else intent.name
    read.intent_source = MessageUnderstanding.IntentSource.STAFF
    text = read.message.text[: intents.MAX_EXAMPLE_CHARACTERS]
    examples = IntentExample.objects.within(read.organisation_id)
    removed, _by_model = examples.filter(text=text).exclude(intent=intent).delete()
    if intent is None or examples.filter(intent=intent).count() >= intents.MAX_EXAMPLES:
        return bool(removed)
    _example, is_new = IntentExample.objects.get_or_create(
        organisation_id=read.organisation_id, intent=intent, text=text
    )
    return is_new or bool(removed)


def _set_sentiment(read: MessageUnderstanding, sentiment: Sentiment) -> bool:
    read.sentiment = sentiment
    text = read.message.text[: intents.MAX_EXAMPLE_CHARACTERS]
    SentimentExample.objects.update_or_create(
        organisation_id=read.organisation_id, text=text, defaults={"sentiment": sentiment}
    )
    _remove_oldest(read.organisation_id)
    return True


def _remove_oldest(organisation_id: UUID) -> None:
    examples = SentimentExample.objects.within(organisation_id).order_by("-created_at", "-pk")
    too_many = examples.values("pk")[MAX_SENTIMENT_EXAMPLES:]
    SentimentExample.objects.filter(pk__in=list(too_many.values_list("pk", flat=True))).delete()


def _retrace(conversation_id: UUID) -> None:
    """The trend after each message follows from all before it."""
    read = MessageUnderstanding.objects.filter(message__conversation=conversation_id)
    rows, trend = list(read.order_by("message__ordinal").only("sentiment", "trend")), 0.0
    for row in rows:
        row.trend = trend = next_trend(trend, Sentiment(row.sentiment))
    MessageUnderstanding.objects.bulk_update(rows, ["trend"])
    conversation_trend.carry_over([conversation_id])
