from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Avg, Count, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import TruncDay
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organisation
from apps.core.errors import Text
from apps.core.models import OrganisationQuerySet
from apps.core.row_pages import RowPage, largest_rows, newest_rows
from apps.core.ttl_cache import TTLCache
from apps.inference import breaker, endpoint_status, permits
from apps.inference.models import ContractResult, Endpoint, EndpointQuerySet, InferenceCall, Purpose, Quota
from apps.jobs import job_types
from apps.jobs import selectors as jobs
from apps.jobs.subjects import Subject, of_rows
from llm_backend.contract.results import Outcome

_candidates = TTLCache[list[Endpoint]](seconds=5)
_reading = TTLCache[bool](seconds=5)

# The check whose outcome decides whether people see what the endpoint writes.
READING = "reading"
# Whether the assistant lets it choose tools.
CHOOSING = "choosing"
# Of endpoints for pictures: whether they are shown any.
PICTURE = "picture"

# A general model can do what no endpoint was set up for; an embedding model cannot.
STANDS_IN = {
    Purpose.EXTRACTION: Purpose.CHAT,
    Purpose.REASONING: Purpose.CHAT,
    Purpose.ASSISTANT: Purpose.CHAT,
}
# Of endpoints that talk with people: one of them may be tried, or chosen, in the place of the others.
TALKING = (Purpose.CHAT, Purpose.ASSISTANT)

RECENT = timedelta(minutes=5)
# What an administrator has to settle; nothing gets better by waiting.
REFUSALS = (
    "model_refused_key",
    "model_account_empty",
    "model_certificate_invalid",
    "model_rejected_request",
)

GROUPS = {
    "day": TruncDay("created_at"),
    "purpose": "purpose",
    "model": "model",
    "prompt": "prompt_name",
    "member": "member__user__email",
    "api_key": "api_key__name",
    "status": "status",
}

GROUP_LABELS = {
    "model": _("Model"),
    "purpose": _("Purpose"),
    "prompt": _("Prompt"),
    "day": _("Day"),
    "member": _("Member"),
    "api_key": _("API key"),
}


@dataclass(frozen=True)
class EndpointState:
    """An endpoint and how it does right now."""

    endpoint: Endpoint
    breaker: str
    running: int
    waiting: int

    @property
    def pk(self) -> UUID:
        return self.endpoint.pk

    @property
    def running_text(self) -> str:
        return f"{self.running} / {self.endpoint.max_concurrency}"

    @property
    def tone(self) -> str:
        if not self.endpoint.is_enabled:
            return ""
        return {"closed": "good", "open": "bad"}.get(self.breaker, "warn")

    def get_breaker_display(self) -> Text:
        if not self.endpoint.is_enabled:
            return _("switched off")
        return {"closed": _("healthy"), "open": _("not responding")}.get(self.breaker, _("retrying"))


def endpoint_states(organisation: Organisation) -> list[EndpointState]:
    return [endpoint_state(endpoint) for endpoint in endpoint_list(organisation)]


def endpoint_state(endpoint: Endpoint) -> EndpointState:
    return EndpointState(endpoint, breaker.state(endpoint.pk), *permits.in_use(endpoint.pk))


@dataclass(frozen=True)
class RecentUse:
    """What an organisation had of an endpoint in the last five minutes, by its own ledger."""

    calls: int
    failed: int
    tokens_per_second: float
    last_error: str


def recent_use(organisation: Organisation, endpoint: Endpoint) -> RecentUse:
    own = InferenceCall.objects.filter(organisation=organisation, endpoint=endpoint)
    sums = own.filter(created_at__gte=timezone.now() - RECENT).aggregate(
        calls=Count("id"),
        failed=Count("id", filter=Q(status=InferenceCall.Status.FAILED)),
        tokens=Sum("output_tokens", default=0),
    )
    last = own.order_by("-id").values_list("error_code", flat=True).first()
    # Over all five minutes, those without a call too.
    rate = sums["tokens"] / RECENT.total_seconds()
    return RecentUse(sums["calls"], sums["failed"], rate, last or "")


