"""No organisation sees another's rows. The walk finds new routes, models and serializers by itself."""

import json
from itertools import chain, product
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.models import ForeignKey
from django.test import Client
from django.test.utils import CaptureQueriesContext
from drf_spectacular.generators import SchemaGenerator

from apps.accounts.access import API, MEMBER, PUBLIC, SIGNED_IN, HasPermission
from apps.accounts.actors import OPERATOR
from apps.accounts.models import Organisation, User
from apps.accounts.permissions import PERMISSIONS
from apps.core.models import OrganisationQuerySet
from tests.architecture.desk_walks import told
from tests.architecture.instances import Belongings, model_of, owned_models
from tests.architecture.routes import Route, all_routes, our_routes
from tests.conftest import ApiClient
from tests.sample import sampled

# Views that strangers may call. Each checks a token of its own or shows nothing of an organisation.
PUBLIC_VIEWS = {
    "apps.accounts.single_sign_on.callback",
    "apps.accounts.pages.address_of_account",
    "apps.accounts.pages.join",
    "apps.accounts.pages.open_invitation",
    "apps.core.api.json_error_view",
    "apps.customer_service.chat.api.VisitorConversationsView",
    "apps.customer_service.chat.api.VisitorIdentityView",
    "apps.customer_service.chat.api.visitor_events",
    "apps.customer_service.chat.api.voice_events",
    "apps.customer_service.chat.pages.visitor_attachment",
    "apps.customer_service.chat.pages.chat",
    "apps.customer_service.messengers.webhook_receivers.messenger_hook",
    "apps.customer_service.chat.pages.widget",
    "apps.observability.pages.healthz",
    "apps.observability.pages.prometheus",
    "apps.observability.pages.readyz",
    "apps.portal.pages.set_language",
    *told("PUBLIC_VIEWS"),
}
# Parts of an address that name no row; may be a function of whose rows the address names.
PLAIN_KWARGS = {
    "action": "resolve",
    "file_type": "csv",
    "table": "figures",
    "queue": "batch",
    "provider_id": "sso",
    "prompt_name": "shorten",
    "resource": "Users",
    "report": "jobs",
    # On operators' pages alone.
    "organisation_id": lambda owner: owner.organisation.pk,
    **told("PLAIN_KWARGS"),
}
# Visitors come in with a token for one conversation.
VISITOR = "visitor"
REFUSED = (401, 403, 404, 405)
# Enough for every route to accept the body and go on to look for the row.
PLAUSIBLE_BODY = {
    "name": "x",
    "text": "hello",
    "message": "hello",
    "role": "viewer",
    "url": "https://shop.example/",
    "events": ["job.failed"],
    "cron": "0 7 * * *",
    "time_zone": "UTC",
}

GUARDED = [route for route in our_routes() if route.access != PUBLIC]


@pytest.fixture
def alices(tea_house: Organisation, alice: User) -> Belongings:
    return Belongings(tea_house, alice)


@pytest.fixture
def bobs(rival: Organisation, bob: User) -> Belongings:
    return Belongings(rival, bob)


def names_a_row(route: Route) -> bool:
    return bool(set(route.kwargs) - PLAIN_KWARGS.keys())


def values_for(route: Route, owner: Belongings) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for kwarg in route.kwargs:
        model = model_of(kwarg)
        assert model or kwarg in PLAIN_KWARGS, (
            f"{route} takes “{kwarg}”, which names no model. Call the kwarg <model>_id after the model whose "
            "row it is (this test then covers it), or add it to PLAIN_KWARGS when it names no row at all."
        )
        plain = PLAIN_KWARGS.get(kwarg)
        values[kwarg] = (
            owner.one(model, route.desk).pk if model else plain(owner) if callable(plain) else plain
        )
    return values


def called(client: Client, method: str, route: Route, path: str) -> Any:
    """The answer to one request with a plausible body. Whatever it changes is undone."""
    client.raise_request_exception = False
    as_json = {"data": json.dumps(PLAUSIBLE_BODY), "content_type": "application/json"}
    body = {"data": PLAUSIBLE_BODY} if not route.is_api and method == "post" else as_json
    with transaction.atomic():
        answer = getattr(client, method)(path, **(body if method != "get" else {}))
        transaction.set_rollback(True)
    return answer


