"""The shop's intents and their examples. Every change asks for training; the active version judges meanwhile."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core.errors import InvalidInput, Text
from apps.customer_service.understanding import classifiers
from apps.customer_service.understanding.models import ClassifierVersion, Intent, IntentExample
from apps.customer_service.understanding.selectors import of_intents
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.models import Job

MAX_INTENTS = 300
MAX_EXAMPLES = 1000
MAX_EXAMPLE_CHARACTERS = 500

TRAIN_CLASSIFIERS = JobType(
    "customer_service.train_classifiers",
    queue="batch",
    label=_("Train intents and sentiment"),
    is_repeatable=True,
    stages={"embedding": _("Embedding the examples"), "learning": _("Learning from the examples")},
    may_see=holders_of("conversations.view"),
    may_cancel=holders_of("conversations.manage"),
    subject=of_intents,
    # Follows from what staff save and visitors write.
    is_free=True,
)


@requires_permission("conversations.manage")
@transaction.atomic
def save_intent(
    actor: Actor,
    *,
    name: str,
    examples: Sequence[str],
    skill: str = "",
    is_out_of_scope: bool = False,
    intent_id: UUID | None = None,
) -> Intent:
    """Makes or changes an intent; `examples` replace those it had. Raises InvalidInput per field."""
    intent = (
        Intent.objects.within(actor.organisation).select_for_update().one(pk=intent_id)
        if intent_id
        else Intent(organisation=actor.organisation)
    )
    intent.name, intent.skill, intent.is_out_of_scope = name.strip(), skill.strip(), is_out_of_scope
    texts = list(dict.fromkeys(text.strip() for text in examples if text.strip()))
    _check(intent, texts)
    intent.save()
    intent.examples.all().delete()
    IntentExample.objects.bulk_create(
        IntentExample(organisation=actor.organisation, intent=intent, text=text) for text in texts
    )
    details = {"name": intent.name, "examples": len(texts)}
    audit.record(actor, action="intent.saved", target=intent, details=details)
    request_training(actor)
    return intent


@requires_permission("conversations.manage")
@transaction.atomic
def delete_intent(actor: Actor, *, intent_id: UUID) -> None:
    intent = Intent.objects.within(actor.organisation).select_for_update().one(pk=intent_id)
    audit.record(actor, action="intent.deleted", target=intent, details={"name": intent.name})
    intent.delete()
    request_training(actor)


@requires_permission("conversations.manage")
@transaction.atomic
def restore_version(actor: Actor, *, version_id: UUID) -> ClassifierVersion:
    """Messages are judged as they were then, until the next training."""
    versions = ClassifierVersion.objects.within(actor.organisation).select_related("organisation")
    version = versions.defer("arrays").one(pk=version_id)
    classifiers.activate(version)
    details = {"purpose": version.purpose, "number": version.number}
    audit.record(actor, action="classifier.restored", target=version, details=details)
    version.is_active = True
    return version


@requires_permission("conversations.manage")
def train_now(actor: Actor) -> Job:
    return request_training(actor)


def request_training(actor: Actor) -> Job:
    return jobs.create_once(actor, kind=TRAIN_CLASSIFIERS, inputs={}, subject="intents")


def _check(intent: Intent, texts: Sequence[str]) -> None:
    others = Intent.objects.within(intent.organisation_id).exclude(pk=intent.pk)
    reasons: dict[str, list[Text]] = {}
    if not intent.name or len(intent.name) > 80:
        reasons["name"] = [_("Enter a name of at most 80 characters.")]
    elif others.filter(name=intent.name).exists():
        reasons["name"] = [_("An intent with this name already exists. Add the examples there.")]
    elif intent._state.adding and others.count() >= MAX_INTENTS:
        reasons["name"] = [_("The limit of 300 intents is reached. Delete one first.")]
    if len(texts) < classifiers.MIN_EXAMPLES:
        reasons["examples"] = [_("Enter at least two examples, one per line.")]
    elif len(texts) > MAX_EXAMPLES:
        reasons["examples"] = [_("At most 1,000 examples. Keep those that differ most.")]
    elif any(len(text) > MAX_EXAMPLE_CHARACTERS for text in texts):
        reasons["examples"] = [_("Each example can have at most 500 characters. Shorten the longest.")]
    if reasons:
        first = next(iter(reasons.values()))[0]
        raise InvalidInput(first, code="intent_unusable", fields=reasons)
