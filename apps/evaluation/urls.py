"""A desk includes these pages where it likes: path("regression/", include(patterns(ADAPTER)))."""

from collections.abc import Callable

from django.http import HttpResponseBase
from django.urls import URLPattern, path

from apps.accounts.access import requires
from apps.evaluation import pages, result_pages
from apps.evaluation.adapters import Adapter
from apps.evaluation.opinions import pages as opinions
from apps.jobs.services import cancel_job, retry_job

QUESTION = "questions/<uuid:evaluation_question_id>/"
RUN = "runs/<uuid:evaluation_run_id>/"
JUDGEMENT = "judgements/<uuid:evaluation_judgement_id>/"


def patterns(adapter: Adapter) -> tuple[list[URLPattern], str]:
    """The pages with the name of their namespace, as `include` takes them."""

    def page(
        address: str, view: Callable[..., HttpResponseBase], permission: str, name: str, **given: object
    ) -> URLPattern:
        return path(address, requires(permission)(view), {"adapter": adapter, **given}, name)

    view, manage = adapter.view_permission, adapter.manage_permission
    applying = [page(f"{RUN}apply/", pages.apply_run, manage, "apply")] if adapter.apply_label else []
    return [
        *applying,
        page("", pages.questions, view, "questions"),
        page("questions/new/", pages.new_question, manage, "new_question"),
        page("questions/import/", pages.import_questions, manage, "import"),
        page("questions/ready/", pages.add_ready_questions, manage, "ready_questions"),
        page("questions/export/", pages.export_questions, view, "export"),
        page(QUESTION, pages.question, manage, "question"),
        page(f"{QUESTION}delete/", pages.delete_question, manage, "delete_question"),
        page("runs/new/", pages.new_run, manage, "new_run"),
        page(RUN, pages.run, view, "run"),
        page(f"{RUN}compare/", pages.compare, view, "compare"),
        page(f"{RUN}cancel/", pages.cancel_run, manage, "cancel"),
        page(f"{RUN}continue/", pages.continue_run, manage, "continue"),
        page("results/", result_pages.set_results, view, "results"),
        page("results/export/", result_pages.export_results, view, "export_results"),
        page(f"{QUESTION}answers/", result_pages.question_answers, view, "question_answers"),
        page(f"{RUN}annotate/", opinions.annotate, manage, "annotate"),
        page(f"{RUN}adopt/", opinions.adopt, manage, "adopt"),
        page(f"{RUN}judge/", opinions.new_judgement, manage, "new_judgement"),
        page(JUDGEMENT, opinions.judgement, view, "judgement"),
        page(f"{JUDGEMENT}cancel/", opinions.change_judgement, manage, "cancel_judgement", change=cancel_job),
        page(
            f"{JUDGEMENT}continue/", opinions.change_judgement, manage, "continue_judgement", change=retry_job
        ),
    ], "evaluation"
