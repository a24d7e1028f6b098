from decimal import Decimal
from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import ApiKey, Membership, Organisation
from apps.core import ssrf_guard
from apps.core.errors import Text
from apps.core.fields import EncryptedTextField
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.jobs.models import Job
from llm_backend import chat, embeddings, providers
from llm_backend.addresses import OPERATORS, AddressGuard
from llm_backend.errors import message_of
from llm_backend.speech.synthesis import SynthesisEndpoint

MILLION = 1_000_000
# What `./kongming up` makes, by the names that it finds them by.
INSTALLED_TITLES: dict[str, Text] = {
    "default": _("Built-in chat model"),
    "default embedding": _("Built-in embedding model"),
    "default synthesis": _("Built-in voice"),
}


def check_provider(name: str) -> None:
    if name not in providers.presets():
        raise ValidationError(_("No preset with this name."))


class Purpose(models.TextChoices):
    CHAT = "chat", _("conversation")
    EXTRACTION = "extraction", _("structured output")
    REASONING = "reasoning", _("reasoning")
    EMBEDDING = "embedding", _("embedding")
    SPEECH = "speech", _("speech")
    VISION = "vision", _("vision")
    IMAGE = "image", _("images")
    SYNTHESIS = "synthesis", _("speech synthesis")
    ASSISTANT = "assistant", _("staff assistant")


class EndpointQuerySet(OrganisationQuerySet["Endpoint"]):
    def visible_to(self, organisation: Organisation) -> Self:
        """An organisation's own and those that the installation shares with everybody."""
        return self.filter(Q(organisation=organisation) | Q(organisation=None))

    def shared(self) -> Self:
        return self.filter(organisation=None)

    def in_fallback_order(self) -> Self:
        """Own ones first, then by priority."""
        return self.order_by(models.F("organisation").asc(nulls_last=True), "priority", "id")


class Endpoint(OrganisationOwned):
    """A server with an OpenAI-compatible API. Without an organisation it is shared by the installation."""

    organisation = models.ForeignKey(  # type: ignore[assignment]
        Organisation, on_delete=models.CASCADE, null=True, related_name="+"
    )
    name = models.CharField(_("name"), max_length=100)
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose)
    provider = models.CharField(
        _("kind of server"), max_length=30, default=providers.DEFAULT, validators=[check_provider]
    )
    url = models.CharField(_("address"), max_length=300)
    model = models.CharField(_("model"), max_length=200)
    api_key = EncryptedTextField(_("API key"), blank=True, default="")
    context_tokens = models.PositiveIntegerField(
        _("context"), default=4096, validators=[MinValueValidator(512)]
    )
    max_concurrency = models.PositiveIntegerField(
        _("concurrent requests"),
        default=4,
        validators=[MinValueValidator(1), MaxValueValidator(10_000)],
    )
    first_token_seconds = models.PositiveIntegerField(
        _("first token timeout in seconds"),
        default=120,
        validators=[MinValueValidator(1), MaxValueValidator(1800)],
    )
    input_price = models.DecimalField(
        _("price per million input tokens"),
        max_digits=10,
        decimal_places=4,
        default=Decimal(0),
        validators=[MinValueValidator(0)],
    )
    output_price = models.DecimalField(
        _("price per million output tokens"),
        max_digits=10,
        decimal_places=4,
        default=Decimal(0),
        validators=[MinValueValidator(0)],
    )
    cached_input_price = models.DecimalField(
        _("price per million cached input tokens"),
        max_digits=10,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    priority = models.PositiveSmallIntegerField(_("fallback order"), default=100)
    is_enabled = models.BooleanField(_("enabled"), default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = EndpointQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"], name="endpoint_name", nulls_distinct=False
            ),
            models.CheckConstraint(name="endpoint_has_room", condition=Q(max_concurrency__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.model})"

    @property
    def title(self) -> Text:
        """What people read. Endpoints that the settings make have names that code finds them by."""
        return self.name if self.organisation_id else INSTALLED_TITLES.get(self.name, self.name)

    @property
    def is_shared(self) -> bool:
        return self.organisation_id is None

    @property
    def preset(self) -> providers.Provider:
        return providers.preset(self.provider)

    @property
    def guard(self) -> AddressGuard:
        """The operator's own endpoints may be anywhere, the embedded engines on this machine among them."""
        return OPERATORS if self.is_shared else ssrf_guard.people_guard()

    def chat_server(self) -> chat.Endpoint:
        return chat.Endpoint(
            self.url,
            self.model,
            self.api_key,
            self.preset,
            first_token_seconds=self.first_token_seconds,
            guard=self.guard,
        )

    def embedding_server(self) -> embeddings.EmbeddingEndpoint:
        return embeddings.EmbeddingEndpoint(
            self.url,
            self.model,
            self.api_key,
            self.preset,
            timeout_seconds=self.first_token_seconds,
            guard=self.guard,
        )

    def synthesis_server(self) -> SynthesisEndpoint:
        return SynthesisEndpoint(
            self.url,
            self.model,
            self.api_key,
            self.preset,
            timeout_seconds=self.first_token_seconds,
            guard=self.guard,
        )

    @property
    def models_url(self) -> str:
        """Where its server lists its models."""
        return chat.api_address(self.url, "models")

    def cost(self, *, input_tokens: int, output_tokens: int, cached_tokens: int = 0) -> Decimal:
        """In the currency of the endpoint's prices, which are for a million tokens. `cached_tokens`: of those read, what the
        server had in its cache; without a price of their own they cost what the others do.
        """
        price = self.input_price if self.cached_input_price is None else self.cached_input_price
        cached = min(cached_tokens, input_tokens)
        read = (input_tokens - cached) * self.input_price + cached * price
        return (read + output_tokens * self.output_price) / MILLION


class InferenceCall(OrganisationOwned):
    """One request to an endpoint, whatever became of it. Written once, never changed."""

    class Status(models.TextChoices):
        SUCCEEDED = "succeeded", _("succeeded")
        FAILED = "failed", _("failed")
        STOPPED = "stopped", _("stopped")

    member = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    api_key = models.ForeignKey(ApiKey, on_delete=models.SET_NULL, null=True, related_name="+")
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="inference_calls")
    # `call_latest` begins with the endpoint; a second index would only cost each call a write.
    endpoint = models.ForeignKey(
        Endpoint, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    purpose = models.CharField(max_length=12, choices=Purpose)
    prompt_name = models.CharField(max_length=100, blank=True)
    prompt_hash = models.CharField(max_length=16, blank=True)
    model = models.CharField(max_length=200)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    reasoning_tokens = models.PositiveIntegerField(default=0)
    # Of the input tokens.
    cached_tokens = models.PositiveIntegerField(default=0, db_default=0)
    is_estimated = models.BooleanField(default=False)
    cost = models.DecimalField(max_digits=14, decimal_places=6, default=Decimal(0))
    waited_ms = models.PositiveIntegerField(default=0)
    first_token_ms = models.PositiveIntegerField(null=True)
    audio_ms = models.PositiveIntegerField(default=0)
    latency_ms = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=10, choices=Status)
    error_code = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects: models.Manager["InferenceCall"] = OrganisationQuerySet["InferenceCall"].as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "-id"], name="call_list"),
            models.Index(fields=["organisation", "created_at"], name="call_usage"),
            models.Index(fields=["endpoint", "organisation", "-id"], name="call_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.status} {self.created_at:%Y-%m-%d %H:%M:%S}"

    @property
    def error_text(self) -> str:
        return gettext(message_of(self.error_code)) if self.error_code else ""


class ContractResult(OrganisationOwned):
    """What an endpoint could do when an organisation had it checked; `checks` holds `CheckResult`s."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="contract_results")
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="+")
    model = models.CharField(max_length=200)
    provider = models.CharField(max_length=30)
    checks = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)

    objects: models.Manager["ContractResult"] = OrganisationQuerySet["ContractResult"].as_manager()

    class Meta:
        indexes = [models.Index(fields=["endpoint", "organisation", "-id"], name="contract_latest")]

    def __str__(self) -> str:
        return f"{self.model} {self.created_at:%Y-%m-%d %H:%M}"


class PromptVersion(OrganisationOwned):
    """An organisation's own text of a prompt. Its text never changes; which version is in use does.

    `hash`: by which the ledger names it. `based_on`: the text that was shipped when it was written.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("awaiting approval")
        ACTIVE = "active", _("in use")
        RETIRED = "retired", _("previously in use")
        REJECTED = "rejected", _("rejected")

    prompt = models.CharField(max_length=100)
    number = models.PositiveIntegerField()
    text = models.TextField()
    temperature = models.FloatField()
    max_tokens = models.PositiveIntegerField(null=True)
    hash = models.CharField(max_length=16)
    based_on = models.TextField()
    note = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    author = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    approver = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    decision_note = models.CharField(max_length=300, blank=True)
    decided_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = OrganisationQuerySet["PromptVersion"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "prompt", "number"], name="prompt_version_number"
            ),
            models.UniqueConstraint(
                fields=["organisation", "prompt"],
                condition=Q(state="active"),
                name="one_active_prompt_version",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prompt} {self.number}"


