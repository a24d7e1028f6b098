"""The vectors of questions of saved answers. Until a question has one it is found by its words alone."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.core.models import OrganisationQuerySet
from apps.customer_service.saved_answers.models import SavedAnswerQuestion
from apps.customer_service.understanding import classifiers
from apps.inference import services as inference
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.models import Job
from apps.jobs.runs import JobRun
from apps.jobs.subjects import page_of

TEXTS_AT_ONCE = 64

EMBED_SAVED_ANSWERS = JobType(
    "customer_service.embed_curated_answers",
    queue="batch",
    label=_("Embed saved answers"),
    is_repeatable=True,
    stages={"embedding": _("Embedding the questions")},
    may_see=holders_of("conversations.view"),
    may_cancel=holders_of("conversations.manage"),
    subject=page_of(_("Saved answers"), "customer_service:saved_answers"),
    # Follows from what staff save.
    is_free=True,
)


@EMBED_SAVED_ANSWERS.service
def embed_saved_answers(run: JobRun) -> dict[str, Any]:
    """Raises ModelsAway when no embedding endpoint is enabled."""
    model = classifiers.embedding_model(run.actor.organisation)
    run.stage("embedding")
    without = without_vector(run.actor.organisation, model)
    total, done = without.count(), 0
    while some := list(without.order_by("id")[:TEXTS_AT_ONCE]):
        run.checkpoint()
        _embed(run, some, model)
        done += len(some)
        run.progress(done, total)
    return {"embedded": done, "embedding_model": model}


def without_vector(organisation: Organisation, model: str) -> OrganisationQuerySet[SavedAnswerQuestion]:
    """Questions that have no vector, or one of another model, which cannot be compared."""
    return SavedAnswerQuestion.objects.within(organisation).exclude(embedding_model=model)


def request_embedding(actor: Actor) -> Job | None:
    """None where nothing embeds: questions are found by their words then."""
    if not classifiers.can_embed(actor.organisation):
        return None
    return jobs.create_once(actor, kind=EMBED_SAVED_ANSWERS, inputs={}, subject="curated-answers")


def _embed(run: JobRun, questions: Sequence[SavedAnswerQuestion], model: str) -> None:
    texts = [question.text for question in questions]
    for question, vector in zip(
        questions, inference.embed(run, texts, input_type="query", model=model), strict=True
    ):
        question.embedding = np.array(vector, dtype="<f4").tobytes()
        question.embedding_model = model
    # A question that was deleted meanwhile is simply not there any more.
    SavedAnswerQuestion.objects.bulk_update(questions, ["embedding", "embedding_model"])
