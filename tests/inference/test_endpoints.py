from typing import Any

import pytest
from django.db import connection

from apps.accounts.actors import Actor
from apps.core.errors import InvalidInput
from apps.inference import endpoints
from apps.inference.models import Endpoint

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
        "file:///etc/passwd",
        "nonsense",
    ],
)
def test_some_addresses_are_refused(alice_actor: Actor, url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        endpoints.create_endpoint(alice_actor, **NEW | {"url": url})
    assert "url" in caught.value.fields


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
