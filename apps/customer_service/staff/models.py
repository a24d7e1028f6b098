from collections.abc import Collection
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Membership
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.core.time_zones import time_zones
from apps.customer_service.staff.business_hours import DAYS, HoursInvalid, checked_holidays, checked_ranges

WORKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


def office_hours() -> dict[str, Any]:
    return {day: [["09:00", "18:00"]] for day in WORKDAYS}


class DeskSettings(OrganisationOwned):
    """How the desk works: hours, what hands over, what figures are counted with."""

    class Assignment(models.TextChoices):
        MANUAL = "manual", _("agents take conversations themselves")
        AUTOMATIC = "automatic", _("to the agent with the skill and the fewest conversations")

    hours = models.JSONField(
        _("hours"),
        default=office_hours,
        help_text="{monday: [[from, to], …], …}; a day that is missing is closed.",
    )
    holidays = models.JSONField(_("closed days"), default=list, blank=True, help_text="[YYYY-MM-DD, …]")
    time_zone = models.CharField(_("time zone"), max_length=60, default="Asia/Shanghai")
    assignment = models.CharField(
        _("assignment"), max_length=10, choices=Assignment, default=Assignment.MANUAL
    )
    handoff_keywords = ArrayField(
        models.CharField(max_length=60),
        verbose_name=_("handoff keywords"),
        default=list,
        blank=True,
        help_text=_("One per line. Messages containing one are handed off immediately."),
    )
    hands_off_sensitive = models.BooleanField(_("hand off legal and safety matters"), default=True)
    hands_off_negative = models.BooleanField(_("hand off when a visitor gets upset"), default=True)
    unanswered_before_handoff = models.PositiveSmallIntegerField(
        _("unanswered questions before handoff"),
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(10)],
    )
    reply_minutes = models.PositiveIntegerField(
        _("reply target in minutes, within business hours"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(7 * 24 * 60)],
    )
    resolves_after_hours = models.PositiveIntegerField(
        _("hours of inactivity before a conversation is resolved"),
        default=24,
        validators=[MinValueValidator(1), MaxValueValidator(30 * 24)],
    )
    conversations_kept_days = models.PositiveIntegerField(
        _("days to keep resolved conversations"),
        default=0,
        validators=[MaxValueValidator(20 * 366)],
        help_text=_("0 keeps them for ever. Older ones are erased with their files and e-mails."),
    )
    asks_for_rating = models.BooleanField(_("ask visitors for a rating"), default=True)
    asks_model_when_unsure = models.BooleanField(
        _("use the language model for unclear intents"), default=True
    )
    products = ArrayField(
        models.CharField(max_length=100),
        verbose_name=_("products"),
        default=list,
        blank=True,
        help_text=_("One per line. Add other names after a bar: Green tea | 绿茶"),
    )
    minutes_per_conversation = models.DecimalField(
        _("staff minutes per conversation"), max_digits=6, decimal_places=1, default=Decimal(6)
    )
    cost_per_hour = models.DecimalField(
        _("staff cost per hour"), max_digits=10, decimal_places=2, default=Decimal(0)
    )
    currency = models.CharField(_("currency"), max_length=3, default="CNY")

    objects = OrganisationQuerySet["DeskSettings"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation"], name="one_desk_settings")]

    def __str__(self) -> str:
        return f"desk of {self.organisation_id}"

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """Brings lists into order: no blanks, nothing twice, hours as the day goes. Hours are refused day by day."""
        self.handoff_keywords, self.products = (
            list(dict.fromkeys(filter(None, map(str.strip, lines))))
            for lines in (self.handoff_keywords, self.products)
        )
        if not isinstance(self.hours, dict) or set(self.hours) - set(DAYS):
            raise ValidationError({"hours": [_("Name the days in English: monday, tuesday, …")]})
        reasons: dict[str, list[Any]] = {}
        for day, ranges in self.hours.items():
            try:
                self.hours = self.hours | {day: checked_ranges(ranges)}
            except HoursInvalid as invalid:
                reasons[day] = [invalid.reason]
        self.hours = {day: ranges for day, ranges in self.hours.items() if ranges}
        try:
            self.holidays = checked_holidays(self.holidays if isinstance(self.holidays, list) else [])
        except HoursInvalid as invalid:
            reasons["holidays"] = [invalid.reason]
        if self.time_zone not in time_zones():
            reasons["time_zone"] = [_("Choose a time zone such as Asia/Shanghai.")]
        if reasons:
            raise ValidationError(reasons)
        super().clean_fields(exclude)


class Agent(OrganisationOwned):
    """A member as somebody who answers visitors."""

    member = models.OneToOneField(Membership, on_delete=models.CASCADE, related_name="agent")
    is_available = models.BooleanField(_("takes conversations"), default=False)
    skills = ArrayField(models.CharField(max_length=40), verbose_name=_("skills"), default=list, blank=True)
    capacity = models.PositiveSmallIntegerField(
        _("concurrent conversations"), default=5, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    assigned_at = models.DateTimeField(null=True, editable=False)

    objects = OrganisationQuerySet["Agent"].as_manager()

    def __str__(self) -> str:
        return str(self.member)
