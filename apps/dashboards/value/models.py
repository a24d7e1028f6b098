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
        _("minutes a person takes for a conversation"),
        max_digits=7,
        decimal_places=1,
        null=True,
        blank=True,
        validators=_MINUTES,
    )
    minutes_per_record = models.DecimalField(
        _("minutes a person takes for a medical record"),
        max_digits=7,
        decimal_places=1,
        null=True,
        blank=True,
        validators=_MINUTES,
    )
    minutes_per_text = models.DecimalField(
        _("minutes a person takes for a marketing text"),
        max_digits=7,
        decimal_places=1,
        default=Decimal(20),
        validators=_MINUTES,
    )
    hourly_cost = models.DecimalField(
        _("cost of an hour of a person's work"),
        max_digits=10,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(0)],
    )
    gpu_hour_price = models.DecimalField(
        _("price of an hour of a GPU"),
        max_digits=10,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(0)],
    )
    gpus = models.PositiveSmallIntegerField(
        _("GPUs that a model of your own runs on"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_GPUS)],
    )
    parallel_requests = models.PositiveSmallIntegerField(
        _("parallel requests it answers"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(4096)],
    )
    architecture = models.CharField(
        _("model that is held against a dense one"), max_length=60, blank=True, choices=architecture_choices
    )

    objects = OrganisationQuerySet["ValueAssumptions"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation"], name="value_assumptions_once")]

    def __str__(self) -> str:
        return f"assumptions of {self.organisation_id}"
