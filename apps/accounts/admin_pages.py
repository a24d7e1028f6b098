"""Pages of our own in the admin: behind `operators_only`, in its frame and beside its menu."""

from typing import Any

from allauth.account.utils import get_next_redirect_url
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from apps.accounts.access import operators_only
from apps.core.errors import Text


def admin_page(request: HttpRequest, template: str, title: Text, context: dict[str, Any]) -> HttpResponse:
    """`template` extends `admin/page.html` and fills its block `admin_content`."""
    return render(request, template, {**admin.site.each_context(request), "title": title, **context})


@operators_only
def admin_sign_in(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """Where the admin sends whoever is not let in: strangers to the portal's sign-in, and operators back again."""
    return redirect(get_next_redirect_url(request) or "admin:index")
