"""The Tea House with a handbook, a channel and the scripted engine as its model."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.files.base import ContentFile

from apps.accounts.actors import Actor
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations import services
from apps.customer_service.conversations.models import Conversation, Message
from apps.customer_service.conversations.services import ReceivedMessage, Visitor
from apps.inference.models import Purpose
from apps.jobs import runs
from apps.jobs.models import Job
from apps.knowledge import ingestion
from apps.knowledge.chunking import Cut
from apps.knowledge.models import Collection, Document
from tests.customer_service.desk_people import dora_actor, dora_browser  # noqa: F401  (fixtures)
from tests.customer_service.figures_fixtures import past  # noqa: F401  (fixture)
from tests.customer_service.handoff_fixtures import dora, emil  # noqa: F401  (fixtures)
from tests.customer_service.mail_servers import (  # noqa: F401  (fixtures)
    certificate,
    imap_process,
    imap_server,
    mail_account,
    mail_channel,
    smtp_server,
)
from tests.customer_service.understanding_fixtures import embedding, taught  # noqa: F401  (fixtures)
from tests.scripted_engine_fixture import ScriptedEngine, endpoint_of

HANDBOOK = (
    ("Delivery", "Delivery inside the city takes two to four working days and costs 12 yuan."),
    ("Returns", "Unopened tea can be returned within 30 days. We pay the return postage."),
    ("退货", "未开封的茶叶可在收到后30天内退货，退货运费由我们承担。"),
    ("Gifts", "Gift wrapping is free for orders above 200 yuan."),
)


@pytest.fixture
def collection(alice_actor: Actor) -> Collection:
    return Collection.objects.create(organisation=alice_actor.organisation, name="Handbook", language="en")


@pytest.fixture
def handbook(collection: Collection) -> Document:
    document = Document(
        organisation=collection.organisation, collection=collection, title="Handbook", file_name="handbook.md"
    )
    document.digest = "0" * 64
    document.file.save("handbook.md", ContentFile(b"kept by the test"), save=False)
    document.save()
    ingestion.store_passages(document, [Cut(heading, text) for heading, text in HANDBOOK])
    return document


@pytest.fixture
def engine(scripted_engine: ScriptedEngine, alice_actor: Actor) -> ScriptedEngine:
    """Chat only: without embeddings passages are found by their words."""
    endpoint_of(scripted_engine, alice_actor, Purpose.CHAT, name="engine")
    return scripted_engine


@pytest.fixture
def channel(alice_actor: Actor, handbook: Document) -> Channel:
    made = Channel.objects.create(organisation=alice_actor.organisation, name="Tea chat", language="en")
    made.collections.add(handbook.collection)
    return made


@pytest.fixture
def rival_channel(bob_actor: Actor) -> Channel:
    return Channel.objects.create(organisation=bob_actor.organisation, name="Rival chat", language="en")


@dataclass
class Desk:
    """What tests do at the desk, in few words."""

    actor: Actor
    channel: Channel

    def open(self, message: str | None = None, **fields: Any) -> ReceivedMessage:
        return services.start_conversation(
            self.actor, channel=self.channel, visitor=Visitor("visitor-1", "Vera"), message=message, **fields
        )

    def ask(self, conversation: Conversation, text: str, **fields: Any) -> ReceivedMessage:
        return services.receive_message(self.actor, conversation_id=conversation.pk, text=text, **fields)

    def work(self, job: Job | None) -> Job:
        """What the worker does with the job's message."""
        assert job is not None
        runs.execute(job.pk)
        return Job.objects.get(pk=job.pk)

    def messages(self, conversation: Conversation) -> list[Message]:
        return list(Message.objects.filter(conversation=conversation).order_by("ordinal"))


@pytest.fixture
def desk(alice_actor: Actor, channel: Channel) -> Desk:
    return Desk(alice_actor, channel)


Say = Callable[[str], None]


@pytest.fixture
def says(engine: ScriptedEngine) -> Say:
    """What the model will answer next."""
    return lambda text: engine.script({"text": text})
