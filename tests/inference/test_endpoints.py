import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from apps.accounts.actors import Actor
from apps.core.errors import InvalidInput
from apps.inference import endpoints, selectors
from apps.inference.models import ContractResult, Endpoint, Purpose
from llm_backend import event_loop, probe
from tests.loopback_server import Reply, serving
from tests.scripted_engine_fixture import ROOT

pytestmark = pytest.mark.django_db

NEW = {"name": "big", "purpose": "chat", "url": "https://models.example.com/v1", "model": "m"}


def test_the_key_is_encrypted_in_the_database(alice_actor: Actor) -> None:
    endpoint = endpoints.create_endpoint(alice_actor, **NEW, api_key="very-secret")
    with connection.cursor() as cursor:
        cursor.execute("SELECT api_key FROM inference_endpoint")
        [stored] = cursor.fetchone()
    assert "very-secret" not in stored
    assert Endpoint.objects.get(pk=endpoint.pk).api_key == "very-secret"


def test_a_changed_address_does_not_get_the_old_key(alice_actor: Actor) -> None:
    endpoint = endpoints.create_endpoint(alice_actor, **NEW, api_key="very-secret")
    endpoints.change_endpoint(alice_actor, endpoint, name="bigger")
    assert Endpoint.objects.get().api_key == "very-secret"
    endpoints.change_endpoint(alice_actor, endpoint, url="https://elsewhere.example.com/v1")
    assert Endpoint.objects.get().api_key == ""


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/v1",
        "http://metadata.google.internal/v1",
        "http://[fe80::1]/v1",
        "http://0.0.0.0/v1",
        "https://user:password@models.example.com/v1",
        "http://168.63.129.16/v1",
        "http://[fd00:ec2::254]/v1",
        "http://10.1.2.3/v1",
        "http://localhost:11434/v1",
        "http://[::ffff:127.0.0.1]/v1",
        "https://models.example.com/v1?x=",
        "https://models.example.com/v1#",
        "https://models.example.com/../admin",
        "https://models.example.com/%2e%2e/admin",
        "https://models.example.com//v1",
        "https://models.example.com\\@inside/v1",
        "https://models.example.com/v1 ",
        "https://@models.example.com/v1",
        "file:///etc/passwd",
        "nonsense",
    ],
)
def test_some_addresses_are_refused(alice_actor: Actor, url: str, settings: Any) -> None:
    settings.PRIVATE_NETWORKS = ()
    with pytest.raises(InvalidInput) as caught:
        endpoints.create_endpoint(alice_actor, **NEW | {"url": url})
    assert "url" in caught.value.fields


@pytest.mark.parametrize(
    ("url", "has_way"),
    [("http://10.1.2.3/v1", True), ("http://169.254.169.254/v1", False), ("http://metadata.goog/v1", False)],
)
def test_only_what_an_operator_can_allow_is_refused_with_that_advice(
    alice_actor: Actor, url: str, has_way: bool, settings: Any
) -> None:
    settings.PRIVATE_NETWORKS = ()
    with pytest.raises(InvalidInput) as caught:
        endpoints.create_endpoint(alice_actor, **NEW | {"url": url})
    assert ("PRIVATE_NETWORKS" in str(caught.value.fields["url"])) is has_way


@pytest.mark.parametrize("call", ["/chat/completions", "/chat/completions/", "/embeddings"])
def test_the_address_of_a_call_is_that_of_its_server(alice_actor: Actor, call: str) -> None:
    endpoints.create_endpoint(alice_actor, **NEW | {"url": f"https://models.example.com/v1{call}"})
    assert Endpoint.objects.get().url == "https://models.example.com/v1"


