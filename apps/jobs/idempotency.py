"""`Idempotency-Key` on every request of the API that makes something: sent again, it makes nothing a second time.

The key and what was made become true in one transaction; of two requests at once, the second waits for the first. Only
the id of what was made is kept. A repeated request is answered with that row as it is now, read like any other: no
secret or patient's word is stored for it, and whoever lost the permission meanwhile gets nothing.
"""

import hashlib
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.urls import ResolverMatch, resolve
from django.utils.translation import gettext_lazy as _

from apps.accounts import authentication
from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.core.api import error_json
from apps.core.errors import ApplicationError, InvalidInput, NotAuthenticated
from apps.jobs.models import IdempotencyKey
from apps.jobs.services import fingerprint_of, require_same_content
from apps.privacy import retention_rules
from apps.privacy.retention_rules import RetentionRule

HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"
MAX_KEY_CHARACTERS = 128
SUCCESS_STATUSES = (201, 202)

View = Callable[..., HttpResponseBase]

retention_rules.register(
    RetentionRule(
        "idempotency_keys",
        _("Idempotency keys of the API"),
        _("Organisation"),
        # Clients try again for minutes; behind a key that comes back a day later is a new request.
        days=1,
        rows=IdempotencyKey.objects.all(),
        since="created_at",
    ),
)


def idempotent_requests(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Any:
    """The middleware."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        return get_response(request)

    answer.process_view = _once  # type: ignore[attr-defined]
    return answer


def id_made_once(organisation: Organisation, *, owner: str, key: str, fingerprint: str, new_id: UUID) -> UUID:
    """What the first request with the key makes: `new_id`, to be made in the same transaction, or what an earlier one
    made. For callers whose keys are not the actor's. Raises Conflict for a key that came with other content.
    """
    row = IdempotencyKey(
        organisation=organisation, owner=owner, key=key, fingerprint=fingerprint, made=new_id
    )
    try:
        # Of two at once, the second waits here for the first one's end.
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        earlier = IdempotencyKey.objects.filter(owner=owner, key=key).first()
        if earlier is None or earlier.made is None:
            raise
        require_same_content(earlier.fingerprint, fingerprint)
        return earlier.made
    return new_id


def require_unused(owner: str, key: str) -> None:
    """Raises Conflict where `id_made_once` has made something else with the key."""
    if IdempotencyKey.objects.filter(owner=owner, key=key).exists():
        require_same_content("", key)


def _once(
    request: HttpRequest, view: View, args: list[Any], kwargs: dict[str, Any]
) -> HttpResponseBase | None:
    key = request.headers.get(HEADER, "")
    if request.method != "POST" or not key or not request.path.startswith("/api/"):
        return None
    try:
        actor = authentication.request_actor(request)
        if len(key) > MAX_KEY_CHARACTERS:
            raise InvalidInput(
                _("An idempotency key can have at most 128 characters."), code="idempotency_key"
            )
        return _make_or_answer_again(request, actor, lambda: view(request, *args, **kwargs))
    except NotAuthenticated:
        # A visitor, whose keys count within the conversation, or nobody: the view tells them apart.
        return None
    except ApplicationError as error:
        return error_json(error)


def _make_or_answer_again(
    request: HttpRequest, actor: Actor, make: Callable[[], HttpResponseBase]
) -> HttpResponseBase:
    row = IdempotencyKey(
        organisation=actor.organisation,
        owner=actor.throttle_key,
        key=request.headers[HEADER],
        fingerprint=fingerprint_of(request.path, _content_digest(request)),
    )
    try:
        # The key and what is made stand or fall together; a second request with it waits here for the first one's end.
        with transaction.atomic():
            row.save(force_insert=True)
            return _make_and_note(request, row, make)
    except IntegrityError:
        earlier = IdempotencyKey.objects.filter(owner=row.owner, key=row.key).first()
        if earlier is None:
            raise
    require_same_content(earlier.fingerprint, row.fingerprint)
    return _answer_again(request, earlier)


def _make_and_note(
    request: HttpRequest, row: IdempotencyKey, make: Callable[[], HttpResponseBase]
) -> HttpResponseBase:
    """Makes it and notes its id. A refused request leaves nothing, and its key free for the next try."""
    answer = make()
    # The API renders late, and what fails there must fail inside of the transaction.
    if hasattr(answer, "render"):
        answer = answer.render()
    body = getattr(answer, "data", None)
    made_id = body.get("id") if isinstance(body, dict) else None
    if answer.status_code >= 400:
        transaction.set_rollback(True)
    # 202 is remembered only where the id can be read back at this address.
    elif made_id and (answer.status_code == 201 or (answer.status_code == 202 and _reader(request, made_id))):
        row.made, row.status = UUID(str(made_id)), answer.status_code
        row.save(update_fields=["made", "status"])
    else:
        row.delete()
    return answer


def _answer_again(request: HttpRequest, earlier: IdempotencyKey) -> HttpResponseBase:
    """Answers with the row as it is now. Where no view shows a single one, its id has to do: secrets are told once."""
    reader = _reader(request, earlier.made)
    if reader is None:
        return JsonResponse(
            {"id": str(earlier.made)}, status=earlier.status, headers={REPLAYED_HEADER: "true"}
        )
    # The view checks the sender's permissions as for any other read.
    request.method = "GET"
    answer: HttpResponseBase = reader.func(request, *reader.args, **reader.kwargs)
    if answer.status_code == 200:
        answer.status_code = earlier.status
        answer[REPLAYED_HEADER] = "true"
    return answer


def _reader(request: HttpRequest, row_id: object) -> ResolverMatch | None:
    """The view that shows one of what the address makes."""
    try:
        match = resolve(f"{request.path}{row_id}/")
    except Http404:
        # Some things are made at an address that shows none of them.
        return None
    return match if "get" in getattr(match.func, "actions", ()) else None


def _content_digest(request: HttpRequest) -> str:
    digest = hashlib.sha256()
    # A form with files has another boundary in each request, so its parts are compared and not its bytes.
    if request.content_type != "multipart/form-data":
        digest.update(request.body)
        return digest.hexdigest()
    for name, values in sorted(request.POST.lists()):
        digest.update(repr((name, values)).encode("utf-8", "surrogatepass"))
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            digest.update(repr((name, file.name)).encode("utf-8", "surrogatepass"))
            for chunk in file.chunks():
                digest.update(chunk)
            file.seek(0)
    return digest.hexdigest()
