"""Apps in the chats of staff: those that a text alone starts, and a chat that becomes the draft of an app."""

import json
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.answering import chat_tools
from apps.answering.chat_tools import ChatReceiver, ChatTool, HandedChat, StartedTool, ToolOffer, ToolResult
from apps.core.errors import ApplicationError, Conflict
from apps.core.models import new_id
from apps.workbench import presenters, selectors, services
from apps.workbench.models import AppRun
from apps.workbench.presenters import ValueView
from domain.workflows import types
from domain.workflows.checking import CheckedApp

# What a chat leaves in the file of an app: the wish, without what it was answered.
MAX_WISH_CHARACTERS = 4000


def offers(actor: Actor) -> list[ToolOffer]:
    """Published apps that the actor may use, and that need nothing but one text."""
    language, found = get_language() or "en", []
    for app in selectors.visible_apps(actor).distinct():
        try:
            _version, checked = selectors.usable_app(actor, app)
        except ApplicationError:
            continue
        if _text_input(checked):
            words = checked.file
            found.append(
                ToolOffer(
                    app.name,
                    words.title.in_language(language) or app.name,
                    words.description.in_language(language),
                )
            )
    return found


def start(actor: Actor, name: str, text: str) -> StartedTool:
    app = selectors.visible_apps(actor).distinct().one(name=name)
    _version, checked = selectors.usable_app(actor, app)
    field = _text_input(checked)
    if field is None:
        raise Conflict(_("This app needs more than a text. Open it under Apps."))
    run = services.start_run(actor, app, inputs=_filled(checked, field, text))
    if run.job is None:
        raise TypeError("a run begins with a job")
    return StartedTool(run.pk, app.title, run.job)


def result(organisation: Organisation, row_id: UUID) -> ToolResult | None:
    run = AppRun.objects.within(organisation).select_related("app", "version").filter(pk=row_id).first()
    if run is None:
        return None
    checked = run.version.checked
    views = presenters.output_views(checked, run.outputs) if checked else []
    return ToolResult(
        "\n\n".join(f"{view.title}\n{_text_of(view)}" for view in views), run.get_absolute_url()
    )


def draft_of(actor: Actor, chat: HandedChat) -> str:
    """A draft with one step that asks what was asked last, for the text that is put in."""
    wish = next((text for author, text in reversed(chat.messages) if author == "member"), chat.title)
    # Nothing that a person wrote is an expression.
    plain = wish[:MAX_WISH_CHARACTERS].replace("{", "(").replace("}", ")")
    title = json.dumps(chat.title[:80], ensure_ascii=False)
    lines = [
        f"app: chat_{new_id().hex[-8:]}",
        f"title: {{en: {title}, zh: {title}}}",
        "inputs:",
        "  text: {type: text, title: {en: Text, zh: 文本}}",
        "steps:",
        "  - id: answer",
        "    kind: ask",
        "    prompt: |",
        *(f"      {line}".rstrip() for line in [*plain.splitlines(), "{{ inputs.text }}"]),
        "outputs:",
        '  answer: {title: {en: Answer, zh: 回答}, value: "{{ answer.text }}"}',
    ]
    return services.create_app(actor, text="\n".join(lines) + "\n").get_absolute_url()


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


def _text_of(view: ValueView) -> str:
    if not view.parts:
        return view.text
    return "\n".join(
        f"– {_text_of(part)}" if view.kind == "list" else f"{part.title}: {_text_of(part)}".strip(": ")
        for part in view.parts
    )


chat_tools.register_tool(ChatTool("workbench", "workbench.use", offers, start, result))
chat_tools.register_receiver(
    ChatReceiver("workbench", "app", _("Make an app from this chat"), "star", "workbench.edit", draft_of)
)
