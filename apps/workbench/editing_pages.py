"""The page on which people make an app: its parts as cards with forms, its file, its problems, its picture."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from apps.accounts.access import actor_of, requires
from apps.accounts.actors import Actor
from apps.core.errors import ApplicationError, Conflict, InvalidInput, NotFound
from apps.core.forms import show_refusal, submit_form
from apps.workbench import cards, part_fields, part_forms, proposals, selectors, services
from apps.workbench.forms import AppFileForm, SeenForm, StartForm
from apps.workbench.models import App, AppVersion, outside
from apps.workbench.part_forms import PartForm
from apps.workbench.problem_words import line_sentence, problem_views
from apps.workbench.version_pages import account_section, evaluation_section, trial_section
from domain.workflows import editing, outline, uses
from domain.workflows.editing import EditRefused
from domain.workflows.outline import SECTIONS, Part
from domain.workflows.problems import FileRefused, Path

# Of a step among those beside it.
MOVES = {"up": -1, "down": 1}
OTHER_CHANGE = _(
    "Someone else changed the app while you were typing. What you entered is kept: check it and save again."
)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("workbench.edit")
def new_app(request: HttpRequest) -> HttpResponse:
    """An app begins with a title and an example to change, with a description in words, or with a file."""
    actor = actor_of(request)
    is_file = "text" in request.POST
    file_form = AppFileForm(request.POST if is_file else None, initial={"text": proposals.EXAMPLE})
    form = StartForm(request.POST if request.method == "POST" and not is_file else None)
    if file_form.is_valid():
        file_form.cleaned_data.pop("seen")
    made = submit_form(file_form, partial(services.create_app, actor))
    made = made or submit_form(form, partial(proposals.begin_app, actor))
    if made:
        return redirect("workbench:edit_app", made.pk)
    return render(request, "workbench/new_app.html", {"form": form, "file_form": file_form})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("workbench.edit")
def edit_app(request: HttpRequest, app_id: UUID) -> HttpResponse:
    """`?part=` names the part whose form is open, `?add=` the list that gets a new one, `?view=file` shows the file."""
    actor = actor_of(request)
    row = selectors.app_list(actor.organisation).one(pk=app_id)
    version = row.draft or row.published
    if version is None:
        raise NotFound
    if "part" in request.GET or "add" in request.GET:
        return _edit_part(request, actor, row, version)
    initial = {"text": version.text, "seen": version.fingerprint}
    form = AppFileForm(request.POST or None, initial=initial)
    if submit_form(form, partial(services.save_draft, actor, row)):
        return redirect(f"{request.path}?view=file" if "view" in request.GET else request.path)
    return _editor(request, row, version, file_form=form)


def _editor(request: HttpRequest, row: App, version: AppVersion, **context: Any) -> HttpResponse:
    problems, checked = version.problems, version.checked
    unused = uses.unused_steps(checked.file) if checked else []
    sections = cards.cards(version.text, problems, unused)
    found = [(problem, card) for rows in sections.values() for card in rows for problem in card.problems]
    proposal = proposals.job_of(row) if version.state == AppVersion.State.DRAFT else None
    is_file_sent = request.method == "POST" and "file_form" in context
    initial = {"text": version.text, "seen": version.fingerprint}
    context = {"file_form": AppFileForm(initial=initial), **context}
    return render(
        request,
        "workbench/edit_app.html",
        {
            "app": row,
            "version": version,
            "sections": sections,
            "proposal_error": gettext(proposal.error_message) if proposal and proposal.error_message else "",
            "notes": outline.notes(version.text),
            "proposal": proposal,
            "problems": found or [(problem, None) for problem in problem_views(problems)],
            "last_step": next(
                (card.part.name for card in sections.get("steps", [])[::-1] if not card.part.is_inside), ""
            ),
            "picture": cards.picture(sections),
            "versions": selectors.version_list(row)[:20],
            "is_file": "view" in request.GET or not sections or is_file_sent,
            "at": request.GET.get("at", ""),
            "act": request.GET.get("act", ""),
            **trial_section(request, row),
            **evaluation_section(version),
            **account_section(actor_of(request), row),
            **context,
        },
    )


def _edit_part(request: HttpRequest, actor: Actor, row: App, version: AppVersion) -> HttpResponse:
    """A change of one part, by its form or by a button on its card. What a person typed is kept, whatever happens."""
    try:
        place = Place.of(request, version.text)
    except FileRefused:
        return redirect(f"{request.path}?view=file")
    context: dict[str, Any] = {"place": place}
    form: Any
    act = request.POST.get("act", "")
    if act:
        form = SeenForm(request.POST)
        change = partial(place.with_act, version.text, act)
    else:
        form = context["part_form"] = place.form(version, request.POST or None)
        change = partial(place.with_form, version.text, form)
    if request.method == "POST" and form and form.is_valid():
        try:
            address, text = change()
            services.save_draft(actor, row, text=text, seen=form.cleaned_data["seen"])
            return redirect(f"{request.path}?{urlencode({'at': address, 'act': act or 'edit'})}")
        except Conflict:
            form.add_error(None, OTHER_CHANGE)
            form.data = form.data.copy()
            form.data["seen"] = version.fingerprint
        except ApplicationError as refusal:
            show_refusal(form, refusal)
        if act:
            context |= {"place": None, "refusals": form.non_field_errors()}
    return _editor(request, row, version, **context)


@dataclass(frozen=True)
class Place:
    """What a request is about: a part, or where in a list a new one is to stand. `list_path`: of that list."""

    section: str
    list_path: Path
    kind: str
    part: Part | None = None
    after: str = ""

    @classmethod
    def of(cls, request: HttpRequest, text: str) -> "Place":
        """Raises FileRefused, and NotFound for a part that is gone."""
        file, query = editing.value_at(text, ()), request.GET
        if "add" in query:
            section, _slash, loop = query["add"].partition("/")
            before = outline.part_at(file, f"steps/{query.get('after', '')}") if section == "steps" else None
            around = outline.part_at(file, f"steps/{loop}") if loop else None
            path = before.path[:-1] if before else (*around.path, "steps") if around else (section,)
            models = part_forms.models(section, is_inside=len(path) > 1)
            kind = query.get("kind", next(iter(models)) if len(models) == 1 else "")
            if section not in SECTIONS or (kind and kind not in models):
                raise NotFound
            return cls(section, path, kind, after=query.get("after", "") or loop)
        part = outline.part_at(file, query["part"])
        if part is None:
            raise NotFound(_("Someone else removed this part of the app."))
        field = {"steps": "kind", "inputs": "type"}.get(part.section, "")
        kind = str(part.value.get(field, ""))
        return cls(part.section, part.path[:-1], kind, part)

    @property
    def is_inside(self) -> bool:
        return len(self.list_path) > 1

    @property
    def at(self) -> str:
        """Where the page goes back to."""
        return self.part.address if self.part else f"{self.section}/"

    @property
    def choices(self) -> list[tuple[str, Any]]:
        """The kinds of parts that may be added here."""
        kinds = part_forms.models(self.section, is_inside=self.is_inside)
        return [(kind, part_forms.kind_words(self.section, kind)) for kind in kinds]

    def form(self, version: AppVersion, data: Any = None) -> PartForm | None:
        """None while its kind is not chosen, or not known."""
        model = part_forms.models(self.section, is_inside=self.is_inside).get(self.kind)
        if model is None:
            return None
        index = self._index(version.text) if self.section == "steps" else ""
        path = self.part.path if self.part else (*self.list_path, index)
        names_at = partial(outline.names_at, version.text, path, outside=outside(version.organisation_id))
        names = names_at() if self.section in ("steps", "outputs") else {}
        is_loop = self.section == "steps" and "steps" in model.model_fields
        inner = names_at(with_inner=True) if is_loop else {}
        steps = outline.parts(editing.value_at(version.text, ()))
        titles = {part.name: part_fields.words_of(part.value.get("title")) for part in steps}
        return PartForm(
            data,
            section=self.section,
            model=model,
            value=self.part.value if self.part else None,
            names=part_fields.insertables(names, titles),
            inner_names=part_fields.insertables(inner, titles),
            initial={"seen": version.fingerprint},
        )

    def with_form(self, text: str, form: PartForm) -> tuple[str, str]:
        """The address of the part, and the text with it as the form says. Raises InvalidInput."""
        if self.part:
            return self.part.address, _edit_text(editing.put, text, self.part.path, form.to_file())
        name = form.name(editing.value_at(text, ()), self.section, self.kind)
        if self.section == "steps":
            step = {"id": name, "kind": self.kind, **form.to_file()} | form.empty_lists
            index = self._index(text)
            return f"steps/{name}", _edit_text(editing.insert_item, text, self.list_path, index, step)
        made = {"type": self.kind, **form.to_file()} if self.kind else form.to_file()
        return f"{self.section}/{name}", _edit_text(editing.put, text, (self.section, name), made)

    def with_act(self, text: str, act: str) -> tuple[str, str]:
        """Raises InvalidInput."""
        if self.part is None or not self.part.path:
            raise NotFound
        *list_path, place = self.part.path
        if act == "remove":
            return f"{self.section}/", _edit_text(editing.remove, text, self.part.path)
        if act not in MOVES or not isinstance(place, int):
            raise NotFound
        return self.part.address, _edit_text(editing.move_item, text, tuple(list_path), place, MOVES[act])

    def _index(self, text: str) -> int:
        before = outline.part_at(editing.value_at(text, ()), f"steps/{self.after}")
        is_sibling = before is not None and before.path[:-1] == self.list_path
        return int(before.path[-1]) + 1 if before and is_sibling else 0


def _edit_text(change: Callable[..., str], *arguments: Any) -> str:
    """Raises InvalidInput where the file does not let itself be changed like this."""
    try:
        return change(*arguments)
    except EditRefused as refused:
        reason = _("The file is written in a way that this cannot change. Change it in the file itself.")
        raise InvalidInput(reason) from refused
    except FileRefused as refused:
        raise InvalidInput(line_sentence(refused.problems[0])) from refused
