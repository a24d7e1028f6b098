from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.access import actor_of, requires
from apps.medical_records.patients.selectors import preferences_of
from apps.medical_records.settings.forms import MedicalPreferencesForm
from apps.medical_records.settings.services import change_preferences


@require_http_methods(["GET", "POST"])
@requires("records.manage")
def preferences(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    form = MedicalPreferencesForm(request.POST or None, instance=preferences_of(actor.organisation))
    if request.method == "POST" and form.is_valid():
        change_preferences(actor, changes=form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("medical_records:preferences")
    return render(request, "medical_records/settings/preferences.html", {"form": form})
