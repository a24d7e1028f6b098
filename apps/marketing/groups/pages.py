"""Groups of people who are alike: finding them, and those that were found."""

from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.access import actor_of, requires
from apps.accounts.act_declaration import own_row
from apps.core.forms import submit_form
from apps.marketing.groups import selectors, services
from apps.marketing.groups.forms import ClusteringForm
from apps.marketing.groups.presenters import GroupView
from apps.marketing.groups.resources import PEOPLE_CLUSTERINGS
from apps.marketing.profiles.selectors import known_attributes
from apps.marketing.segments.selectors import segment_list
from apps.resources.presenters import RowListView


@require_http_methods(["GET", "HEAD", "POST"])
@requires("marketing.people")
def people_clusterings(request: HttpRequest) -> HttpResponse:
    """Choose what people are compared by, and those that were found before."""
    actor = actor_of(request)
    known = [each for each in known_attributes(actor.organisation) if each.is_groupable]
    form = ClusteringForm(known[: services.MAX_ATTRIBUTES], request.POST or None)
    if made := submit_form(form, partial(services.start_clustering, actor)):
        return redirect(made)
    context: dict[str, Any] = {
        "form": form,
        "has_attributes": bool(known),
        "clusterings": RowListView(PEOPLE_CLUSTERINGS, request),
    }
    return render(request, "marketing/groups/clusterings.html", context)


@require_safe
@requires("marketing.people")
def people_clustering(request: HttpRequest, people_clustering_id: UUID) -> HttpResponse:
    row = own_row(request, selectors.clustering_list, people_clustering_id)
    kept = {str(pk) for pk in segment_list(row.organisation).values_list("pk", flat=True)}
    context: dict[str, Any] = {
        "clustering": row,
        "groups": [GroupView(cluster, is_kept=cluster["segment"] in kept) for cluster in row.clusters],
    }
    template = "clustering_groups" if request.htmx else "clustering"  # type: ignore[attr-defined]
    return render(request, f"marketing/groups/{template}.html", context)
