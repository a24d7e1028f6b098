from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.access import operators_only, user_of
from apps.accounts.admin_pages import admin_page
from apps.operations.backups import selectors, services
from apps.operations.backups.forms import BackupPlanForm


@require_http_methods(["GET", "HEAD", "POST"])
@operators_only
def backups(request: HttpRequest) -> HttpResponse:
    """When backups are written, what became of the last, and rehearsing to restore one."""
    form = BackupPlanForm(request.POST or None, instance=selectors.plan())
    if request.method == "POST" and form.is_valid():
        services.save_plan(user_of(request), form.instance)
        messages.success(request, _("The schedule was changed."))
        return redirect("admin_operations:backups")
    runs = selectors.runs()
    context = {
        "form": form,
        "runs": runs,
        # Nobody's corrections are loaded away.
        "is_live": not form.is_bound and any(not run.is_over for run in runs),
        "alert": selectors.alert(),
        "last_backup": selectors.last_backup(),
        "last_drill": selectors.last_drill(),
    }
    return admin_page(request, "operations/backups/backups.html", _("Backups"), context)
