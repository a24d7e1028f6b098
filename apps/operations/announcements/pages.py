"""Reading an announcement to its end, and operators' announcements for everybody."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.access import actor_of, operators_only, requires, user_of
from apps.accounts.admin_pages import admin_page
from apps.operations.announcements import selectors, services
from apps.operations.announcements.forms import AnnouncementForm
from apps.operations.announcements.models import Announcement

LIST = "admin_operations:announcements"


@require_POST
@requires(None)
def put_away(request: HttpRequest, announcement_id: UUID) -> HttpResponse:
    shown = Announcement.objects.visible_to(actor_of(request).organisation)
    services.put_away(user_of(request), shown.one(pk=announcement_id))
    return HttpResponse() if request.htmx else redirect("portal:home")  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@operators_only
def announcements(request: HttpRequest) -> HttpResponse:
    """The list, with the form of a new one."""
    return _form_page(request, AnnouncementForm(request.POST or None))


@require_http_methods(["GET", "HEAD", "POST"])
@operators_only
def announcement(request: HttpRequest, announcement_id: UUID) -> HttpResponse:
    row = get_object_or_404(selectors.operators_announcements(), pk=announcement_id)
    return _form_page(request, AnnouncementForm(request.POST or None, instance=row), row)


def _form_page(request: HttpRequest, form: AnnouncementForm, row: Announcement | None = None) -> HttpResponse:
    if form.is_valid():
        services.save_for_everybody(user_of(request), form.save(commit=False))
        messages.success(request, _("Saved."))
        return redirect(LIST)
    context = {"form": form, "row": row, "rows": [] if row else selectors.operators_announcements()[:100]}
    return admin_page(request, "operations/announcements.html", gettext_lazy("Announcements"), context)
