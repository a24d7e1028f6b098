"""Classifiers learnt from an organisation's examples: trained, kept as versions, restored, loaded."""

import time
from collections.abc import Sequence
from functools import lru_cache
from uuid import UUID

import numpy as np
from django.db import transaction
from django.db.models import Max

from apps.accounts.models import Organisation
from apps.audit import services as audit
from apps.core.models import OrganisationQuerySet
from apps.customer_service.understanding.models import ClassifierVersion, IntentExample, SentimentExample
from apps.inference import selectors as models_of
from apps.inference import services as inference
from apps.jobs.runs import JobRun
from domain.text.understanding.classifier import MOODS, TOPICS, Classifier
from domain.text.understanding.examples import Examples, Floats, of_names, spoken_name
from domain.text.understanding.sentiment import built_in_examples
from domain.text.understanding.validation import OUT_OF_SCOPE, cross_validated, tuned_threshold
from llm_backend.errors import ModelsAway

Purpose = ClassifierVersion.Purpose
TEXTS_AT_ONCE = 64
# Each can be gone back to.
KEPT_VERSIONS = 10
MIN_INTENTS = 2
MIN_EXAMPLES = 2


def active_version(organisation: Organisation, purpose: str) -> ClassifierVersion | None:
    """Without its arrays: most who ask want its figures."""
    versions = ClassifierVersion.objects.within(organisation).filter(purpose=purpose, is_active=True)
    return versions.defer("arrays").first()


@lru_cache(maxsize=32)
def classifier_of(version_id: UUID) -> Classifier:
    """Loaded once per process; a version never changes."""
    return Classifier.from_bytes(bytes(ClassifierVersion.objects.get(pk=version_id).arrays))


def can_embed(organisation: Organisation) -> bool:
    return bool(models_of.embedding_model(organisation))


def embedding_model(organisation: Organisation) -> str:
    """Raises ModelsAway when no embedding endpoint is enabled."""
    if model := models_of.embedding_model(organisation):
        return model
    raise ModelsAway("no embedding endpoint is enabled")


def train_sentiment(run: JobRun) -> ClassifierVersion:
    return _train(run, Purpose.SENTIMENT, sentiment_rows(run.actor.organisation), names=[])


def train_intents(run: JobRun) -> ClassifierVersion | None:
    """None where the shop has too few examples to tell intents apart."""
    rows = intent_rows(run.actor.organisation)
    names = {label for _, label in rows if label != OUT_OF_SCOPE}
    if len(names) < MIN_INTENTS:
        return None
    return _train(run, Purpose.INTENT, rows, names=sorted(names))


def sentiment_rows(organisation: Organisation) -> list[tuple[str, str]]:
    """The built-in sentences and what the shop has judged; of the same text, the shop's judgement."""
    examples = SentimentExample.objects.within(organisation).order_by("created_at", "pk")
    built_in = {text: str(label) for text, label in built_in_examples()}
    return list((built_in | dict(examples.values_list("text", "sentiment"))).items())


def intent_rows(organisation: Organisation) -> list[tuple[str, str]]:
    """Text and label of the examples of each intent that has enough of them."""
    examples = IntentExample.objects.within(organisation).select_related("intent").order_by("id")
    by_label: dict[str, list[str]] = {}
    for example in examples:
        label = OUT_OF_SCOPE if example.intent.is_out_of_scope else example.intent.name
        by_label.setdefault(label, []).append(example.text)
    return [
        (text, label) for label, texts in by_label.items() if len(texts) >= MIN_EXAMPLES for text in texts
    ]


def _train(
    run: JobRun, purpose: str, rows: Sequence[tuple[str, str]], *, names: Sequence[str]
) -> ClassifierVersion:
    model = embedding_model(run.actor.organisation)
    run.stage("embedding")
    texts = [text for text, _ in rows]
    examples = Examples(texts, _vectors(run, texts, model), [str(label) for _, label in rows])
    named = of_names(names, _vectors(run, [spoken_name(name) for name in names], model)) if names else None
    run.stage("learning")
    mixture = MOODS if purpose == Purpose.SENTIMENT else TOPICS
    validation = cross_validated(examples, always=named, mixture=mixture, on_fold=lambda *_: run.check())
    started = time.monotonic()
    classifier = Classifier.trained(examples + named if named else examples, mixture)
    version = ClassifierVersion(
        organisation=run.actor.organisation,
        purpose=purpose,
        embedding_model=model,
        arrays=classifier.to_bytes(),
        accuracy=round(validation.accuracy, 4),
        threshold=round(tuned_threshold(validation), 4),
        confusion={"labels": classifier.labels, "table": validation.confusion(classifier.labels)},
        examples_count=len(rows),
        train_seconds=round(time.monotonic() - started, 3),
    )
    return _store_version(run, version)


def _vectors(run: JobRun, texts: Sequence[str], model: str) -> Floats:
    rows: list[list[float]] = []
    for start in range(0, len(texts), TEXTS_AT_ONCE):
        run.check()
        rows += inference.embed(run, texts[start : start + TEXTS_AT_ONCE], input_type="query", model=model)
        run.progress(len(rows), len(texts))
    return np.array(rows, dtype=np.float32)


@transaction.atomic
def _store_version(run: JobRun, version: ClassifierVersion) -> ClassifierVersion:
    """Becomes the active version; the oldest ones make room."""
    others = _lock_versions(version.organisation, version.purpose)
    version.number = (others.aggregate(last=Max("number"))["last"] or 0) + 1
    others.filter(is_active=True).update(is_active=False)
    version.is_active = True
    version.save(force_insert=True)
    others.filter(number__lte=version.number - KEPT_VERSIONS, is_active=False).delete()
    details = {"purpose": version.purpose, "number": version.number}
    audit.record(run.actor, action="classifier.trained", target=version, details=details)
    return version


def activate(version: ClassifierVersion) -> None:
    """Inside the caller's transaction."""
    others = _lock_versions(version.organisation, version.purpose)
    others.filter(is_active=True).update(is_active=False)
    others.filter(pk=version.pk).update(is_active=True)


def _lock_versions(organisation: Organisation, purpose: str) -> OrganisationQuerySet[ClassifierVersion]:
    """One change of the active version at a time."""
    # The organisation's row: of a purpose that has no version yet there is nothing else to lock.
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    return ClassifierVersion.objects.within(organisation).filter(purpose=purpose)
