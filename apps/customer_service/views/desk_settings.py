"""The page about how the desk works: hours, what hands over, what figures are counted with."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.access import actor_of, requires
from apps.core.errors import InvalidInput
from apps.core.forms import show_refusal
from apps.customer_service.forms.desk_settings import DeskSettingsForm
from apps.customer_service.handoff import selectors, settings


@require_http_methods(["GET", "POST"])
@requires("conversations.manage")
def desk_settings(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    form = DeskSettingsForm(request.POST or None, instance=selectors.desk_settings(actor.organisation))
    if request.method == "POST" and form.is_valid():
        try:
            settings.change_settings(actor, changes=form.changes)
        except InvalidInput as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("customer_service:desk_settings")
    return render(request, "customer_service/desk_settings.html", {"form": form})
