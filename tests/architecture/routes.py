"""Every address the site answers to, found by walking the resolver."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from apps.accounts.access import permission_for
from apps.core import desks

# Packages that bring their own views and hold no row of an organisation; the admin is tested for itself.
FOREIGN_PACKAGES = ("allauth.", "django.", "drf_spectacular.", "unfold.")


@dataclass(frozen=True)
class Route:
    """One pattern and the view behind it."""

    name: str
    kwargs: tuple[str, ...]
    view: Any

    @property
    def view_class(self) -> Any:
        return getattr(self.view, "cls", None) or getattr(self.view, "view_class", None)

    @property
    def view_name(self) -> str:
        named = self.view_class or self.view
        return f"{named.__module__}.{named.__qualname__}"

    @property
    def is_ours(self) -> bool:
        """Pages of tables in the admin are Django's, whatever of them a table changes."""
        return not (self.view_name.startswith(FOREIGN_PACKAGES) or self.name.startswith("admin:"))

    @property
    def desk(self) -> str:
        """Whose route it is; empty of one of the frame's."""
        words = {*self.name.split(":"), *self.view_name.split(".")}
        return next((desk.name for desk in desks.all_desks() if desk.name in words), "")

    @property
    def is_api(self) -> bool:
        return hasattr(self.view_class, "permission_classes") or self.name.startswith("api:")

    @property
    def methods(self) -> list[str]:
        """HTTP methods with an action behind them; a function answers GET and POST or refuses one of them."""
        actions = getattr(self.view, "actions", None)
        if actions:
            return sorted(actions.keys() - {"head", "options"})
        if self.view_class:
            return [
                name for name in ("get", "post", "put", "patch", "delete") if hasattr(self.view_class, name)
            ]
        return ["get", "post"]

    @property
    def access(self) -> Any:
        """What the view says about who may come in; None when it says nothing."""
        declared = getattr(self.view_class or self.view, "access", None)
        return declared or getattr(self.view_class, "permissions", None)

    def access_for(self, method: str) -> Any:
        actions = getattr(self.view, "actions", None) or {}
        said = self.view_class and permission_for(self.view_class, actions.get(method, method.upper()))
        return said or (None if isinstance(self.access, dict) else self.access)

    def path(self, values: dict[str, Any]) -> str:
        return reverse(self.name, kwargs={name: values[name] for name in self.kwargs})

    def __str__(self) -> str:
        return self.name or self.view_name


def all_routes() -> list[Route]:
    return list(_walk(get_resolver().url_patterns, "", ()))


def our_routes() -> list[Route]:
    return [route for route in all_routes() if route.is_ours]


def _walk(patterns: list[Any], prefix: str, outer: tuple[str, ...]) -> Iterator[Route]:
    for pattern in patterns:
        kwargs = (*outer, *_kwargs(pattern.pattern))
        if isinstance(pattern, URLResolver):
            inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from _walk(pattern.url_patterns, inner, kwargs)
        elif isinstance(pattern, URLPattern):
            name = f"{prefix}{pattern.name}" if pattern.name else ""
            yield Route(name, kwargs, pattern.callback)


def _kwargs(pattern: Any) -> list[str]:
    return list(getattr(pattern, "converters", None) or pattern.regex.groupindex)
