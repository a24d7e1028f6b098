from collections.abc import Callable
from typing import Any

import pytest

from apps.accounts.actors import Actor
from apps.inference.models import Endpoint, Purpose
from llm_backend import prompts
from llm_backend.prompts import RenderedPrompt
from tests.scripted_engine_fixture import ScriptedEngine


@pytest.fixture
def question() -> RenderedPrompt:
    source = "---\nvariables: [question]\n---\n## user\n{{ question }}"
    return prompts.parse(source, name="ask").render(question="When do you open?")


MakeEndpoint = Callable[..., Endpoint]


@pytest.fixture
def make_endpoint(scripted_engine: ScriptedEngine, alice_actor: Actor) -> MakeEndpoint:
    def make(**fields: Any) -> Endpoint:
        settings = {
            "organisation": alice_actor.organisation,
            "name": "engine",
            "purpose": Purpose.CHAT,
            "url": scripted_engine.url,
            "model": "scripted",
        }
        return Endpoint.objects.create(**settings | fields)

    return make


@pytest.fixture
def endpoint(make_endpoint: MakeEndpoint) -> Endpoint:
    return make_endpoint()
