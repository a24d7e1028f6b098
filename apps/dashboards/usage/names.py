"""What people call the desks, tools, members, keys, models and organisations that figures are told apart by."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import ApiKey, Membership, Organisation
from apps.core.errors import Text
from apps.dashboards.rollups.models import CallDay
from apps.dashboards.rollups.selectors import INSTALLATION
from apps.inference.models import Endpoint
from apps.jobs import job_types

Row = TypeVar("Row", bound=Model)
NamesOf = Callable[[list[Any]], dict[Any, Text]]
Names = dict[str, Text]
MODEL_DAYS = 30


def desk_label(name: str) -> Text:
    """Empty is what people or programs asked of a model directly."""
    return job_types.desk_label(name) if name else _("Direct request")


def desk_names() -> Names:
    return {
        name: desk_label(name) for name in {kind.name.partition(".")[0] for kind in job_types.all_kinds()}
    }


def tool_label(kind: str) -> Text:
    return job_types.label_of(kind) if kind else _("Direct request")


def tool_names() -> Names:
    return {kind.name: kind.label for kind in job_types.all_kinds()}


def member_names(organisation: Organisation, keys: Iterable[UUID | None]) -> dict[UUID | None, Text]:
    members = Membership.objects.filter(pk__in=[key for key in keys if key]).select_related("user")
    names: dict[UUID | None, Text] = {row.pk: str(row.user) for row in _owned(members, organisation)}
    return {key: names.get(key) or (_("Former member") if key else _("No member")) for key in keys}


def key_names(organisation: Organisation, keys: Iterable[UUID | None]) -> dict[UUID | None, Text]:
    rows = ApiKey.objects.filter(pk__in=[key for key in keys if key])
    names: dict[UUID | None, Text] = {row.pk: row.name for row in _owned(rows, organisation)}
    return {key: names.get(key) or (_("Deleted key") if key else _("No key")) for key in keys}


def organisation_names(keys: Iterable[UUID | None]) -> dict[UUID | None, Text]:
    names = dict(Organisation.objects.filter(pk__in=[key for key in keys if key]).values_list("pk", "name"))
    return {key: names.get(key, "–") for key in keys if key}


def person_cuts(organisation: Organisation) -> list[tuple[str, Text, NamesOf]]:
    """Who figures are told apart by: the column, the heading, and how its ids are called."""
    return [
        ("owner", _("By organisation"), organisation_names),
        ("member", _("By member"), partial(member_names, organisation)),
        ("api_key", _("By API key"), partial(key_names, organisation)),
    ]


def endpoint_names(organisation: Organisation) -> dict[UUID | None, Text]:
    rows = (
        Endpoint.objects.all() if organisation == INSTALLATION else Endpoint.objects.visible_to(organisation)
    )
    return {row.pk: row.title for row in rows.only("name", "organisation")}


def model_at(model: str, endpoint: str) -> str:
    """Many endpoints are called after their model, which need not be said twice."""
    return endpoint if model in endpoint else f"{model} · {endpoint}"


def member_choices(organisation: Organisation) -> list[tuple[str, str]]:
    rows = Membership.objects.within(organisation).select_related("user")
    return sorted(((str(row.pk), str(row.user)) for row in rows), key=lambda choice: choice[1])


def key_choices(organisation: Organisation) -> list[tuple[str, str]]:
    return [(str(row.pk), row.name) for row in ApiKey.objects.within(organisation).order_by("name")]


def organisation_choices(organisation: Organisation) -> list[tuple[str, str]]:
    return [(str(row.pk), row.name) for row in Organisation.objects.order_by("name")]


def model_choices(organisation: Organisation) -> list[tuple[str, str]]:
    """Models of the endpoints that there are, and those that were asked lately."""
    rows = (
        Endpoint.objects.all() if organisation == INSTALLATION else Endpoint.objects.visible_to(organisation)
    )
    whose = None if organisation == INSTALLATION else organisation.pk
    asked = CallDay.objects.filter(organisation=whose, dimension=CallDay.Dimension.MODEL)
    since = timezone.now().date() - timedelta(days=MODEL_DAYS)
    models = {
        *rows.values_list("model", flat=True),
        *asked.filter(day__gte=since).values_list("model", flat=True),
    }
    return [(model, model) for model in sorted(models)]


def usage_url() -> str:
    return reverse("inference:usage")


def _owned(rows: QuerySet[Row], organisation: Organisation) -> QuerySet[Row]:
    return rows if organisation == INSTALLATION else rows.filter(organisation=organisation)
