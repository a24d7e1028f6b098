"""A list speaks the language of whoever looks at it, whoever looked at it before."""

from typing import Any

import pytest
from django.utils import translation

from apps.accounts.actors import Actor
from apps.jobs.resources import WEBHOOK_DELIVERIES
from apps.resources.declaration import Resource
from tests.resources.test_resources import declared

pytestmark = pytest.mark.django_db
NARROWED = [resource for resource in declared() if resource.filters or resource.search]


@pytest.mark.parametrize("resource", NARROWED, ids=lambda resource: resource.plural)
def test_filters_are_in_the_language_of_who_looks_after_somebody_with_another_one(
    resource: Resource[Any], alice_actor: Actor
) -> None:
    with translation.override("en"):
        # As the API's schema does when somebody opens its documentation.
        fields = [each.field for each in resource.filterset.base_filters.values()]
    chinese = labels(resource, alice_actor, "zh-hans")
    english = labels(resource, alice_actor, "en")

    assert labels(resource, alice_actor, "zh-hans") == chinese
    assert fields
    assert not set(chinese) & set(english)


def test_a_filter_of_rows_that_nobody_writes_down_is_called_as_its_column() -> None:
    state = WEBHOOK_DELIVERIES.filterset.base_filters["state"]
    with translation.override("zh-hans"):
        assert str(state.label) == "状态"


def labels(resource: Resource[Any], actor: Actor, language: str) -> list[str]:
    with translation.override(language):
        filters = resource.filterset({}, queryset=resource.rows_within(actor.organisation))
        return [str(field.label) for field in filters.form]