@pytest.mark.parametrize("price", ["input_price", "output_price", "cached_input_price"])
def test_no_price_is_below_zero(alice_actor: Actor, price: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        endpoints.create_endpoint(alice_actor, **NEW | {price: Decimal(-1)})
    assert price in caught.value.fields


def test_the_installations_endpoints_follow_its_settings(settings: Any) -> None:
    settings.LLM_ENDPOINT, settings.EMBEDDING_ENDPOINT = "http://127.0.0.1:1/v1", "http://127.0.0.1:2/v1"
    endpoints.ensure_default_endpoints()
    settings.LLM_MODEL, settings.LLM_PROVIDER = "another", "vllm"
    endpoints.ensure_default_endpoints()
    made = Endpoint.objects.shared().order_by("purpose")
    assert [(endpoint.purpose, endpoint.url) for endpoint in made] == [
        ("chat", "http://127.0.0.1:1/v1"),
        ("embedding", "http://127.0.0.1:2/v1"),
    ]
    assert (made[0].model, made[0].provider) == ("another", "vllm")


@pytest.mark.parametrize(
    ("moved_to", "is_known"), [("http://gpu.example:8000/v1", False), ("http://127.0.0.1:2/v1", True)]
)
def test_what_was_found_of_one_server_is_not_believed_of_the_next(
    alice_actor: Actor, settings: Any, moved_to: str, is_known: bool
) -> None:
    settings.LLM_ENDPOINT, settings.EMBEDDING_ENDPOINT = "http://127.0.0.1:1/v1", ""
    [endpoint] = endpoints.ensure_default_endpoints()
    passed = [{"name": selectors.READING, "outcome": "passed"}]
    ContractResult.objects.create(
        organisation=alice_actor.organisation, endpoint=endpoint, model=endpoint.model, checks=passed
    )
    settings.LLM_ENDPOINT = moved_to
    [moved] = endpoints.ensure_default_endpoints()
    assert selectors.reads_reliably(moved) is is_known


def test_the_embedded_voice_is_an_endpoint_for_as_long_as_it_is_served(settings: Any) -> None:
    settings.LLM_ENDPOINT = settings.EMBEDDING_ENDPOINT = ""
    settings.SYNTHESIS_ENDPOINT, settings.SYNTHESIS_API_KEY = "http://127.0.0.1:3/v1", "a key"
    [voice] = endpoints.ensure_default_endpoints()
    assert (voice.purpose, voice.model, voice.max_concurrency) == ("synthesis", "kokoro-82m", 1)
    assert voice.synthesis_server().api_key == "a key"

    settings.SYNTHESIS_ENDPOINT = ""
    endpoints.ensure_default_endpoints()
    assert not Endpoint.objects.exists()


def test_an_organisations_endpoint_stays_out_of_private_networks_and_the_operators_does_not(
    alice_actor: Actor, settings: Any
) -> None:
    """By name too: it is the address of the connection that counts."""
    with serving({"*": Reply(b'{"data": []}', content_type="application/json")}) as server:
        url = server.url.replace("127.0.0.1", "localhost") + "/v1"
        own = endpoints.create_endpoint(alice_actor, **NEW | {"url": url})
        shared = Endpoint.objects.create(name="shared", purpose=Purpose.CHAT, url=url, model="m")
        settings.PRIVATE_NETWORKS = ()

        refused = event_loop.run(probe.observe(own.chat_server()))
        answered = event_loop.run(probe.observe(shared.chat_server()))

    assert refused.error_code == "model_refused_connection"
    assert answered.error_code == ""
    assert own.embedding_server().guard == own.guard != shared.guard
    assert {request["path"] for request in server.requests} <= {"/v1/models", "/metrics"}
    assert len([each for each in server.requests if each["path"] == "/v1/models"]) == 1


def test_every_client_of_models_asks_the_guard() -> None:
    """A session without one trusts the address: only the operator's own may."""
    bare = re.compile(r"chat\.session\(\)|ClientSession\(|requests\.(get|post)|httpx\.")
    allowed = {
        "llm_backend/chat.py",
        "apps/core/ssrf_guard.py",
        "apps/customer_service/messengers/platform_calls.py",
    }
    found = {
        str(path.relative_to(ROOT))
        for folder in ("apps", "llm_backend")
        for path in (ROOT / folder).rglob("*.py")
        if bare.search(path.read_text())
    }

    assert found - {"apps/customer_service/demo_client.py"} <= allowed


def test_a_check_says_nothing_of_the_server_that_an_endpoint_moves_to(alice_actor: Actor) -> None:
    endpoint = endpoints.create_endpoint(alice_actor, **NEW)
    assert isinstance(endpoint, Endpoint)
    ContractResult.objects.create(
        organisation=alice_actor.organisation,
        endpoint=endpoint,
        model="m",
        provider=endpoint.provider,
        checks=[{"name": selectors.READING, "outcome": "passed"}],
    )
    assert selectors.reads_reliably(endpoint)

    renamed = endpoints.change_endpoint(alice_actor, endpoint, name="bigger")
    assert isinstance(renamed, Endpoint)
    assert selectors.reads_reliably(renamed)
    moved = endpoints.change_endpoint(alice_actor, renamed, url="https://elsewhere.example.com/v1")
    assert isinstance(moved, Endpoint)
    assert not selectors.reads_reliably(moved)


def test_an_endpoint_that_a_run_names_is_read_once_and_again_when_it_changed(
    alice_actor: Actor, django_assert_num_queries: Any
) -> None:
    endpoint = endpoints.create_endpoint(alice_actor, **NEW)
    assert isinstance(endpoint, Endpoint)
    with django_assert_num_queries(1):
        for _question in range(3):
            assert selectors.only(alice_actor.organisation, endpoint.pk) == [endpoint]

    endpoints.change_endpoint(alice_actor, endpoint, model="bigger")

    [changed] = selectors.only(alice_actor.organisation, endpoint.pk)
    assert changed.model == "bigger"
