"""A desk includes these pages where it likes: path("regression/", include(patterns(ADAPTER)))."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from django.http import HttpResponseBase
from django.urls import URLPattern, path

from apps.accounts.access import requires
from apps.accounts.act_declaration import Act
from apps.accounts.models import Organisation
from apps.core.models import OrganisationQuerySet
from apps.evaluation import acts, pages, result_pages
from apps.evaluation.acts import JUDGEMENT, QUESTION, RUN
from apps.evaluation.adapters import Adapter
from apps.evaluation.opinions import pages as opinions


def patterns(adapter: Adapter) -> tuple[list[URLPattern], str]:
    """The pages with the name of their namespace, as `include` takes them."""

    def page(address: str, view: Callable[..., HttpResponseBase], permission: str, name: str) -> URLPattern:
        return path(address, requires(permission)(view), {"adapter": adapter}, name)

    def act(name: str, declared: Act) -> URLPattern:
        own = replace(declared, rows=partial(_own_rows, adapter, declared.rows))
        return path(own.at, own.page(manage), name=name.lower())

    view, manage = adapter.view_permission, adapter.manage_permission
    declared = {name: each for name, each in vars(acts).items() if isinstance(each, Act)}
    if not adapter.apply_label:
        del declared["APPLY"]
    return [
        *(act(name, each) for name, each in declared.items()),
        page("", pages.questions, view, "questions"),
        page("questions/new/", pages.new_question, manage, "new_question"),
        page("questions/import/", pages.import_questions, manage, "import"),
        page("questions/ready/", pages.add_ready_questions, manage, "ready_questions"),
        page("questions/export/", pages.export_questions, view, "export"),
        page(QUESTION, pages.question, manage, "question"),
        page("runs/new/", pages.new_run, manage, "new_run"),
        page(RUN, pages.run, view, "run"),
        page(f"{RUN}compare/", pages.compare, view, "compare"),
        page("results/", result_pages.set_results, view, "results"),
        page("results/export/", result_pages.export_results, view, "export_results"),
        page(f"{QUESTION}answers/", result_pages.question_answers, view, "question_answers"),
        page(f"{RUN}annotate/", opinions.annotate, manage, "annotate"),
        page(f"{RUN}judge/", opinions.new_judgement, manage, "new_judgement"),
        page(JUDGEMENT, opinions.judgement, view, "judgement"),
    ], "evaluation"


def _own_rows(adapter: Adapter, rows: Any, organisation: Organisation) -> OrganisationQuerySet[Any]:
    found: OrganisationQuerySet[Any] = rows(organisation)
    return found.filter(desk=adapter.desk)