def refusing_endpoints(organisation: Organisation) -> EndpointQuerySet:
    """Enabled ones whose last call failed for a reason that an administrator has to settle."""
    calls = InferenceCall.objects.filter(organisation=organisation, endpoint=OuterRef("pk")).order_by("-id")
    endpoints = Endpoint.objects.visible_to(organisation).filter(is_enabled=True)
    return endpoints.annotate(last_error=Subquery(calls.values("error_code")[:1])).filter(
        last_error__in=REFUSALS
    )


def are_models_away(organisation: Organisation) -> bool:
    """Whether conversations have endpoints, and none of them answers at present."""
    endpoints = candidates(organisation, Purpose.CHAT)
    return bool(endpoints) and all(is_away(endpoint) for endpoint in endpoints)


def is_away(endpoint: Endpoint) -> bool:
    """Judged by the breaker; a server of one's own is looked at too, a vendor's is not asked for every page."""
    if breaker.state(endpoint.pk) == "open":
        return True
    standing = endpoint_status.latest(endpoint) if endpoint.preset.has_metrics else None
    return bool(standing and standing.observation.error_code)


def contract_results(organisation: Organisation, endpoint: Endpoint) -> list[ContractResult]:
    """What checks of an endpoint found for this organisation, newest first."""
    own = ContractResult.objects.filter(organisation=organisation, endpoint=endpoint)
    return list(own.select_related("job").order_by("-id"))


def quota_list(organisation: Organisation) -> OrganisationQuerySet[Quota]:
    return Quota.objects.within(organisation).order_by("id")


def endpoint_list(organisation: Organisation) -> EndpointQuerySet:
    return Endpoint.objects.visible_to(organisation).in_fallback_order()


def candidates(organisation: Organisation, purpose: str) -> list[Endpoint]:
    """Endpoints to try for a purpose, in this order. Remembered for five seconds."""
    return _candidates.get((organisation.pk, purpose), lambda: _find_candidates(organisation, purpose))


def embedding_model(organisation: Organisation) -> str:
    """The model that embeds for this organisation; empty when none is set up."""
    endpoints = candidates(organisation, Purpose.EMBEDDING)
    return endpoints[0].model if endpoints else ""


def at_once(
    organisation: Organisation, most: int, *, endpoint: Endpoint | None = None, spare: int = 0
) -> int:
    """How many requests of one job may wait for a model of conversation beside each other: as many as the job wants, and
    the endpoint that comes first, or this one, takes. `spare`: places that are left to whoever asks meanwhile.
    """
    first = endpoint or next(iter(candidates(organisation, Purpose.CHAT)), None)
    return max(1, min(most, first.max_concurrency - spare if first else 1))


def is_chosen_for(organisation: Organisation, purpose: str) -> bool:
    """Somebody set an endpoint up for this purpose: none of another one stands in."""
    return any(endpoint.purpose == purpose for endpoint in candidates(organisation, purpose))


def is_left_to_embedded(organisation: Organisation, purpose: str) -> bool:
    """Nobody set up a model for this purpose, so the small embedded one would stand in."""
    endpoints = candidates(organisation, purpose)
    return bool(endpoints) and all(
        endpoint.purpose != purpose and endpoint.model == settings.EMBEDDED_MODEL for endpoint in endpoints
    )


def reads_reliably(endpoint: Endpoint) -> bool:
    """Its last contract check says so of the model that it has now. What was never measured counts as no.

    A result tells of the endpoint, whichever organisation had it checked.
    """
    return _has_passed(endpoint, READING)


def chooses_reliably(endpoint: Endpoint) -> bool:
    """As `reads_reliably`, of which tools a request needs."""
    return _has_passed(endpoint, CHOOSING)


def sees_reliably(endpoint: Endpoint) -> bool:
    """As `reads_reliably`, of what stands on pictures."""
    return _has_passed(endpoint, PICTURE)


def _has_passed(endpoint: Endpoint, name: str) -> bool:
    def has_passed() -> bool:
        results = ContractResult.objects.filter(endpoint=endpoint, model=endpoint.model).order_by("-id")
        checks = results.values_list("checks", flat=True).first() or []
        return any(check["name"] == name and check["outcome"] == Outcome.PASSED for check in checks)

    return _reading.get((endpoint.pk, endpoint.model, name), has_passed)


