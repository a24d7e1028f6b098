from decimal import Decimal
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import OrganisationOwned, OrganisationQuerySet
from llm_backend.capacity.architecture import bundled_names
from llm_backend.capacity.memory import MAX_GPUS


def architecture_choices() -> list[tuple[str, str]]:
    return [(name, name) for name in bundled_names()]


def _minutes(label: Any, **options: Any) -> Any:
    validators = [MinValueValidator(0), MaxValueValidator(10_000)]
    return models.DecimalField(label, max_digits=7, decimal_places=1, validators=validators, **options)


def _price(label: Any) -> Any:
    validators = [MinValueValidator(0)]
    return models.DecimalField(
        label, max_digits=10, decimal_places=2, default=Decimal(0), validators=validators
    )


def _count(label: Any, most: int) -> Any:
    validators = [MinValueValidator(1), MaxValueValidator(most)]
    return models.PositiveSmallIntegerField(label, default=1, validators=validators)


class ValueAssumptions(OrganisationOwned):
    """What cannot be measured and is supposed where the worth of work is counted.

    Minutes that are left empty are those of the desk's own settings. An hourly cost or a price of zero has not been said.
    """

    minutes_per_conversation = _minutes(_("staff minutes per conversation"), null=True, blank=True)
    minutes_per_record = _minutes(_("staff minutes per medical record"), null=True, blank=True)
    minutes_per_text = _minutes(_("staff minutes per marketing text"), default=Decimal(20))
    hourly_cost = _price(_("staff cost per hour"))
    gpu_hour_price = _price(_("price per GPU hour"))
    gpus = _count(_("GPUs per self-hosted model"), MAX_GPUS)
    parallel_requests = _count(_("parallel requests per model"), 4096)
    architecture = models.CharField(
        _("model to compare with a dense model"), max_length=60, blank=True, choices=architecture_choices
    )

    objects = OrganisationQuerySet["ValueAssumptions"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation"], name="value_assumptions_once")]

    def __str__(self) -> str:
        return f"assumptions of {self.organisation_id}"
