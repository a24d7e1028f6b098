"""No browser and no proxy keeps what is about people. The walk finds new routes by itself."""

from uuid import uuid4

from django.test import Client

from apps.accounts.access import PUBLIC
from apps.accounts.models import Organisation, User
from tests.architecture.instances import Belongings
from tests.architecture.routes import our_routes
from tests.architecture.test_isolation import PLAIN_KWARGS, called, values_for
from tests.sample import sampled

# The script of a channel, the same for everybody who visits the shop.
FOR_EVERYBODY = {"apps.customer_service.chat.pages.widget"}


def test_no_answer_is_stored_by_anybody(alice_browser: Client, alice: User, tea_house: Organisation) -> None:
    """With rows of alice's own, so that pages are whole; public addresses get a token that opens nothing."""
    own = Belongings(tea_house, alice)
    routes = [route for route in our_routes() if route.name and route.view_name not in FOR_EVERYBODY]
    kept, whole = {}, 0
    for route in sampled(routes, 1 / 8):
        no_row = {name: str(PLAIN_KWARGS.get(name, uuid4())) for name in route.kwargs}
        path = route.path(no_row if route.access == PUBLIC else values_for(route, own))
        answer = called(alice_browser, "get", route, path)
        whole += answer.status_code == 200
        if answer["Cache-Control"] != "no-store":
            kept[str(route)] = answer["Cache-Control"]

    assert kept == {}
    assert whole > 25
