"""Templates: what there is, what a version looks like, and the editor."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.access import actor_of, requires
from apps.core.errors import InvalidInput, NotFound
from apps.medical_records.templates import diff, editor, selectors, services
from apps.medical_records.templates.editor import WrittenTemplate
from apps.medical_records.templates.forms import written_in
from apps.medical_records.templates.models import RecordTemplate, RecordTemplateVersion
from apps.medical_records.templatetags.record_words import DIVISION_LABELS, KIND_LABELS
from clinical.records.template import Template


@require_GET
@requires("records.view")
def templates(request: HttpRequest) -> HttpResponse:
    listed = selectors.latest_versions(actor_of(request).organisation)
    versions = selectors.in_order(listed.defer("definition"), get_language())
    context = {
        "versions": [each for each in versions if each.template.archived_at is None],
        "archived": [each for each in versions if each.template.archived_at],
    }
    return render(request, "medical_records/templates/record_templates.html", context)


@require_GET
@requires("records.view")
def template(request: HttpRequest, record_template_id: UUID) -> HttpResponse:
    """A version as clinicians will see it; `?version=` an older one, `?with=` what differs from another."""
    found = selectors.template_of(actor_of(request).organisation, record_template_id)
    versions = list(selectors.versions_of(found).select_related("created_by__user"))
    shown = _numbered(versions, request.GET.get("version")) or (versions[0] if versions else None)
    if shown is None:
        raise NotFound
    other = _numbered(versions, request.GET.get("with"))
    context = {
        "template": found,
        "versions": versions,
        "shown": shown,
        "schema": shown.schema,
        "other": other,
        "differences": diff.differences(other.schema, shown.schema) if other else [],
    }
    return render(request, "medical_records/templates/record_template.html", context)


@require_http_methods(["GET", "POST"])
@requires("records.manage")
def new_template(request: HttpRequest) -> HttpResponse:
    return _edited(request, None, editor.blank())


@require_http_methods(["GET", "POST"])
@requires("records.manage")
def edit_template(request: HttpRequest, record_template_id: UUID) -> HttpResponse:
    found = selectors.template_of(actor_of(request).organisation, record_template_id)
    latest = selectors.versions_of(found).first()
    written = editor.editable(Template.model_validate(latest.definition)) if latest else editor.blank()
    return _edited(request, found, written)


@require_POST
@requires("records.manage")
def copy_template(request: HttpRequest, record_template_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = selectors.template_of(actor.organisation, record_template_id)
    name = _("%(name)s (copy)") % {"name": found.name[:100]}
    version = services.copy(actor, found, name=name)
    return redirect("medical_records:edit_template", version.template_id)


@require_POST
@requires("records.manage")
def archive_template(request: HttpRequest, record_template_id: UUID) -> HttpResponse:
    """Or take it back into use."""
    actor = actor_of(request)
    found = selectors.template_of(actor.organisation, record_template_id)
    if found.archived_at:
        services.restore(actor, found)
        messages.success(request, _("The template is offered again."))
    else:
        services.archive(actor, found)
        messages.success(request, _("The template is not offered any more. Records that follow it stay."))
    return redirect("medical_records:templates")


def _edited(request: HttpRequest, found: RecordTemplate | None, written: WrittenTemplate) -> HttpResponse:
    """Every button sends the whole form: only “save” publishes."""
    organisation = actor_of(request).organisation
    known = selectors.definitions(organisation)
    status = 200
    if request.method == "POST":
        written = written_in(request.POST)
        written.key = found.key if found else ""
        action = request.POST.get("action", "refresh")
        if action != "save":
            editor.act(written, action)
        elif version := _published(request, found, written):
            messages.success(
                request,
                _("Version %(number)d is published. Older records keep theirs.") % {"number": version.number},
            )
            return redirect("medical_records:template", version.template_id)
        else:
            status = 400
    context = {
        "template": found,
        "written": written,
        "kinds": KIND_LABELS,
        "divisions": DIVISION_LABELS,
        "includable": [each for key, each in known.items() if key != written.key],
    }
    return render(request, "medical_records/templates/record_template_editor.html", context, status=status)


def _published(
    request: HttpRequest, found: RecordTemplate | None, written: WrittenTemplate
) -> RecordTemplateVersion | None:
    """None where something is wrong; it then stands at its place in the form."""
    actor = actor_of(request)
    try:
        definition = editor.checked(written, selectors.definitions(actor.organisation))
        return services.publish(actor, found, definition, note=written.note)
    except InvalidInput as refusal:
        for lines in refusal.fields.values():
            written.errors.setdefault("whole", []).extend(lines)
        return None


def _numbered(versions: list[RecordTemplateVersion], number: str | None) -> Any:
    return next((each for each in versions if str(each.number) == number), None)
