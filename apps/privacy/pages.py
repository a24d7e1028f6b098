from functools import partial
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import selectors as accounts
from apps.accounts.access import actor_of, requires
from apps.core.pages import act_and_go_back
from apps.privacy import members, retention, retention_rules
from apps.privacy.report_file import report_response


class RetentionForm(forms.Form):
    rule = forms.SlugField()
    value = forms.IntegerField(min_value=0, max_value=36_500)


@require_http_methods(["GET", "POST"])
@requires("organisation.manage")
def retention_page(request: HttpRequest) -> HttpResponse:
    """How long everything is kept, what goes next, and the word of a person that a clock that jumped is right."""
    actor = actor_of(request)
    if request.method == "POST":
        retention.confirm_clock(actor)
        messages.success(request, _("Expired data is deleted within the hour."))
        return redirect("privacy:retention")
    context = {
        "clock": retention.stopped_clock(actor.organisation),
        "now": timezone.now(),
        "views": retention_rules.views(actor),
    }
    return render(request, "privacy/retention.html", context)


@require_GET
@requires("organisation.manage")
def member_report(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    """A file with all that is held of the member's own."""
    actor = actor_of(request)
    member = accounts.members(actor.organisation).one(pk=membership_id)
    return report_response(members.member_report(actor, member))


@require_POST
@requires("organisation.manage")
def change_retention(request: HttpRequest) -> HttpResponse:
    form = RetentionForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Enter a whole number of 0 or more."))
        return redirect("privacy:retention")
    change = partial(retention_rules.change, actor_of(request), form.cleaned_data["rule"])
    return act_and_go_back(
        request, lambda: change(form.cleaned_data["value"]), "privacy:retention", success=_("Saved.")
    )
