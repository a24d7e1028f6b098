from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Membership
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from domain.clinical.records.template import Template


class RecordTemplate(OrganisationOwned):
    """What a record of this kind consists of. Built-in ones are copied into the organisation when first offered."""

    key = models.CharField(max_length=40)
    name = models.CharField(_("name"), max_length=120)
    language = models.CharField(
        _("language"), max_length=2, choices=[("zh", _("Chinese")), ("en", _("English"))]
    )
    specialty = models.CharField(_("specialty"), max_length=60, blank=True)
    is_builtin = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["RecordTemplate"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "key"], name="record_template_key"),
        ]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class RecordTemplateVersion(OrganisationOwned):
    """A version is never changed: records say which one they follow.

    `definition`: as written, a `Template`. `resolved`: with all that it includes, what records are made with.
    """

    template = models.ForeignKey(RecordTemplate, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    definition = models.JSONField()
    resolved = models.JSONField()
    note = models.CharField(_("what changed"), max_length=200, blank=True)
    created_by = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["RecordTemplateVersion"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="record_template_version"),
            models.CheckConstraint(name="template_version_counts_from_one", condition=Q(number__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.template_id} {self.number}"

    @property
    def schema(self) -> Template:
        return Template.model_validate(self.resolved)
