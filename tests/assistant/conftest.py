"""A member with a handbook to search, a model that answers what a test says, and answers that a worker's job made."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, User
from apps.assistant import selectors, services
from apps.assistant.models import Chat, ChatMessage
from apps.assistant.services import NewQuestion
from apps.jobs import runs
from apps.knowledge.models import Document
from tests.customer_service.conftest import collection, handbook  # noqa: F401  (fixtures)
from tests.scripted_engine_fixture import ScriptedEngine

Says = Callable[..., None]
Ask = Callable[..., ChatMessage]


@pytest.fixture
def says(engine: ScriptedEngine) -> Says:
    return lambda *texts: engine.script(*({"text": text} for text in texts))


@pytest.fixture
def colleague_actor(charlie: User) -> Actor:
    return Actor.from_member(Membership.objects.select_related("organisation", "user").get(user=charlie))


@pytest.fixture
def ask(alice_actor: Actor) -> Ask:
    """Asks in a new chat, or goes on in one, and answers as a worker would."""

    def ask(text: str, chat: Chat | None = None, **fields: Any) -> ChatMessage:
        if chat is None:
            chat = services.start_chat(alice_actor, NewQuestion(text, **fields))
            answer = selectors.message_list(chat).latest("id")
        else:
            fields.setdefault("parent", selectors.branch(list(selectors.message_list(chat)))[-1].pk)
            answer = services.send_message(alice_actor, chat, NewQuestion(text, **fields))
        return answered(answer)

    return ask


@pytest.fixture
def chat(ask: Ask, says: Says) -> Chat:
    says("The harvest of jasmine begins in May.")
    return ask("When does the harvest begin?").chat


@pytest.fixture
def documents(handbook: Document) -> list[Any]:  # noqa: F811
    return [handbook.collection_id]


def answered(answer: ChatMessage) -> ChatMessage:
    """What a worker does with an answer's job."""
    assert answer.job
    runs.execute(answer.job.pk)
    return ChatMessage.objects.select_related("job", "chat").get(pk=answer.pk)
