"""An instance of any model that belongs to an organisation, with all it points at in that organisation."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.contrib.postgres.search import SearchVector
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Value
from django.utils import timezone
from model_bakery import baker
from pgvector import SparseVector

from apps.accounts.models import Organisation, User
from apps.core.models import OrganisationOwned
from apps.vault import keys
from apps.vault.models import SealingKey
from tests.architecture.desk_walks import told, told_by_desk


def _dense_vector(dimensions: int | None) -> list[float]:
    return [0.5] * (dimensions or 384)


def _sparse_vector(dimensions: int) -> SparseVector:
    return SparseVector({0: 1.0}, dimensions)


_dense_vector.required = _sparse_vector.required = ["dimensions"]  # type: ignore[attr-defined]
# Times that a row must have are ends more often than beginnings: nothing is over yet.
baker.generators.add("django.db.models.DateTimeField", lambda: timezone.now() + timedelta(days=1))
baker.generators.add("django.contrib.postgres.search.SearchVectorField", lambda: SearchVector(Value("tea")))
baker.generators.add("pgvector.django.VectorField", _dense_vector)
baker.generators.add("pgvector.django.SparseVectorField", _sparse_vector)

# What a constraint wants although the column may be empty.
ALSO: dict[str, tuple[str, ...]] = {"CareRelation": ("department",), **told("ALSO")}
# Rows that are never without another one that points at them.
COMPANIONS = {"Encounter": "MedicalRecord"}

_DEFINITION = {
    "key": "visit",
    "name": "Visit",
    "language": "en",
    "sections": [
        {
            "key": "history",
            "title": "History",
            "division": "subjective",
            "fields": [{"key": "complaint", "title": "Complaint"}],
        }
    ],
}
# Content that has to be readable as what it is.
CONTENT: dict[str, dict[str, Any]] = {
    "Job": {"kind": "knowledge.reembed_collection"},
    "Schedule": {"kind": "knowledge.reembed_collection"},
    "AccessGrant": {"role": "marketer"},
    "Document": {"media_type": "application/pdf", "file": "knowledge/handbook"},
    "Announcement": {"text_en": "The lifts are serviced on Monday."},
    "PromptVersion": {"prompt": "shorten", "state": "proposed", "text": "## system\nx\n## user\ny"},
    "MailedReport": {"report": "value", "language": "en"},
    "RecordTemplateVersion": {"definition": _DEFINITION, "resolved": _DEFINITION},
    "RecordVersion": {"content": {"template": "visit", "template_version": 1, "language": "en"}},
    **told("CONTENT"),
}
# What a row stands for where no row is: a function of the row that puts it there, by the name of the model.
OUTSIDE_THE_DATABASE: dict[str, Callable[[Any], object]] = told("OUTSIDE_THE_DATABASE")
# Words in addresses that are not called after the model whose row they name.
ROW_KWARGS: dict[str, type[models.Model]] = told("ROW_KWARGS")
# What each desk's rows hold in the frame's tables of questions and runs, by field; may be a function of their owner.
EVALUATION = told_by_desk("EVALUATION")


def owned_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if issubclass(model, OrganisationOwned)]


def model_of(kwarg: str) -> type[models.Model] | None:
    """The model that a kwarg such as `api_key_id` names."""
    if kwarg in ROW_KWARGS:
        return ROW_KWARGS[kwarg]
    named = [model for model in owned_models() if f"{_snake(model.__name__)}_id" == kwarg]
    assert len(named) < 2, f"{kwarg} may mean each of {named}: rename one of these models"
    return named[0] if named else None


class Belongings:
    """What one organisation owns; each model is made once and reused by what points at it."""

    def __init__(self, organisation: Organisation, user: User) -> None:
        self.organisation = organisation
        self.user = user
        self._made: dict[tuple[type[models.Model], str], models.Model] = {}

    def one(self, model: type[models.Model], desk: str = "") -> models.Model:
        """`desk`: whose, of a table in which each desk has rows of its own; the first one's unless it is said."""
        desk = (desk if desk in EVALUATION else next(iter(EVALUATION))) if _is_of_desks(model) else ""
        for name, companion in COMPANIONS.items():
            if companion == model.__name__:
                self.one(apps.get_model(model._meta.app_label, name))
        if (model, desk) not in self._made:
            self._made[model, desk] = self._existing(model) or self._make(model, desk)
            if companion := COMPANIONS.get(model.__name__):
                self.one(apps.get_model(model._meta.app_label, companion))
        return self._made[model, desk]

    def everything(self) -> list[models.Model]:
        return [
            self.one(model, desk)
            for model in owned_models()
            for desk in (EVALUATION if _is_of_desks(model) else [""])
        ]

    def _existing(self, model: type[models.Model]) -> models.Model | None:
        """Members exist already: a second one for the same user would break a constraint. Keys must be keys."""
        if model is SealingKey:
            return SealingKey.objects.get(pk=keys.current_key(self.organisation.pk).id)
        if model.__name__ != "Membership":
            return None
        return model.objects.filter(organisation=self.organisation, user=self.user).first()  # type: ignore[attr-defined]

    def _make(self, model: type[models.Model], desk: str) -> models.Model:
        _teach_baker(model)
        values: dict[str, Any] = {"organisation": self.organisation, **CONTENT.get(model.__name__, {})}
        names = {field.name for field in model._meta.concrete_fields}
        told_of_desk = {"desk": desk, **EVALUATION[desk]} if desk else {}
        values |= {
            name: value(self) if callable(value) else value
            for name, value in told_of_desk.items()
            if name in names
        }
        values |= {
            name: self._target(getattr(model, name).field.related_model)
            for name in ALSO.get(model.__name__, ())
        }
        for field in model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey) and not field.null and field.name != "organisation":
                values[field.name] = self._target(field.related_model, desk)
            elif field.choices and not field.has_default():
                values[field.name] = field.choices[0][0]  # a random one may break a constraint now and then
            elif isinstance(field, models.IntegerField) and (field.null or _has_least(field)):
                values.setdefault(
                    field.name, 1
                )  # limits and counts: constraints want one of them more often than none
        row: models.Model = baker.make(model, **values)
        if put := OUTSIDE_THE_DATABASE.get(model.__name__):
            put(row)
        return row

    def _target(self, model: Any, desk: str = "") -> models.Model:
        if issubclass(model, OrganisationOwned):
            return self.one(model, desk)
        return self.user if model is User else baker.make(model)


def _is_of_desks(model: type[models.Model]) -> bool:
    return any(field.name == "desk" for field in model._meta.concrete_fields)


def _has_least(field: models.IntegerField[Any, Any]) -> bool:
    return any(isinstance(validator, MinValueValidator) for validator in field._validators)  # type: ignore[attr-defined]


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _teach_baker(model: type[models.Model]) -> None:
    """model_bakery knows Django's own fields; ours that keep text it must be told of."""
    for field in model._meta.concrete_fields:
        kind = type(field)
        if issubclass(kind, models.TextField) and kind is not models.TextField:
            baker.generators.add(f"{kind.__module__}.{kind.__qualname__}", lambda: "text")
