"""Apps in the chats of staff: those that a text alone starts, and a chat that becomes the draft of an app."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.answering import chat_tools
from apps.answering.chat_tools import ChatReceiver, ChatTool, HandedChat, StartedTool, ToolOffer, ToolResult
from apps.core.errors import ApplicationError, Conflict
from apps.jobs.runs import JobRun
from apps.workbench import execution, proposals, selectors, services, value_views
from apps.workbench.models import AppRun
from domain.workflows import types
from domain.workflows.checking import CheckedApp
from domain.workflows.steps import StepFields
from llm_backend.errors import ModelError

# As the form of a new app takes them.
MAX_TITLE, MAX_WISH = 60, 2000
ACTING = frozenset({"send", "wait", "call", "run_app"})


def offers(actor: Actor) -> list[ToolOffer]:
    """Published apps that the actor may use, and that need nothing but one text."""
    found = []
    for app in selectors.visible_apps(actor):
        try:
            _version, checked = selectors.usable_app(actor, app)
        except ApplicationError:
            continue
        if _text_input(checked):
            description, parameters = app.description or app.title, _parameters(checked)
            found.append(ToolOffer(app.name, app.title, description, parameters, partial(call, app.name)))
    return found


def start(actor: Actor, name: str, text: str) -> StartedTool:
    _version, checked = selectors.usable_app(actor, name)
    field = _text_input(checked)
    if field is None:
        raise Conflict(_("This app needs more than a text. Open it under Apps."))
    run = services.start_run(actor, name, inputs=_filled(checked, field, text))
    if run.job is None:
        raise TypeError("a run begins with a job")
    return StartedTool(run.pk, run.app.title, run.job)


def call(name: str, run: JobRun, given: Mapping[str, Any], key: UUID) -> ToolResult:
    """Runs the app within the job of a chat: no second place of a worker is waited for."""
    actor = run.actor_today()
    row = AppRun.objects.within(actor.organisation).filter(pk=key).first()
    if row is None:
        _version, checked = selectors.usable_app(actor, name)
        flags = {each: False for each, port in checked.file.inputs.items() if isinstance(port, types.Flag)}
        row = services.begin_run_inside(actor, name, run.job, inputs={**flags, **given}, key=key)
    try:
        execution.run_inside(run, row)
    except (ApplicationError, ModelError):
        # The chat tells why; a run without an end would say nothing.
        row.delete()
        raise
    return _result_of(row)


def result(organisation: Organisation, row_id: UUID) -> ToolResult | None:
    run = AppRun.objects.within(organisation).select_related("app", "version").filter(pk=row_id).first()
    return _result_of(run) if run else None


def draft_of(actor: Actor, chat: HandedChat) -> str:
    """An app that a model proposes for what was asked last."""
    wish = next((text for author, text in reversed(chat.messages) if author == "member"), chat.title)
    app = proposals.begin_app(actor, title=chat.title[:MAX_TITLE], wish=wish[:MAX_WISH])
    return reverse("workbench:edit_app", args=[app.pk])


def _result_of(run: AppRun) -> ToolResult:
    return ToolResult(_told(run), run.get_absolute_url(), selectors.read_documents(run))


def _told(run: AppRun) -> str:
    views = value_views.output_views(run)
    return "\n\n".join(f"{view.title}\n{value_views.plain_words(view)}" for view in views)


def _parameters(app: CheckedApp) -> types.Record:
    """What a model fills in: all that has to be given, where these are texts, choices and numbers, and nothing acts."""
    needed = {
        name: port
        for name, port in app.file.inputs.items()
        if not getattr(port, "optional", False) and not isinstance(port, types.Flag)
    }
    is_plain = all(isinstance(port, types.Text | types.Choice | types.Number) for port in needed.values())
    return types.Record(fields=needed if is_plain and not _acts(app.file.steps) else {})


def _acts(steps: Sequence[StepFields]) -> bool:
    """Or may: what another app or a tool does is not looked at, and a person who is waited for is asked in no chat."""
    return any(step.kind in ACTING or _acts(step.steps_inside) for step in steps)


def _text_input(app: CheckedApp) -> str | None:
    """The one input that has to be given, where it is a text and whatever is chosen besides has a first choice."""
    needed = [name for name, port in app.file.inputs.items() if not getattr(port, "optional", False)]
    texts = [name for name in needed if isinstance(app.file.inputs[name], types.Text)]
    others = (app.file.inputs[name] for name in needed if name not in texts)
    is_easy = all(isinstance(port, types.Choice | types.Flag) for port in others)
    return texts[0] if len(texts) == 1 and is_easy else None


def _filled(app: CheckedApp, field: str, text: str) -> dict[str, object]:
    """The text, and of each choice the first, as the app's own form shows it."""
    inputs: dict[str, object] = {field: text}
    for name, port in app.file.inputs.items():
        if isinstance(port, types.Choice) and not port.optional:
            inputs[name] = next(iter(port.options))
        elif isinstance(port, types.Flag):
            inputs[name] = False
    return inputs


chat_tools.register_tool(ChatTool("workbench", "workbench.use", offers, start, result))
chat_tools.register_receiver(
    ChatReceiver("workbench", "app", _("Make an app from this chat"), "star", "workbench.edit", draft_of)
)
