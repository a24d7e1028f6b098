"""Asking side by side, the answers next to each other, and the arena's scores."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.access import actor_of, requires
from apps.core.forms import submit_form
from apps.core.pages import optional_uuid, paginate
from apps.core.row_table import Columns, ListColumn, RowTable
from apps.model_lab.desk import VIEW
from apps.model_lab.side_by_side import selectors, services
from apps.model_lab.side_by_side.forms import SideBySideForm
from apps.model_lab.side_by_side.models import ComparedAnswer, ModelComparison
from apps.model_lab.side_by_side.services import MIN_ENDPOINTS, USE, ComparedQuestion
from llm_backend.changes import word_changes

COMPARISON_ROWS = 20
Vote = ModelComparison.Vote
# By the key that is pressed for it.
VOTES = tuple((str(number), vote) for number, vote in enumerate(Vote, start=1))
SCORES: Columns = {
    "model": ListColumn(_("Model"), names_row=True),
    "score": ListColumn(_("Score"), look="cell-number"),
    "drawing": ListColumn(_("95% interval"), part="model_lab/side_by_side/interval.html"),
    "votes": ListColumn(_("Votes"), kind="number"),
    "win_percent": ListColumn(_("Won"), kind="percent"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@requires(USE)
def side_by_side(request: HttpRequest) -> HttpResponse:
    """A new question above those that were asked; `?from=` begins with an earlier one."""
    actor = actor_of(request)
    earlier = optional_uuid(request.GET.get("from", ""))
    initial = _question_of(selectors.own_comparison(actor, earlier)) if earlier else None
    form = SideBySideForm(request.POST or None, organisation=actor.organisation, initial=initial)
    if request.method == "POST":
        made = submit_form(
            form, lambda **fields: services.ask_side_by_side(actor, ComparedQuestion(**fields))
        )
        if made:
            return redirect(made)
    context = {
        "form": form,
        "is_enough": len(form.fields["endpoints"].queryset) >= MIN_ENDPOINTS,  # type: ignore[attr-defined]
        "page": paginate(request, selectors.comparison_list(actor), COMPARISON_ROWS),
    }
    return render(request, "model_lab/side_by_side/asking.html", context)


@require_safe
@requires(USE)
def model_comparison(request: HttpRequest, model_comparison_id: UUID) -> HttpResponse:
    """The answers next to each other; htmx asks for what stands below them when one of them has ended."""
    actor = actor_of(request)
    comparison = selectors.own_comparison(actor, model_comparison_id)
    answers = selectors.answers_of(comparison)
    whole = [answer for answer in answers if answer.text and not answer.is_under_way]
    pair = _chosen_pair(request, whole)
    context = {
        "comparison": comparison,
        "answers": answers,
        "is_under_way": any(answer.is_under_way for answer in answers),
        "may_vote": comparison.is_blind and not comparison.vote and all(each.is_whole for each in answers),
        "votes": VOTES,
        "whole": whole,
        "pair": pair,
        # Long answers take a moment to compare.
        "pieces": word_changes(*(each.text for each in pair)) if pair and "before" in request.GET else [],
    }
    template = "verdict.html" if request.htmx else "comparison.html"  # type: ignore[attr-defined]
    return render(request, f"model_lab/side_by_side/{template}", context)


@require_safe
@requires(USE)
def compared_answer(request: HttpRequest, compared_answer_id: UUID) -> HttpResponse:
    """One column, as it is now."""
    answer = selectors.own_answer(actor_of(request), compared_answer_id)
    context = {"answer": answer, "comparison": answer.comparison}
    return render(request, "model_lab/side_by_side/column.html", context)


@require_safe
@requires(VIEW)
def arena(request: HttpRequest) -> HttpResponse:
    found = selectors.arena(actor_of(request).organisation)
    context = {
        "arena": found,
        "table": RowTable(SCORES, found.rows, caption=_("Scores")),
        "is_partial": any(row.strength is None for row in found.rows),
    }
    return render(request, "model_lab/side_by_side/arena.html", context)


def _question_of(comparison: ModelComparison) -> dict[str, Any]:
    names = ("prompt", "system", "temperature", "max_tokens", "is_blind")
    return {name: getattr(comparison, name) for name in names} | {"endpoints": comparison.pool}


def _chosen_pair(
    request: HttpRequest, whole: list[ComparedAnswer]
) -> tuple[ComparedAnswer, ComparedAnswer] | None:
    """The two answers whose difference the address asks for; the first two where it names none."""
    if len(whole) < MIN_ENDPOINTS:
        return None
    by_place = {str(answer.place): answer for answer in whole}
    before = by_place.get(request.GET.get("before", ""), whole[0])
    after = by_place.get(request.GET.get("after", ""), whole[1])
    return before, after
