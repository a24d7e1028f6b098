"""Where the fast path is unsure of an intent, the language model chooses among the likeliest. In the background."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, ConfigDict, create_model

from apps.accounts.actors import Actor
from apps.core.models import OrganisationQuerySet
from apps.customer_service.conversations.models import Conversation, Message
from apps.customer_service.staff.settings import DESK_SETTINGS
from apps.customer_service.understanding import classifiers, conversation_trend
from apps.customer_service.understanding.models import ClassifierVersion, IntentExample, MessageUnderstanding
from apps.customer_service.understanding.selectors import of_intents
from apps.inference import prompts
from apps.inference import selectors as models_of
from apps.inference import services as inference
from apps.inference.models import Purpose
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.models import Job
from apps.jobs.runs import JobRun
from domain.text.understanding.examples import spoken_name
from domain.text.understanding.validation import OUT_OF_SCOPE
from llm_backend.errors import OutputInvalid

PROMPT = Path(__file__).parent / "prompts" / "choose_intent.md"
NONE = "none"
CANDIDATES = 5
EXAMPLES_EACH = 2
ASKED_AT_ONCE = 20
RECENT = timedelta(minutes=15)
# What just failed would fail for the next message too.
AFTER_FAILURE = timedelta(minutes=10)
# Up to so far above the threshold a verdict is right only about as often as a model's choice among the likeliest.
GREY_BAND = 1.25

Source = MessageUnderstanding.IntentSource
Readings = OrganisationQuerySet[MessageUnderstanding]

CHOOSE_INTENTS = JobType(
    "customer_service.choose_intents",
    queue="batch",
    label=_("Classify unclear intents with the model"),
    max_attempts=1,
    may_see=holders_of("conversations.view"),
    may_cancel=holders_of("conversations.manage"),
    subject=of_intents,
    # Follows from messages, which were admitted.
    is_free=True,
)


@dataclass(frozen=True)
class Choice:
    """An intent as the model sees it."""

    name: str
    examples: str


def request_second_look(actor: Actor) -> Job | None:
    """One job for all that is unsure; none while another is under way, or right after one that failed."""
    version = classifiers.active_version(actor.organisation, ClassifierVersion.Purpose.INTENT)
    # Only a model that somebody chose for structured output: a small one for chat guesses worse than the fast path.
    may_ask = models_of.is_chosen_for(actor.organisation, Purpose.EXTRACTION)
    if not (version and may_ask and DESK_SETTINGS.read(actor.organisation).asks_model_when_unsure):
        return None
    if not _low_confidence_rows(version).exists():
        return None
    earlier_jobs = Job.objects.within(actor.organisation).filter(kind=CHOOSE_INTENTS.name)
    failed_lately = earlier_jobs.filter(state=Job.State.FAILED, created_at__gt=timezone.now() - AFTER_FAILURE)
    if earlier_jobs.active().exists() or failed_lately.exists():
        return None
    return jobs.create_job(actor, kind=CHOOSE_INTENTS, inputs={}, subject="intents")


@CHOOSE_INTENTS.service
def choose_intents(run: JobRun) -> dict[str, Any]:
    """Asks about each unsure message once; the model's answer stands until staff correct it."""
    version = classifiers.active_version(run.actor.organisation, ClassifierVersion.Purpose.INTENT)
    if version is None or not classifiers.can_embed(run.actor.organisation):
        return {"asked": 0, "named": 0}
    rows = list(
        _low_confidence_rows(version).select_related("message").order_by("-message_id")[:ASKED_AT_ONCE]
    )
    named_count = 0
    choices_of = _choices(run, version, [row.message for row in rows])
    for number, (row, choices) in enumerate(zip(rows, choices_of, strict=True), start=1):
        run.check()
        intent = _choose_intent(run, row.message.text, choices)
        # Unless somebody of the staff was quicker.
        mine = MessageUnderstanding.objects.filter(pk=row.pk, intent_source=Source.FAST)
        named_count += bool(mine.update(intent=intent, intent_source=Source.MODEL) and intent)
        run.progress(number, len(rows))
    conversation_trend.carry_over({row.message.conversation_id for row in rows})
    return {"asked": len(rows), "named": named_count}


def _low_confidence_rows(version: ClassifierVersion) -> Readings:
    """Recent messages of open conversations."""
    return MessageUnderstanding.objects.within(version.organisation_id).filter(
        intent_source=Source.FAST,
        intent_confidence__lt=version.threshold * GREY_BAND,
        message__created_at__gt=timezone.now() - RECENT,
        message__conversation__state=Conversation.State.OPEN,
    )


def _choices(run: JobRun, version: ClassifierVersion, messages: Sequence[Message]) -> list[list[Choice]]:
    """The likeliest intents of each message."""
    texts = [message.text for message in messages]
    model = version.embedding_model
    vectors = np.array(inference.embed(run, texts, input_type="query", model=model), dtype=np.float32)
    if not len(vectors):
        return []
    classifier = classifiers.classifier_of(version.pk)
    shares = classifier.shares(texts, vectors)
    likeliest = [[classifier.labels[place] for place in row.argsort()[::-1]] for row in shares]
    best = [[name for name in names if name != OUT_OF_SCOPE][:CANDIDATES] for names in likeliest]
    choices = {}
    for name in {name for names in best for name in names}:
        examples = IntentExample.objects.within(version.organisation_id).filter(intent__name=name)
        words = examples.values_list("text", flat=True)[:EXAMPLES_EACH]
        choices[name] = Choice(name, "\n".join([spoken_name(name), *words]))
    return [[choices[name] for name in names] for names in best]


def _choose_intent(run: JobRun, message: str, choices: Sequence[Choice]) -> str:
    prompt = prompts.load(run.job.organisation, PROMPT).render(choices=choices, message=message)
    schema = schema_of([choice.name for choice in choices])
    try:
        intent = cast(Any, inference.extract(run, prompt, schema)).intent
    except OutputInvalid:
        # No valid answer, even when asked again: then it is none of them.
        return ""
    return "" if intent == NONE else str(intent)


def schema_of(names: Sequence[str]) -> type[BaseModel]:
    """Nothing but one of the names, or none of them."""
    allowed = Literal[(*names, NONE)]  # type: ignore[valid-type]
    return create_model("IntentChoice", __config__=ConfigDict(extra="forbid"), intent=(allowed, ...))
