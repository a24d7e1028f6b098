"""People: their list, each one's page and form, and tables of them on the way in."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from apps.accounts.access import actor_of, requires
from apps.accounts.act_declaration import own_row
from apps.core.forms import submit_form
from apps.core.pages import optional_uuid
from apps.core.row_table import RowTable
from apps.marketing.channels.names import channel_choices, channel_name
from apps.marketing.profiles import selectors, services
from apps.marketing.profiles.forms import PersonForm
from apps.marketing.profiles.models import Person
from apps.marketing.profiles.resources import EXPOSURES, PEOPLE
from apps.marketing.segments.selectors import segment_list
from apps.privacy.report_file import report_response
from apps.resources.presenters import RowListView


@require_safe
@requires("marketing.people")
def people(request: HttpRequest) -> HttpResponse:
    """A number finds its person, wherever they stand in the list."""
    organisation = actor_of(request).organisation
    number = request.GET.get("number", "").strip()[:200]
    segments = list(segment_list(organisation))
    chosen = next((each for each in segments if str(each.pk) == request.GET.get("segment")), None)
    if number:
        found = selectors.people_list(organisation).filter(external_id=number)
        page = selectors.PeoplePage(list(found), None)
    else:
        after = optional_uuid(request.GET.get("after", ""))
        page = selectors.people_page(organisation, segment=chosen, after=after)
    context: dict[str, Any] = {
        "page": page,
        "table": RowTable(PEOPLE, page.people, link=resolve_url),
        "number": number,
        "segments": segments,
        "segment": chosen,
        "is_filtered": bool(number or chosen or request.GET.get("after")),
    }
    return render(request, "marketing/profiles/people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("marketing.people")
def new_person(request: HttpRequest) -> HttpResponse:
    return _person_form(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("marketing.people")
def change_person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    return _person_form(request, own_row(request, selectors.people_list, person_id))


@require_safe
@requires("marketing.people")
def person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    actor, row = actor_of(request), own_row(request, selectors.people_list, person_id)
    allowed = selectors.allowed_channels(actor.organisation, [row])[row.pk]
    context: dict[str, Any] = {
        "person": row,
        "attributes": sorted(row.attributes.items()),
        "channels": [
            (key, label, key in row.unsubscribed, key in allowed)
            for key, label in channel_choices()
            if key in row.consents or key in row.unsubscribed
        ],
        "memberships": selectors.memberships_of(row),
        "exposures": RowListView(EXPOSURES, request, person=row),
    }
    return render(request, "marketing/profiles/person.html", context)


@require_POST
@requires("marketing.people")
def unsubscribe_person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """A member writes down that the person asked for it."""
    row, channel = own_row(request, selectors.people_list, person_id), request.POST.get("channel", "")
    if channel in row.consents:
        services.unsubscribe(row, channel, actor=actor_of(request))
        text = _("This person no longer gets messages by %(channel)s.")
        messages.success(request, text % {"channel": channel_name(channel)})
    return redirect(row)


@require_GET
@requires("marketing.people")
def report_person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """All that is held about somebody, as a file to hand to them."""
    row = own_row(request, selectors.people_list, person_id)
    return report_response(services.person_report(actor_of(request), row))


def _person_form(request: HttpRequest, row: Person | None) -> HttpResponse:
    actor, form = actor_of(request), PersonForm(request.POST or None, person=row)
    if saved := submit_form(form, lambda **values: services.save_person(actor, row, values=values)):
        messages.success(request, _("Saved."))
        return redirect(saved)
    return render(request, "marketing/profiles/person_form.html", {"form": form, "person": row})