def content_of(answer: Any) -> str:
    """A live stream is left alone: it would last as long as its job. Of a PDF, what is not packed."""
    if answer.streaming and answer.is_async:
        return ""
    content: bytes = answer.getvalue() if answer.streaming else answer.content
    return content.decode(errors="replace")


@pytest.mark.parametrize("route", our_routes(), ids=str)
def test_every_view_says_who_may_come_in(route: Route) -> None:
    if route.access == PUBLIC:
        assert route.view_name in PUBLIC_VIEWS, f"{route.view_name} is public: is it meant to be?"
    elif route.view_class:
        assert HasPermission in route.view_class.permission_classes
        declared = {route.access_for(method) for method in route.methods} - {None}
        assert declared, f"{route.view_name} needs `permissions`; until then it lets nobody in"
        assert declared <= {*PERMISSIONS, VISITOR, MEMBER}, f"{route.view_name} names an unknown permission"
    else:
        assert route.access in {*PERMISSIONS, MEMBER, SIGNED_IN, API, OPERATOR}, (
            f"{route.view_name} says nothing about access: use @requires(…), @signed_in, @operators_only or @public"
        )


def test_another_organisation_gets_nothing(
    alices: Belongings, bob_browser: Client, bob_api: ApiClient
) -> None:
    let_in = []
    for route in sampled(filter(names_a_row, GUARDED), 1 / 8):
        path = route.path(values_for(route, alices))
        clients = (bob_browser, bob_api) if route.is_api else (bob_browser,)  # the portal knows no keys
        for method, client in product(route.methods, clients):
            status = called(client, method, route, path).status_code
            if status not in REFUSED:
                let_in.append(f"{method.upper()} {route} → {status}")

    assert let_in == []


def is_reached(browser: Client, route: Route, path: str, by_get: int) -> bool:
    """By any of its methods. If owners did not, the refusals above would prove nothing: their walk is that of
    `test_exports.py`."""
    others = (method for method in route.methods if method != "get")
    statuses = chain([by_get], (called(browser, method, route, path).status_code for method in others))
    return any(status not in REFUSED for status in statuses)


def test_strangers_are_turned_away(alices: Belongings) -> None:
    let_in = []
    for route in sampled(GUARDED, 1 / 8):
        path = route.path(values_for(route, alices))
        for method in route.methods:
            answer = called(Client(), method, route, path)
            signs_in = answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")
            if not signs_in and answer.status_code not in (401, 403, 405):
                let_in.append(f"{method.upper()} {route} → {answer.status_code}")

    assert let_in == []


def test_pages_and_lists_show_nothing_of_another_organisation(
    alices: Belongings, bobs: Belongings, bob_browser: Client, bob_api: ApiClient
) -> None:
    """Bob looks at all that is his: no list, page or choice in a form names a row of alice's."""
    foreign = {str(row.pk) for row in alices.everything()} | {alices.user.email, str(alices.organisation.pk)}
    leaks = []
    for route in sampled([route for route in GUARDED if "get" in route.methods], 1 / 8):
        path = route.path(values_for(route, bobs))
        for client in (bob_browser, bob_api):
            answer = called(client, "get", route, path)
            text = content_of(answer)
            if answer.status_code >= 500 or any(trace in text for trace in foreign):
                leaks.append(f"{route} → {answer.status_code}")

    assert leaks == []


