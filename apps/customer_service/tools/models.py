from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.fields import EncryptedTextField
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.customer_service.conversations.models import Conversation


class LookupTool(OrganisationOwned):
    """Something the assistant may look up in another system: one address, described for the model."""

    class Method(models.TextChoices):
        GET = "GET", "GET"
        POST = "POST", "POST"

    name = models.CharField(
        _("name"),
        max_length=40,
        validators=[RegexValidator(r"^[a-z][a-z0-9_]*$")],
        help_text=_("Name used by the model, in lower case, such as order_status."),
    )
    label = models.CharField(
        _("title"), max_length=80, help_text=_("Source name shown to visitors, such as Order system.")
    )
    description = models.CharField(
        _("description"),
        max_length=300,
        help_text=_("What it returns and when to use it. The model reads this."),
    )
    method = models.CharField(_("method"), max_length=4, choices=Method, default=Method.GET)
    url = models.CharField(
        _("address"),
        max_length=500,
        help_text=_("Put parameters in braces: https://shop.example/orders/{order_number}"),
    )
    parameters = models.JSONField(
        _("parameters"), default=list, help_text="[{name, description, pattern, is_required}]"
    )
    secret_header = models.CharField(_("key header"), max_length=80, blank=True, default="Authorization")
    secret = EncryptedTextField(_("key"), blank=True)
    result_path = models.CharField(
        _("response path"),
        max_length=200,
        blank=True,
        help_text=_(
            "Path to the useful part of the JSON response, such as result.order. Leave empty for all."
        ),
    )
    timeout_seconds = models.PositiveSmallIntegerField(
        _("timeout in seconds"), default=8, validators=[MinValueValidator(1), MaxValueValidator(30)]
    )
    is_enabled = models.BooleanField(_("in use"), default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["LookupTool"].as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="lookup_tool_name")]

    def __str__(self) -> str:
        return self.name


class LookupCall(OrganisationOwned):
    """One request that the assistant made of a tool."""

    tool = models.ForeignKey(LookupTool, on_delete=models.SET_NULL, null=True, related_name="calls")
    tool_name = models.CharField(max_length=40)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="lookups")
    arguments = models.JSONField(default=dict)
    status = models.PositiveSmallIntegerField(null=True, help_text="Of HTTP; null: no answer.")
    error = models.CharField(max_length=300, blank=True)
    milliseconds = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["LookupCall"].as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.tool_name} {self.status or self.error}"

    @property
    def arguments_text(self) -> str:
        return ", ".join(f"{name}={value}" for name, value in self.arguments.items())
