"""One endpoint's page: what lives on it, what it never shows, what each kind of server is set up with."""

from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.actors import Actor
from apps.inference import endpoint_status, endpoints
from apps.inference.models import Endpoint, InferenceCall
from llm_backend import event_loop, providers
from tests.conftest import ApiClient
from tests.inference.conftest import MakeEndpoint
from tests.llm_backend.test_engine_metrics import VLLM
from tests.loopback_server import Reply, serving

pytestmark = pytest.mark.django_db

MODELS = Reply(b'{"data": [{"id": "scripted"}]}', content_type="application/json")


def look(endpoint: Endpoint) -> None:
    event_loop.run(endpoint_status.look(endpoint.pk, endpoint.chat_server()))


def live(browser: Client, endpoint_id: UUID) -> str:
    address = reverse("inference:endpoint", args=[endpoint_id])
    return browser.get(address, headers={"HX-Request": "true", "HX-Target": "live"}).content.decode()


def test_the_page_shows_what_the_engine_says_of_itself(
    alice_browser: Client, make_endpoint: MakeEndpoint
) -> None:
    metrics = Reply(VLLM.encode())
    with serving({"/v1/models": MODELS, "/metrics": metrics}) as server:
        endpoint = make_endpoint(url=server.url, provider="vllm")
        look(endpoint)
        metrics.body = VLLM.replace("500.0", "900.0").encode()
        look(endpoint)
        standing = endpoint_status.latest(endpoint)
        part = live(alice_browser, endpoint.pk)
    assert "<html" not in part
    assert "75%" in part
    assert "4 waiting in the engine" in part
    assert standing
    assert standing.tokens_per_second
    assert standing.tokens_per_second > 0


def test_a_page_waits_for_no_engine(alice_browser: Client, make_endpoint: MakeEndpoint) -> None:
    endpoint = make_endpoint(url="http://127.0.0.1:9", provider="vllm")
    assert 'aria-busy="true"' in live(alice_browser, endpoint.pk)
    look(endpoint)
    assert "Cannot connect to the model" in live(alice_browser, endpoint.pk)


@pytest.mark.parametrize(
    ("status", "sentence"),
    [(401, "rejected the API key"), (500, "not responding"), (429, "busy")],
)
def test_each_fault_has_its_sentence(
    alice_browser: Client, make_endpoint: MakeEndpoint, status: int, sentence: str
) -> None:
    with serving({"*": Reply(status=status)}) as server:
        endpoint = make_endpoint(url=server.url)
        look(endpoint)
    assert sentence in live(alice_browser, endpoint.pk)


def test_a_model_that_the_server_does_not_list_is_told(
    alice_browser: Client, make_endpoint: MakeEndpoint
) -> None:
    with serving({"*": MODELS}) as server:
        endpoint = make_endpoint(url=server.url, model="another")
        look(endpoint)
    assert "does not list this model" in live(alice_browser, endpoint.pk)


def test_the_ledger_says_how_fast_and_what_was_refused_last(
    alice_actor: Actor, alice_browser: Client, endpoint: Endpoint
) -> None:
    def call(**fields: object) -> None:
        InferenceCall.objects.create(
            organisation=alice_actor.organisation, endpoint=endpoint, purpose="chat", model="m", **fields
        )

    call(status="succeeded", output_tokens=600)
    call(status="failed", error_code="model_refused_key")
    look(endpoint)
    part = live(alice_browser, endpoint.pk)
    assert ">2.0<" in part
    assert "2 calls, 1 failed" in part
    assert "rejected the API key" in part


def test_a_shared_endpoint_is_shown_without_its_address(
    alice_browser: Client, make_endpoint: MakeEndpoint
) -> None:
    shared = make_endpoint(organisation=None, url="http://10.1.2.3:8000/v1")
    page = alice_browser.get(reverse("inference:endpoint", args=[shared.pk])).content.decode()
    assert "10.1.2.3" not in page
    assert reverse("inference:change_endpoint", args=[shared.pk]) not in page


def test_a_changed_endpoint_is_looked_at_anew(alice_actor: Actor, make_endpoint: MakeEndpoint) -> None:
    with serving({"*": MODELS}) as server:
        endpoint = make_endpoint(url=server.url)
        look(endpoint)
    endpoints.change_endpoint(alice_actor, endpoint, url="http://127.0.0.1:9")
    assert endpoint_status.latest(endpoint) is None


@pytest.mark.parametrize("name", providers.presets())
def test_choosing_a_kind_of_server_fills_in_its_address(alice_browser: Client, name: str) -> None:
    page = alice_browser.get(reverse("inference:create_endpoint"), {"provider": name, "name": "mine"})
    initial = page.context["form"].initial
    assert (initial["url"], initial["name"]) == (providers.preset(name).url, "mine")


def test_an_unknown_kind_of_server_is_refused(alice_api: ApiClient) -> None:
    body = {"name": "x", "purpose": "chat", "url": "https://x.example/v1", "model": "m", "provider": "nope"}
    refused = alice_api.post("/api/v1/inference/endpoints/", body, content_type="application/json")
    assert refused.status_code == 400
    assert "provider" in refused.json()["error"]["fields"]


def test_no_endpoint_exists_until_somebody_makes_one(db: None) -> None:
    assert not Endpoint.objects.exists()


def test_the_api_tells_health_without_waiting(alice_api: ApiClient, make_endpoint: MakeEndpoint) -> None:
    with serving({"/v1/models": MODELS, "/metrics": Reply(VLLM.encode())}) as server:
        endpoint = make_endpoint(url=server.url, provider="vllm")
        address = f"/api/v1/inference/endpoints/{endpoint.pk}/health/"
        assert alice_api.get(address).json()["seen_at"] is None
        look(endpoint)
        health = alice_api.get(address).json()
    assert (health["error_code"], health["engine"]["kv_cache_use"]) == ("", 0.75)


def test_the_api_lists_the_kinds_of_servers(alice_api: ApiClient) -> None:
    listed = alice_api.get("/api/v1/inference/endpoints/providers/").json()
    assert [row["name"] for row in listed] == list(providers.presets())
