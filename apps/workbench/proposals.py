"""A first draft from a description in words: a model plans, code writes the file, and it is checked like any other."""

from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.core.errors import Conflict, NotFound
from apps.inference import prompts
from apps.inference import services as inference
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.models import Job
from apps.jobs.runs import JobRun
from apps.jobs.subjects import of_rows
from apps.workbench import selectors, services
from apps.workbench.models import App
from apps.workbench.problem_words import sentence
from domain.workflows import checking, editing, outline, planning
from domain.workflows.outline import name_from
from domain.workflows.problems import FileRefused
from llm_backend.sentences import is_chinese

WISHES_PROMPT = Path(__file__).parent / "prompts" / "list_wishes.md"
PROMPT = Path(__file__).parent / "prompts" / "propose_app.md"
MAX_ATTEMPTS = 3
NOTHING_DONE = _("None of this can be done by the steps of an app. Say which text is to become which.")
# What a new app begins with: one step, an input and an output.
EXAMPLE = """\
app: my_app
title: My app
inputs:
  text: {type: text, title: {en: Text, zh: 文本}}
steps:
  - id: answer
    kind: ask
    title: {en: Sum up, zh: 总结}
    prompt: |
      {{ inputs.text }}
      Sum this up in three sentences.
outputs:
  answer: {title: {en: Summary, zh: 摘要}, value: "{{ answer.text }}"}
"""

PROPOSE_APP = JobType(
    "workbench.propose_app",
    queue="interactive",
    label=_("Propose an app"),
    may_see=holders_of("workbench.edit"),
    subject=of_rows(selectors.app_list),
)


@requires_permission("workbench.edit")
@transaction.atomic
def begin_app(actor: Actor, *, title: str, wish: str) -> App:
    """A new app as an example to change. With a wish, a model proposes a draft in its place."""
    taken = set(selectors.app_list(actor.organisation).values_list("name", flat=True))
    wanted = name_from(title, "app")
    name = next(
        each for each in (wanted, *(f"{wanted[:36]}_{n}" for n in range(2, 999))) if each not in taken
    )
    prompt = "{{ inputs.text }}\n" + gettext("Sum this up in three sentences.") + "\n"
    changes = {("app",): name, ("title",): title, ("steps", 0, "prompt"): prompt}
    text = EXAMPLE
    for path, value in changes.items():
        text = editing.put(text, path, value)
    app = services.create_app(actor, text=_comment(wish) + text)
    if wish:
        jobs.create_row_job(actor, PROPOSE_APP, app)
    return app


@PROPOSE_APP.service
def propose_app(run: JobRun, *, app_id: UUID) -> dict[str, Any]:
    """Replaces the example by what a model planned. Raises Conflict where someone changed it by then."""
    app = selectors.app_list(run.job.organisation).filter(pk=app_id).first()
    if app is None or app.draft is None:
        raise NotFound(_("The app was deleted, or published already."))
    draft = app.draft
    wish = "\n".join(outline.notes(draft.text))
    title = editing.value_at(draft.text, ("title",), app.name)
    with translation.override("zh-hans" if is_chinese(wish) else "en"):
        text, not_possible = _plan_file(run, app.name, title, wish)
        notes = [gettext("Proposed by a model. Check each step before you publish the app."), *not_possible]
    result = {"app": str(app.pk), "not_possible": len(not_possible)}
    with run.finishing(result):
        text = _comment(wish) + "".join(map(_comment, notes)) + text
        services.save_draft(run.actor_today(), app, text=text, seen=draft.fingerprint)
    return result


def _plan_file(run: JobRun, name: str, title: Any, wish: str) -> tuple[str, list[str]]:
    """The text, and what is told of what it does not do. After the last attempt it may have problems, as any draft may.
    Raises Conflict where none of it can be done.
    """
    organisation, language = run.job.organisation, "Chinese" if is_chinese(wish) else "English"
    rendered = prompts.load(organisation, WISHES_PROMPT).render(language=language, wish=wish)
    listed = inference.extract(run, rendered, planning.Wishes).wishes
    wishes = [each.wish for each in listed if each.kind == "text"]
    if not wishes:
        raise Conflict(NOTHING_DONE)
    prompt = prompts.load(organisation, PROMPT)
    kinds = {
        kind: (model.__doc__ or "").partition(" →")[0] for kind, model in planning.plannable_kinds().items()
    }
    problems: list[str] = []
    for attempt in range(MAX_ATTEMPTS):
        run.checkpoint()
        run.progress(attempt, MAX_ATTEMPTS)
        numbered = "\n".join(f"{number}. {each}" for number, each in enumerate(wishes, 1))
        rendered = prompt.render(language=language, kinds=kinds, wishes=numbered, problems=problems)
        plan: Any = inference.extract(run, rendered, planning.plan_model(len(wishes)))
        text = planning.file_of(plan, app=name, title=title)
        forgotten = planning.forgotten(plan, wishes)
        problems = [f"No step is for “{each}”" for each in forgotten] + _file_problems(text)
        if not problems:
            break
    not_done = [each.wish for each in listed if each.kind != "text" or each.wish in forgotten]
    return text, [gettext("Not done by these steps: %(wish)s") % {"wish": each} for each in not_done]


def _file_problems(text: str) -> list[str]:
    try:
        checking.load(text)
    except FileRefused as refused:
        return [sentence(problem) for problem in refused.problems[:5]]
    return []


def job_of(app: App) -> Job | None:
    """The one that proposes or proposed a draft of the app."""
    own = Job.objects.within(app.organisation_id).filter(kind=PROPOSE_APP.name, subject=f"app:{app.pk}")
    return own.order_by("-id").first()


def _comment(words: str) -> str:
    """In the file, line by line, as words alone."""
    lines = ("".join(filter(str.isprintable, line)).strip() for line in words.splitlines())
    return "".join(f"# {line}\n" for line in lines if line)
