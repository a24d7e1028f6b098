from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import OrganisationOwned, OrganisationQuerySet
from llm_backend.capacity.architecture import bundled_names
from llm_backend.capacity.memory import MAX_GPUS

_MINUTES = [MinValueValidator(0), MaxValueValidator(10_000)]


def architecture_choices() -> list[tuple[str, str]]:
    return [(name, name) for name in bundled_names()]


class ValueAssumptions(OrganisationOwned):
    """What cannot be measured and is supposed where the worth of work is counted.

    Minutes that are left empty are those of the desk's own settings. An hourly cost or a price of zero has not been said.
    """

    minutes_per_conversation = models.DecimalField(
        _("staff minutes per conversation"),
        max_digits=7,
        decimal_places=1,
        null=True,
        blank=True,
        validators=_MINUTES,
    )
    minutes_per_record = models.DecimalField(
        _("staff minutes per medical record"),
        max_digits=7,
        decimal_places=1,
        null=True,
        blank=True,
        validators=_MINUTES,
    )
    minutes_per_text = models.DecimalField(
        _("staff minutes per marketing text"),
        max_digits=7,
        decimal_places=1,
        default=Decimal(20),
        validators=_MINUTES,
    )
    hourly_cost = models.DecimalField(
        _("staff cost per hour"),
        max_digits=10,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(0)],
    )
    gpu_hour_price = models.DecimalField(
        _("price per GPU hour"),
        max_digits=10,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(0)],
    )
    gpus = models.PositiveSmallIntegerField(
        _("GPUs per self-hosted model"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_GPUS)],
    )
    parallel_requests = models.PositiveSmallIntegerField(
        _("parallel requests per model"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(4096)],
    )
    architecture = models.CharField(
        _("model to compare with a dense model"), max_length=60, blank=True, choices=architecture_choices
    )

    objects = OrganisationQuerySet["ValueAssumptions"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation"], name="value_assumptions_once")]

    def __str__(self) -> str:
        return f"assumptions of {self.organisation_id}"
