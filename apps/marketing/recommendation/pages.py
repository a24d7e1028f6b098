"""Ranked channels for everybody, a segment or a person; estimates of policies, and letting one go live."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from apps.accounts.access import actor_of, requires
from apps.accounts.act_declaration import own_row
from apps.core.pages import paginate
from apps.marketing.experiments.models import Experiment
from apps.marketing.profiles import selectors as profiles
from apps.marketing.recommendation import presenters, selectors
from apps.marketing.recommendation.forms import PersonSearchForm, RankingForm
from apps.marketing.recommendation.models import PolicyEstimate
from apps.marketing.segments.selectors import segment_list


@require_safe
@requires("marketing.use")
def recommendation(request: HttpRequest) -> HttpResponse:
    """Channels for everybody or for the chosen segment, and the experiments whose log an estimate can be made from."""
    actor = actor_of(request)
    form = RankingForm(actor.organisation, request.GET)
    ranking = selectors.rank_segment(actor.organisation, form.chosen_segment, metric=form.chosen_metric)
    context = {
        **_ranking_context(ranking),
        "form": form,
        "person_form": PersonSearchForm() if actor.may("marketing.people") else None,
        "page": paginate(request, selectors.estimated_experiments(actor.organisation), 20),
    }
    return render(request, "marketing/recommendation/recommendation.html", context)


@require_safe
@requires("marketing.use")
def segment_recommendation(request: HttpRequest, segment_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    segment = own_row(request, segment_list, segment_id)
    form = RankingForm(
        actor.organisation, {"segment": str(segment.pk), "metric": request.GET.get("metric", "")}
    )
    ranking = selectors.rank_segment(actor.organisation, segment, metric=form.chosen_metric)
    context = {**_ranking_context(ranking), "segment": segment}
    return render(request, "marketing/recommendation/segment.html", context)


@require_safe
@requires("marketing.people")
def person_recommendation(request: HttpRequest, person_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    person = own_row(request, profiles.people_list, person_id)
    metric = RankingForm(actor.organisation, {"metric": request.GET.get("metric", "")}).chosen_metric
    ranking = selectors.rank_person(actor.organisation, person, metric=metric)
    context = {**_ranking_context(ranking, is_of_person=True), "person": person}
    return render(request, "marketing/recommendation/person.html", context)


@require_safe
@requires("marketing.people")
def find_person(request: HttpRequest) -> HttpResponse:
    """From the organisation's own number to the person's page."""
    form = PersonSearchForm(request.GET)
    if form.is_valid():
        rows = profiles.people_list(actor_of(request).organisation)
        if person := rows.filter(external_id=form.cleaned_data["number"]).first():
            return redirect("marketing:person_recommendation", person.pk)
    messages.warning(request, _("No person with this ID."))
    return redirect("marketing:recommendation")


@require_safe
@requires("marketing.use")
def policy_estimates(request: HttpRequest, experiment_id: UUID) -> HttpResponse:
    """Of one experiment, the newest first."""
    experiment = own_row(request, Experiment.objects.within, experiment_id)
    rows = selectors.estimate_list(experiment.organisation).filter(experiment=experiment)
    context = {
        "experiment": experiment,
        "page": paginate(request, rows, 20),
        "live": selectors.live_estimate(experiment),
        "is_draft": experiment.status == Experiment.Status.DRAFT,
    }
    return render(request, "marketing/recommendation/estimates.html", context)


@require_safe
@requires("marketing.use")
def policy_estimate(request: HttpRequest, policy_estimate_id: UUID) -> HttpResponse:
    rows = selectors.estimate_list(actor_of(request).organisation)
    estimate: PolicyEstimate = rows.one(pk=policy_estimate_id)
    context: dict[str, Any] = {"estimate": estimate, "experiment": estimate.experiment}
    if estimate.candidates and estimate.best_arm_id:
        context |= {
            "view": presenters.estimate_view(estimate),
            "obstacle": selectors.obstacle(estimate, estimate.experiment),
            "may_apply": actor_of(request).may("marketing.manage"),
            "is_live": (live := selectors.live_estimate(estimate.experiment)) and live.pk == estimate.pk,
        }
    return render(request, "marketing/recommendation/estimate.html", context)


def _ranking_context(ranking: selectors.Ranking, *, is_of_person: bool = False) -> dict[str, Any]:
    return {
        "ranking": ranking,
        "metric": ranking.metric,
        "rank_rows": presenters.rank_rows(ranking),
        "excluded": presenters.excluded_lines(ranking, is_of_person=is_of_person),
    }
