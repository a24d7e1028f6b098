"""Pages of our own in the admin: behind `operators_only`, in its frame and beside its menu."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.core.errors import Text


def admin_page(request: HttpRequest, template: str, title: Text, context: dict[str, Any]) -> HttpResponse:
    """`template` extends `admin/page.html` and fills its block `admin_content`."""
    return render(request, template, {**admin.site.each_context(request), "title": title, **context})
