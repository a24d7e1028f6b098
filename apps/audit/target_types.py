"""What lines of the trail call the rows that they are about."""

from django.apps import apps
from django.db import models

from apps.core.models import OrganisationOwned


def target_type(model: type[models.Model] | models.Model) -> str:
    """`AUDIT_TYPE` keeps the word for rows of a model that was renamed: written lines cannot be."""
    return getattr(model, "AUDIT_TYPE", None) or model._meta.model_name or ""


def owned_model(kind: str) -> type[OrganisationOwned] | None:
    """The model with rows of organisations that lines call by this word."""
    own_models = (model for model in apps.get_models() if issubclass(model, OrganisationOwned))
    return next((model for model in own_models if target_type(model) == kind), None)