def documented_bodies() -> list[tuple[str, str, dict[str, Any]]]:
    """(method, path, body schema) of every documented operation that takes a body."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    components = schema["components"]["schemas"]
    found = []
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {})
            body = content.get("application/json", {}).get("schema", {})
            name = body.get("$ref", "").rpartition("/")[2]
            found.append((method, path, components.get(name, body)))
    return found


def row_fields(schema: dict[str, Any]) -> list[str]:
    """Fields of a body that name rows."""
    return [
        name
        for name, field in schema.get("properties", {}).items()
        if not field.get("readOnly") and "uuid" in (field.get("format"), field.get("items", {}).get("format"))
    ]


def type_of(field: dict[str, Any]) -> str:
    """OpenAPI 3.1 says that something may be null by a second type."""
    kinds = field.get("type", "")
    return str(kinds[0] if isinstance(kinds, list) else kinds)


def example_of(field: dict[str, Any]) -> Any:
    examples = {"integer": 1, "number": 1, "boolean": True, "array": [], "object": {}}
    return field.get("default", examples.get(type_of(field), "x"))


def test_bodies_cannot_name_rows_of_another_organisation(
    alices: Belongings, bobs: Belongings, bob_browser: Client
) -> None:
    """Rows of alice's in every field that takes an id. Which models a field means is read from what is looked up."""

    def answered(method: str, path: str, body: dict[str, Any]) -> int:
        with transaction.atomic():
            answer = getattr(bob_browser, method)(own_path(path, bobs), body, content_type="application/json")
            transaction.set_rollback(True)
        return int(answer.status_code)

    alices_rows = alices.everything()
    taken, tried = [], 0
    for method, path, schema in documented_bodies():
        for name in row_fields(schema):
            is_list = type_of(schema["properties"][name]) == "array"
            body = {key: example_of(schema["properties"][key]) for key in schema.get("required", [])}
            body |= PLAUSIBLE_BODY
            nobodys = uuid4().hex  # as the statements of psycopg write it
            with CaptureQueriesContext(connection) as queries:
                answered(method, path, body | {name: [nobodys] if is_list else nobodys})
            lookups = [query["sql"] for query in queries if nobodys in query["sql"]]
            fitting = [
                row
                for row in alices_rows
                if any(f'"{row._meta.db_table}"' in sql for sql in lookups)
                # A body may be refused before its ids are looked up: then those that the name tells of.
                or row._meta.model == model_of(f"{name.removesuffix('s')}_id")
            ]
            for row in fitting:
                tried += 1
                status = answered(method, path, body | {name: [str(row.pk)] if is_list else str(row.pk)})
                if status not in (400, 401, 403, 404):
                    taken.append(f"{method.upper()} {path} {name}={row._meta.label} → {status}")

    assert taken == []
    assert tried >= 40


def own_path(path: str, owner: Belongings) -> str:
    """The documented path with ids of the owner's own rows."""
    for kwarg in [part[1:-1] for part in path.split("/") if part.startswith("{")]:
        model = model_of(kwarg)
        assert model, f"{path} takes “{kwarg}”, which names no model"
        path = path.replace(f"{{{kwarg}}}", str(owner.one(model).pk))
    return path


@pytest.mark.parametrize("model", owned_models(), ids=lambda model: model.__name__)
def test_every_owned_model_starts_from_its_organisation(model: Any) -> None:
    assert isinstance(model._default_manager.all(), OrganisationQuerySet), (
        f"{model.__name__} needs `objects = OrganisationQuerySet.as_manager()` or a queryset derived from it"
    )


def test_every_model_belongs_to_an_organisation_or_is_part_of_a_row_that_does() -> None:
    free = {"accounts.User", "accounts.Organisation"}
    # What an operator decided about a queue of all organisations.
    free |= {"jobs.QueueControl"}
    # The installation is backed up as a whole, by whoever runs it.
    free |= {"operations.BackupPlan", "operations.BackupRun"}
    # They say that an organisation is gone, and outlive it.
    free |= {"operations.OrganisationDeletion", "accounts.RetiredSlug"}
    # All organisations run the same code.
    free |= {"dashboards.InstalledVersion"}
    stray = {
        model._meta.label
        for model in apps.get_models()
        if model.__module__.startswith("apps.") and model not in owned_models() and not is_part(model)
    }

    assert stray <= free


def is_part(model: Any) -> bool:
    """Reached only through the row it hangs on: it has no address of its own."""
    return any(
        isinstance(field, ForeignKey) and not field.null and field.related_model in owned_models()
        for field in model._meta.fields
    )


def test_the_admin_is_for_operators_only(alice_browser: Client) -> None:
    """All pages that are no table's, and of each app one table's: the frame makes the others alike."""
    routes = [route for route in all_routes() if route.name.startswith("admin:") and not route.kwargs]
    tables = {route.name.split("_")[0]: route for route in routes if route.name.endswith("_changelist")}
    others = [route for route in routes if not route.name.endswith(("_changelist", "_add"))]
    let_in = []
    for route in (*others, *tables.values()):
        status = called(alice_browser, "get", route, route.path({})).status_code
        if status not in (302, 403, 404):
            let_in.append(f"{route} → {status}")

    assert let_in == []
