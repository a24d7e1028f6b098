"""A permission is said once, by the service: what changes something is followed from every route to the service behind it.

`silent_services.txt` lists those that said nothing when the walk was written. Take a line off when it is mended; add none.
"""

import ast
import inspect
import textwrap
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from apps.accounts.access import PUBLIC, SIGNED_IN
from apps.accounts.act_declaration import Act
from apps.accounts.actors import DECLARED, OPERATOR, VISITOR, permission_of
from apps.accounts.models import Organisation, User
from apps.accounts.permissions import PERMISSIONS
from tests.architecture.instances import Belongings
from tests.architecture.routes import Route, our_routes
from tests.architecture.test_isolation import values_for
from tests.conftest import actor_in

SILENT = set(Path(__file__).with_name("silent_services.txt").read_text().split())
UNSAFE = ("post", "put", "patch", "delete")
# What reads, shows, or checks for all services; by the last word of the module.
NO_SERVICES = {
    "selectors",
    "pages",
    "api",
    "forms",
    "access",
    "presenters",
    "switches",
}


def name_of(service: Callable[..., Any]) -> str:
    return f"{service.__module__.removeprefix('apps.')}.{service.__name__}"


def is_service(found: object) -> bool:
    """A function of an app whose first argument is the actor, and that is no selector."""
    if not isinstance(found, FunctionType) or not found.__module__.startswith("apps."):
        return False
    if NO_SERVICES & set(found.__module__.split(".")) or found.__module__.endswith("_pages"):
        return False
    parameters = list(inspect.signature(found, follow_wrapped=True).parameters.values())
    return bool(parameters) and parameters[0].name == "actor"


def mentions(function: Callable[..., Any]) -> Iterator[object]:
    """All that the source of a function names and its module knows: services that it calls or passes on."""
    plain = inspect.unwrap(function)
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(plain)))):
        match node:
            case ast.Name(id=name):
                yield plain.__globals__.get(name)
            case ast.Attribute(value=ast.Name(id=name), attr=attribute):
                owner = plain.__globals__.get(name)
                yield getattr(owner, attribute, None) if isinstance(owner, ModuleType) else None


def services_of(function: Callable[..., Any], *, seen: frozenset[object] = frozenset()) -> set[FunctionType]:
    """Those that a handler uses itself, or by the helpers of its own module."""
    found: set[FunctionType] = set()
    for each in mentions(function):
        each = plain(each)
        if is_service(each):
            found.add(each)  # type: ignore[arg-type]
        elif isinstance(each, FunctionType) and each.__module__ == function.__module__ and each not in seen:
            found |= services_of(each, seen=seen | {each, function})
    return found


def plain(service: Any) -> FunctionType:
    return service.func if isinstance(service, partial) else service  # type: ignore[no-any-return]


def methods_of_page(view: Any) -> set[str]:
    """What `require_POST` and the like let through; everything where nothing is said."""
    while view is not None:
        code, cells = getattr(view, "__code__", None), getattr(view, "__closure__", None) or ()
        names = dict(zip(code.co_freevars, cells, strict=True)) if code else {}
        if "request_method_list" in names:
            return set(names["request_method_list"].cell_contents)
        view = getattr(view, "__wrapped__", None)
    return {"GET", "POST"}


def acts_of(route: Route) -> Iterator[tuple[Any, Callable[..., Any]]]:
    """(permission, handler) of everything behind a route that changes something."""
    if not route.view_class:
        if "POST" in methods_of_page(route.view):
            yield route.access, route.view
        return
    actions = getattr(route.view, "actions", None) or {method: method for method in route.methods}
    for method, name in actions.items():
        if method in UNSAFE and hasattr(route.view_class, name):
            yield route.access_for(method), getattr(route.view_class, name)


@cache
def ways() -> dict[FunctionType, set[tuple[str, Route]]]:
    """Of each service the routes that lead to it, with the permission that each asks for."""
    found: dict[FunctionType, set[tuple[str, Route]]] = defaultdict(set)
    for route in our_routes():
        for permission, handler in acts_of(route):
            if permission not in (PUBLIC, SIGNED_IN, OPERATOR, VISITOR, None):
                act = getattr(handler, "act", None)
                for service in {plain(act.service)} if act else services_of(handler):
                    found[service].add((str(permission), route))
    return found


def differs(service: FunctionType, routes: set[tuple[str, Route]]) -> bool:
    """A page that is opened by others, too, may ask for less where the service itself says what its form needs. What an
    adapter declares, its frame asks for everywhere.
    """
    if getattr(service, "permission", "") == DECLARED:
        return False
    if not hasattr(service, "permission"):
        return len({permission for permission, _ in routes}) > 1
    strict = {each for each, route in routes if route.is_api or methods_of_page(route.view) == {"POST"}}
    return not strict <= {permission_of(service)}


def test_every_service_behind_a_route_says_what_it_needs() -> None:
    silent = {name_of(service) for service in ways() if not hasattr(service, "permission")}

    assert silent - SILENT == set(), "say it above the service: @requires_permission(…)"
    assert SILENT - silent == set(), "they say it now: take them off silent_services.txt"


def test_nobody_reaches_a_service_by_two_ways_with_different_permissions() -> None:
    differing = {name_of(service) for service, routes in ways().items() if differs(service, routes)}

    assert differing == set(), "page and API ask for what the service says"


def test_services_name_permissions_that_there_are() -> None:
    assert {
        permission_of(service) for service in ways() if hasattr(service, "permission")
    } <= PERMISSIONS.keys() | {DECLARED}


@pytest.fixture
def alices(tea_house: Organisation, alice: User) -> Belongings:
    return Belongings(tea_house, alice)


def test_every_act_ends_on_a_page_that_there_is(alices: Belongings) -> None:
    tried = 0
    for route in our_routes():
        act = getattr(route.view, "act", None)
        if isinstance(act, Act):
            # Of operators' acts, whose rows are the installation's, the addresses alone.
            values = {} if act.permission == OPERATOR else values_for(route, alices)
            actor, first = actor_in(alices.organisation), next(iter(values.values()), None)
            row = act.row(actor, first) if first else alices.organisation
            assert act.address_after(row).startswith("/"), route
            tried += 1

    assert tried > 50


def test_the_form_of_every_act_takes_what_was_sent_and_its_files() -> None:
    """A page hands both over; what is missing is a field's error."""
    acts = {
        id(act): act for route in our_routes() if isinstance(act := getattr(route.view, "act", None), Act)
    }

    for act in acts.values():
        if act.form:
            assert act.form(QueryDict(), MultiValueDict()).is_bound, act.service
