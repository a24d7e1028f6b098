"""No browser and no proxy keeps what strangers are answered. What members see: `test_exports.py`, in the same walk."""

from uuid import uuid4

import pytest
from django.test import Client

from apps.accounts.access import PUBLIC
from tests.architecture.routes import our_routes
from tests.architecture.test_isolation import PLAIN_KWARGS, called

# The script of a channel, the same for everybody who visits the shop.
FOR_EVERYBODY = {"apps.customer_service.chat.pages.widget"}


@pytest.mark.django_db
def test_no_answer_of_a_public_address_is_stored_by_anybody() -> None:
    """With a token that opens nothing."""
    routes = [route for route in our_routes() if route.name and route.access == PUBLIC]
    others = [route for route in routes if route.view_name not in FOR_EVERYBODY]
    kept = {}
    for route in others:
        path = route.path({name: str(PLAIN_KWARGS.get(name, uuid4())) for name in route.kwargs})
        answer = called(Client(), "get", route, path)
        if answer["Cache-Control"] != "no-store":
            kept[str(route)] = answer["Cache-Control"]

    assert kept == {}
    assert len(others) > 10
