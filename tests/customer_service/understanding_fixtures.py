"""Two intents, an embedding endpoint, and what the workers do."""

import pickle
from functools import cache

import pytest

from apps.customer_service import tasks
from apps.customer_service.understanding import classifiers, intents
from apps.customer_service.understanding.models import MessageUnderstanding
from apps.inference.models import Endpoint, Purpose
from apps.jobs import runs
from apps.jobs.models import Job
from domain.text.understanding.validation import FOLDS, Validation, cross_validated

INTENTS = {
    "refund": ["I want my money back", "please refund my order", "where is my refund", "give me a refund"],
    "delivery": [
        "where is my parcel",
        "when will it arrive",
        "how long does shipping take",
        "track my parcel",
    ],
}


@cache
def validated(content: bytes) -> Validation:
    examples, always, mixture = pickle.loads(content)
    return cross_validated(examples, always=always, mixture=mixture)


def remembered(examples, *, always, mixture, on_fold):
    """A third of a second for the same 360 sentences, in each of a hundred trainings."""
    for fold in range(FOLDS):
        on_fold(fold, FOLDS)
    return validated(pickle.dumps((examples, always, mixture)))


@pytest.fixture
def embedding(alice_actor, scripted_engine, monkeypatch):
    monkeypatch.setattr(classifiers, "cross_validated", remembered)
    return Endpoint.objects.create(
        organisation=alice_actor.organisation,
        name="embedding",
        purpose=Purpose.EMBEDDING,
        url=scripted_engine.url,
        model="scripted",
    )


@pytest.fixture
def taught(alice_actor, embedding):
    """Two intents, learnt."""
    for name, examples in INTENTS.items():
        intents.save_intent(alice_actor, name=name, examples=examples)
    return learn(alice_actor)


def learn(actor):
    job = intents.request_training(actor)
    runs.execute(job.pk)
    return Job.objects.get(pk=job.pk)


def read(received):
    tasks.understand_messages()
    return MessageUnderstanding.objects.filter(message=received.message).first()
