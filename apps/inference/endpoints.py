"""Registering the servers that models run on."""

from collections.abc import Mapping
from copy import copy
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts import confirmations
from apps.accounts.actors import Actor, requires_permission
from apps.accounts.models import Confirmation
from apps.audit import services as audit
from apps.core import ssrf_guard
from apps.core.models import full_clean
from apps.inference import endpoint_status, model_changes, selectors
from apps.inference.models import ContractResult, Endpoint, Purpose
from llm_backend.chat import api_root

LOOPBACK = "127.0.0.1"
# The embedding server batches by itself; this only keeps a flood from it.
EMBEDDING_CONCURRENCY = 64
VOICE = "default synthesis"
# The embedded voice reads one text after the other, two minutes of sound at most, on a machine that has other work.
VOICE_SECONDS = 600


@requires_permission("inference.manage")
@transaction.atomic
def create_endpoint(actor: Actor, /, **fields: Any) -> Endpoint | Confirmation:
    """Where there are patient records, an owner confirms first: their words would go to this server."""
    endpoint = _validate(Endpoint(organisation=actor.organisation, **fields))
    if confirmations.is_needed(actor):
        return _ask_owner(actor, endpoint, {"endpoint_id": None, "fields": fields})
    _save(endpoint)
    audit.record(actor, action="endpoint.created", target=endpoint, details={"url": endpoint.url})
    return endpoint


@requires_permission("inference.manage")
@transaction.atomic
def change_endpoint(actor: Actor, /, endpoint: Endpoint, **fields: Any) -> Endpoint | Confirmation:
    """A key that is not sent stays as it is, unless the address changes: no other server gets to see it.

    Where there are patient records, an owner confirms another address first.
    """
    is_moved = fields.get("url", endpoint.url) != endpoint.url
    if is_moved:
        fields.setdefault("api_key", "")
    # On a copy: what is refused, or waits for an owner, must leave the caller's row as it is.
    draft = copy(endpoint)
    for name, value in fields.items():
        setattr(draft, name, value)
    _validate(draft)
    if is_moved and confirmations.is_needed(actor):
        return _ask_owner(actor, draft, {"endpoint_id": endpoint.pk, "fields": fields})
    details: dict[str, object] = {"fields": sorted(fields)} | ({"url": draft.url} if is_moved else {})
    if draft.model != endpoint.model:
        # As it was known then: dashboards show it beside the change.
        exams = model_changes.difference(actor.organisation, endpoint.model, draft.model)
        details |= {"before": endpoint.model, "after": draft.model, "exams": exams}
    audit.record(actor, action="endpoint.changed", target=draft, details=details)
    if is_moved:
        # What was found of another server says nothing of this one, whatever its model is called.
        ContractResult.objects.filter(endpoint=draft).delete()
    _save(draft)
    return draft


@requires_permission("inference.manage")
@transaction.atomic
def delete_endpoint(actor: Actor, endpoint: Endpoint) -> None:
    audit.record(actor, action="endpoint.deleted", target=endpoint, details={"url": endpoint.url})
    endpoint.delete()
    selectors.clear_candidates()


@transaction.atomic
def ensure_default_endpoints() -> list[Endpoint]:
    """The shared endpoints of the installation, as the settings say. Run it after every migrate."""
    defaults = [
        ("default", Purpose.CHAT, settings.LLM_ENDPOINT, settings.LLM_MODEL, settings.LLM_API_KEY),
        (
            "default embedding",
            Purpose.EMBEDDING,
            settings.EMBEDDING_ENDPOINT,
            settings.EMBEDDING_MODEL,
            settings.EMBEDDING_API_KEY,
        ),
        (
            VOICE,
            Purpose.SYNTHESIS,
            settings.SYNTHESIS_ENDPOINT,
            settings.SYNTHESIS_MODEL,
            settings.SYNTHESIS_API_KEY,
        ),
    ]
    if not settings.SYNTHESIS_ENDPOINT:
        # Pages offer to read aloud where there is an endpoint.
        Endpoint.objects.shared().filter(name=VOICE).delete()
    known_urls = dict(Endpoint.objects.shared().values_list("name", "url"))
    saved_endpoints = [
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
        for name, purpose, url, model, key in defaults
        if url
    ]
    for endpoint in saved_endpoints:
        _clear_status_of_old_server(endpoint, known_urls.get(endpoint.name, endpoint.url))
    selectors.clear_candidates()
    return saved_endpoints


def _clear_status_of_old_server(endpoint: Endpoint, known_url: str) -> None:
    """The embedded engine is the same one at another port of this machine, which it gets when its own is taken."""
    hosts = {urlsplit(known_url).hostname, urlsplit(endpoint.url).hostname}
    if known_url != endpoint.url and hosts != {LOOPBACK}:
        ContractResult.objects.filter(endpoint=endpoint).delete()
        endpoint_status.forget(endpoint.pk)


def _settings_of(purpose: Purpose) -> dict[str, str | int]:
    if purpose == Purpose.EMBEDDING:
        return {"max_concurrency": EMBEDDING_CONCURRENCY}
    if purpose == Purpose.SYNTHESIS:
        return {"max_concurrency": 1, "first_token_seconds": VOICE_SECONDS}
    return {
        "provider": settings.LLM_PROVIDER,
        "max_concurrency": settings.LLM_MAX_CONCURRENCY,
        "context_tokens": settings.LLM_CONTEXT_TOKENS,
    }


def _save_confirmed(actor: Actor, payload: Mapping[str, Any]) -> None:
    # The actor is the owner who confirmed, so neither call asks an owner again.
    if payload["endpoint_id"] is None:
        create_endpoint(actor, **payload["fields"])
        return
    endpoint = Endpoint.objects.within(actor.organisation).one(pk=payload["endpoint_id"])
    change_endpoint(actor, endpoint, **payload["fields"])


MODEL_SERVER = confirmations.register(
    confirmations.Change("inference.endpoint", _("Send text to another model endpoint"), _save_confirmed)
)


def _ask_owner(actor: Actor, endpoint: Endpoint, payload: Mapping[str, Any]) -> Confirmation:
    subject = f"{endpoint.name} ({endpoint.get_purpose_display()}): {endpoint.url}"
    return confirmations.request_confirmation(actor, MODEL_SERVER, subject=subject, payload=payload)


def _validate(endpoint: Endpoint) -> Endpoint:
    endpoint.url = api_root(endpoint.url)
    ssrf_guard.check_api_url(endpoint.url)
    full_clean(endpoint)
    return endpoint


def _save(endpoint: Endpoint) -> None:
    endpoint.save()
    selectors.clear_candidates()
    endpoint_status.forget(endpoint.pk)
