"""Registering the servers that models run on."""

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.audit import services as audit
from apps.core.errors import InvalidInput, Text
from apps.inference import observation, selectors
from apps.inference.models import Endpoint, Purpose

# The embedding server batches by itself; this only keeps a flood from it.
EMBEDDING_CONCURRENCY = 64


@transaction.atomic
def create_endpoint(actor: Actor, **fields: Any) -> Endpoint:
    endpoint = _saved(Endpoint(organisation=actor.organisation, **fields))
    audit.record(actor, action="endpoint.created", target=endpoint, details={"url": endpoint.url})
    return endpoint


@transaction.atomic
def change_endpoint(actor: Actor, endpoint: Endpoint, **fields: Any) -> Endpoint:
    """A key that is not sent stays as it is, unless the address changes: no other server gets to see it."""
    if fields.get("url", endpoint.url) != endpoint.url:
        fields.setdefault("api_key", "")
    for name, value in fields.items():
        setattr(endpoint, name, value)
    audit.record(actor, action="endpoint.changed", target=endpoint, details={"fields": sorted(fields)})
    return _saved(endpoint)


@transaction.atomic
def delete_endpoint(actor: Actor, endpoint: Endpoint) -> None:
    audit.record(actor, action="endpoint.deleted", target=endpoint, details={"url": endpoint.url})
    endpoint.delete()
    selectors.forget_candidates()


@transaction.atomic
def ensure_default_endpoints() -> list[Endpoint]:
    """The shared endpoints of the installation, as the settings say. Run it after every migrate."""
    wanted = [
        ("default", Purpose.CHAT, settings.LLM_ENDPOINT, settings.LLM_MODEL, settings.LLM_API_KEY),
        (
            "default embedding",
            Purpose.EMBEDDING,
            settings.EMBEDDING_ENDPOINT,
            settings.EMBEDDING_MODEL,
            settings.EMBEDDING_API_KEY,
        ),
    ]
    made = [
        Endpoint.objects.update_or_create(
            organisation=None,
            name=name,
            defaults={
                "purpose": purpose,
                "url": url,
                "model": model,
                "api_key": key,
                **_settings_of(purpose),
            },
        )[0]
        for name, purpose, url, model, key in wanted
        if url
    ]
    selectors.forget_candidates()
    return made


def _settings_of(purpose: Purpose) -> dict[str, str | int]:
    if purpose == Purpose.EMBEDDING:
        return {"max_concurrency": EMBEDDING_CONCURRENCY}
    return {
        "provider": settings.LLM_PROVIDER,
        "max_concurrency": settings.LLM_MAX_CONCURRENCY,
        "context_tokens": settings.LLM_CONTEXT_TOKENS,
    }


def _saved(endpoint: Endpoint) -> Endpoint:
    _check_address(endpoint.url)
    try:
        endpoint.full_clean()
    except ValidationError as error:
        fields: dict[str, list[Text]] = {name: [*lines] for name, lines in error.message_dict.items()}
        raise InvalidInput(fields=fields) from error
    endpoint.save()
    selectors.forget_candidates()
    observation.forget(endpoint.pk)
    return endpoint


def _check_address(url: str) -> None:
    """Model servers may stand in the private network; a cloud's metadata service is none."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise InvalidInput(
            fields={"url": [_("Write an address such as https://models.example.com/v1, without a password.")]}
        )
    if _is_forbidden(parts.hostname):
        raise InvalidInput(fields={"url": [_("No model can be served from this address.")]})


def _is_forbidden(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.rstrip(".").endswith(".internal")
    return address.is_link_local or address.is_multicast or address.is_unspecified