class Quota(OrganisationOwned):
    """What an organisation, or one member or key of it, may use in a window of time."""

    class Metric(models.TextChoices):
        REQUESTS = "requests", _("requests")
        TOKENS = "tokens", _("tokens")
        CONCURRENT_JOBS = "concurrent_jobs", _("concurrent jobs")
        STORAGE = "storage", _("MB of files")

    class Window(models.TextChoices):
        MINUTE = "minute", _("minute")
        HOUR = "hour", _("hour")
        DAY = "day", _("day")
        MONTH = "month", _("month")

    # What there is of them now is counted, not what came within a time.
    WINDOWLESS = (Metric.CONCURRENT_JOBS, Metric.STORAGE)

    member = models.ForeignKey(Membership, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    metric = models.CharField(_("metric"), max_length=20, choices=Metric)
    window = models.CharField(_("window"), max_length=10, choices=Window, default=Window.MONTH)
    soft_limit = models.PositiveBigIntegerField(_("soft limit"), null=True, blank=True)
    hard_limit = models.PositiveBigIntegerField(_("hard limit"), null=True, blank=True)

    objects = OrganisationQuerySet["Quota"].as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="quota_has_limit", condition=Q(soft_limit__isnull=False) | Q(hard_limit__isnull=False)
            ),
            models.CheckConstraint(
                name="quota_one_subject", condition=Q(member__isnull=True) | Q(api_key__isnull=True)
            ),
            models.CheckConstraint(
                name="quota_storage_of_all",
                condition=~Q(metric="storage") | Q(member__isnull=True, api_key__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["organisation", "member", "api_key", "metric", "window"],
                name="quota_once",
                nulls_distinct=False,
            ),
        ]

    @property
    def holder(self) -> Text:
        """Whom it holds for."""
        if self.member:
            return str(self.member.user)
        return self.api_key.name if self.api_key else _("everyone")

    def __str__(self) -> str:
        return (
            f"{self.get_metric_display()} / {self.get_window_display()}: {self.hard_limit or self.soft_limit}"
        )
