"""Files of apps that come from elsewhere: what they need and this organisation lacks is told before anything is stored."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.actors import Actor, requires_permission
from apps.core.errors import Conflict, InvalidInput, Text
from apps.inference import selectors as inference
from apps.inference.models import Purpose
from apps.knowledge.rights import readable_collections
from apps.workbench import selectors, services
from apps.workbench.models import App, AppVersion
from apps.workbench.problem_words import ProblemView, problem_views, sentence
from domain.workflows import checking, editing, yaml_reading
from domain.workflows.editing import EditRefused
from domain.workflows.problems import FileRefused

# What a step of a kind asks a model for.
PURPOSES = {"ask": Purpose.CHAT, "extract": Purpose.EXTRACTION, "retrieve": Purpose.EMBEDDING}
MISSING: Mapping[str, Text] = {
    "collection": gettext_lazy("There is no collection “%(name)s”. Create it under Knowledge."),
    "app": gettext_lazy(
        "There is no published app “%(name)s”, which this one runs. Import and publish it, too."
    ),
    "purpose": gettext_lazy("No model is set up for this purpose: %(name)s. Add one under Models."),
}


@dataclass(frozen=True)
class ImportCheck:
    """`name`: under which the app will be stored; `own`: the app that has this name already and gets a new draft.

    `missing`: in words. `problems`: of the file itself, such as a function, tool or role that there is not here.
    """

    name: str
    text: str
    own: App | None
    missing: list[str]
    problems: list[ProblemView]

    @property
    def has_remarks(self) -> bool:
        return bool(self.own or self.missing or self.problems)


@requires_permission("workbench.edit")
def check_import(actor: Actor, *, text: str, name: str = "") -> ImportCheck:
    """Stores nothing. `name`: another one than the file says. Raises InvalidInput where not even its name can be read."""
    written = services.name_in(text)
    name = name or written
    if name != written:
        text = _renamed(text, name)
    own = selectors.app_list(actor.organisation).filter(name=name).first()
    missing = [str(MISSING[kind]) % {"name": each} for kind, each in _missing(actor, text)]
    problems = problem_views(AppVersion(organisation=actor.organisation, text=text).problems)
    return ImportCheck(name, text, own, list(dict.fromkeys(missing)), problems)


@requires_permission("workbench.edit")
@transaction.atomic
def import_app(actor: Actor, *, text: str, name: str = "") -> App:
    """As a draft: of a new app, or of the one that has this name. Raises InvalidInput, and Conflict where that one has a
    draft already, which would be lost.
    """
    check = check_import(actor, text=text, name=name)
    if check.own is None:
        return services.create_app(actor, text=check.text)
    services.lock(check.own)
    current = selectors.current_version(check.own)
    if current.state == AppVersion.State.DRAFT and current.text != check.text:
        reason = _(
            "“%(name)s” has a draft of its own. Publish it first, or import the file under another name."
        )
        raise Conflict(reason % {"name": check.name}, code="has_draft")
    services.save_draft(actor, check.own, text=check.text, seen=current.fingerprint)
    return check.own


def _missing(actor: Actor, text: str) -> Iterator[tuple[str, str]]:
    """What the steps name of the organisation's own, read from the bare file: also where it cannot be run here."""
    organisation = actor.organisation
    apps = set(
        App.objects.within(organisation).filter(versions__state="published").values_list("name", flat=True)
    )
    collections = set(readable_collections(actor).values_list("name", flat=True))
    written = yaml_reading.read(text).value
    # An app that would run itself lacks nothing: that is told as a problem.
    name = written.get("app")
    for step in _steps(written.get("steps")):
        named = step.get("collections")
        for each in named if isinstance(named, list) else ():
            if each not in collections:
                yield "collection", str(each)
        if step["kind"] == "run_app" and step.get("app") not in {*apps, name}:
            yield "app", str(step.get("app"))
        purpose = PURPOSES.get(step["kind"])
        if purpose and not inference.candidates(organisation, purpose):
            yield "purpose", str(purpose.label)


def _steps(value: Any) -> Iterator[dict[str, Any]]:
    """Those of loops, too."""
    for step in value if isinstance(value, list) else ():
        if isinstance(step, dict) and isinstance(step.get("kind"), str):
            yield step
            yield from _steps(step.get("steps"))


def _renamed(text: str, name: str) -> str:
    """The file under another name; nothing else of it changes. Raises InvalidInput."""
    try:
        checking.checked_name(name)
        return editing.put(text, ("app",), name)
    except FileRefused as refused:
        raise InvalidInput(fields={"name": [sentence(refused.problems[0])]}) from refused
    except EditRefused as refused:
        reason = _("The name in the file cannot be replaced. Change it there.")
        raise InvalidInput(fields={"name": [reason]}) from refused