def only(organisation: Organisation, endpoint_id: UUID) -> list[Endpoint]:
    """One endpoint for conversation, also one that is switched off: it may be tried before it is used. Remembered as the
    candidates are."""
    talking = Endpoint.objects.visible_to(organisation).filter(purpose__in=TALKING)
    return _candidates.get((organisation.pk, endpoint_id), lambda: list(talking.filter(pk=endpoint_id)))


def clear_candidates() -> None:
    _candidates.clear()
    _reading.clear()


def _find_candidates(organisation: Organisation, purpose: str) -> list[Endpoint]:
    usable = list(endpoint_list(organisation).filter(is_enabled=True))
    fitting = [endpoint for endpoint in usable if endpoint.purpose == purpose]
    if purpose == Purpose.EMBEDDING:
        # Vectors of two models cannot be compared: only the same model may take over.
        return [endpoint for endpoint in fitting if endpoint.model == fitting[0].model]
    stand_in = STANDS_IN.get(Purpose(purpose))
    return fitting or [endpoint for endpoint in usable if endpoint.purpose == stand_in]


def call_list(organisation: Organisation) -> Any:
    return (
        InferenceCall.objects.filter(organisation=organisation)
        .select_related("member__user", "api_key", "endpoint")
        .order_by("-id")
    )


CALLS_PAGE = 50


def narrowed_calls(organisation: Organisation, filters: Mapping[str, object]) -> Any:
    # Those that a job and a request have in common; of its job, a request has the kind and the desk.
    shared = ("member", "api_key", "error_code", "since", "until")
    common = {name: filters[name] for name in shared if name in filters}
    calls = jobs.narrowed(call_list(organisation).select_related("job"), common)
    for name in ("model", "status", "purpose", "endpoint"):
        if value := filters.get(name):
            calls = calls.filter(**{name: None if value == "none" else value})
    if kind := filters.get("kind"):
        calls = calls.filter(job=None) if kind == "none" else calls.filter(job__kind=kind)
    if desk := filters.get("desk"):
        calls = calls.filter(job__kind__startswith=f"{desk}.")
    return calls


def call_filter_names(organisation: Organisation, filters: Mapping[str, Any]) -> list[str]:
    """What a dashboard narrowed the requests to, in words."""
    names = jobs.filter_names(organisation, filters)
    if kind := filters.get("kind"):
        names.append(gettext("Direct request") if kind == "none" else str(job_types.label_of(kind)))
    if endpoint := filters.get("endpoint"):
        endpoints = Endpoint.objects.visible_to(organisation)
        row = endpoints.filter(pk=endpoint).first() if endpoint != "none" else None
        names.append(str(row.title) if row else gettext("Built in"))
    return names


def call_page(organisation: Organisation, filters: Mapping[str, Any]) -> RowPage[InferenceCall]:
    """One page of requests, newest first, from behind an id on; by a column only those at its top."""
    calls = narrowed_calls(organisation, filters)
    if column := filters.get("order"):
        listed = call_list(organisation).select_related("job")
        return largest_rows(listed, calls, str(column), size=CALLS_PAGE)
    return newest_rows(calls, size=CALLS_PAGE, before=filters.get("before"))


def usage_summary(
    organisation: Organisation, *, group_by: str, since: datetime, until: datetime
) -> list[dict[str, Any]]:
    """Calls, tokens, cost and mean times of [since, until) by one of GROUPS."""
    expression = GROUPS[group_by]
    rows = (
        InferenceCall.objects.filter(organisation=organisation, created_at__gte=since, created_at__lt=until)
        .annotate(group=F(expression) if isinstance(expression, str) else expression)
        .values("group")
        .annotate(
            calls=Count("id"),
            failed=Count("id", filter=Q(status=InferenceCall.Status.FAILED)),
            stopped=Count("id", filter=Q(status=InferenceCall.Status.STOPPED)),
            input_tokens=Sum("input_tokens"),
            output_tokens=Sum("output_tokens"),
            cost=Sum("cost"),
            first_token_ms=Avg("first_token_ms"),
            latency_ms=Avg("latency_ms"),
        )
        .order_by("group")
    )
    return [dict(row) for row in rows]


of_endpoints = of_rows(
    Endpoint.objects.visible_to,
    lambda endpoint: Subject(str(endpoint.title), reverse("inference:endpoint", args=[endpoint.pk])),
    input_name="endpoint_id",
    permission="inference.view",
)
