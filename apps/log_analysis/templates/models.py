from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.log_analysis.sources.models import LogSource
from domain.logs import secrets
from domain.logs.parsing.templates import Template


class Level(models.TextChoices):
    """The names of `domain.logs.records`; what a source writes otherwise is mapped when it is read."""

    TRACE = "trace", _("trace")
    DEBUG = "debug", _("debug")
    INFO = "info", _("info")
    NOTICE = "notice", _("notice")
    WARNING = "warning", _("warning")
    ERROR = "error", _("error")
    CRITICAL = "critical", _("critical")
    NONE = "", _("without a level")


class LogTemplateQuerySet(OrganisationQuerySet["LogTemplate"]):
    def current(self) -> "LogTemplateQuerySet":
        """Without those that a person merged into another."""
        return self.filter(merged_into=None)


class LogTemplate(OrganisationOwned):
    """What records of one kind have in common: constant text with typed parameters in it.

    `key` is the template's hash, the same in every run, file and worker; records in the store carry it. `name` and
    `severity` come from a model once, or from a person (`is_named_by_person`), who is never overruled.
    """

    source = models.ForeignKey(LogSource, on_delete=models.CASCADE, related_name="templates")
    key = models.CharField(max_length=40)
    text = models.TextField()
    name = models.CharField(_("name"), max_length=120, blank=True)
    severity = models.CharField(_("severity"), max_length=8, choices=Level, blank=True, default=Level.NONE)
    is_named_by_person = models.BooleanField(default=False)
    merged_into = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="merged"
    )
    records_count = models.PositiveBigIntegerField(default=0)
    first_seen_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = LogTemplateQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="log_template_once")]
        indexes = [models.Index(fields=["organisation", "-records_count"], name="log_template_list")]

    def __str__(self) -> str:
        return self.name or Template(self.text).without_values()[:120]

    def words_in(self, line: str) -> str:
        """As people read it: its name, or what the line says with it, or its words with … for values."""
        if self.name:
            return self.name
        return secrets.TOKEN.sub("…", Template(self.text).words_in(line)) or str(self)


class TemplateName(OrganisationOwned):
    """What a model called a template, by its key: kept for ever, for every source of the organisation.

    An empty name: it was asked, and what it wrote was of no use.
    """

    key = models.CharField(max_length=40)
    name = models.CharField(max_length=120, blank=True)
    severity = models.CharField(max_length=8, choices=Level, blank=True, default=Level.NONE)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["TemplateName"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "key"], name="template_name_once")]

    def __str__(self) -> str:
        return self.name


class TemplateSplit(OrganisationOwned):
    """A person's word that the values of one parameter (from 0) make templates of their own."""

    template = models.ForeignKey(LogTemplate, on_delete=models.CASCADE, related_name="splits")
    parameter = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["TemplateSplit"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["template", "parameter"], name="template_split_once")]

    def __str__(self) -> str:
        return f"{self.template} · {self.parameter + 1}"


class TemplateCount(OrganisationOwned):
    """How many records of a template there were in a minute, by level: what rates are judged by."""

    source = models.ForeignKey(LogSource, on_delete=models.CASCADE, related_name="+")
    template = models.ForeignKey(LogTemplate, on_delete=models.CASCADE, related_name="counts")
    minute = models.DateTimeField()
    level = models.CharField(max_length=8, choices=Level, blank=True, default=Level.NONE)
    count = models.PositiveIntegerField(default=0)

    objects = OrganisationQuerySet["TemplateCount"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["template", "minute", "level"], name="template_count_once")
        ]
        indexes = [models.Index(fields=["source", "minute"], name="template_count_minutes")]

    def __str__(self) -> str:
        return f"{self.minute:%Y-%m-%d %H:%M} · {self.count}"
