"""Templates: what there is, what a version looks like, and the editor."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.access import actor_of, requires
from apps.core.errors import InvalidInput, NotFound
from apps.medical_records.templates import diff, editor, selectors, services
from apps.medical_records.templates.editor import WrittenTemplate
from apps.medical_records.templates.forms import parse_template
from apps.medical_records.templates.models import RecordTemplate, RecordTemplateVersion
from apps.medical_records.templates.resources import RECORD_TEMPLATES
from apps.medical_records.templatetags.record_words import DIVISION_LABELS, KIND_LABELS
from apps.resources.pages import list_page
from domain.clinical.records.template import Template


@require_safe
@requires("records.view")
def templates(request: HttpRequest) -> HttpResponseBase:
    latest = selectors.latest_versions(actor_of(request).organisation)
    versions = selectors.in_order(latest.defer("definition"), get_language())
    current = [each for each in versions if each.template.archived_at is None]
    archived = [each for each in versions if each.template.archived_at]
    return list_page(RECORD_TEMPLATES, request, rows=current, archived=archived)


@require_safe
@requires("records.view")
def template(request: HttpRequest, record_template_id: UUID) -> HttpResponse:
    """A version as clinicians will see it; `?version=` an older one, `?with=` what differs from another."""
    template = selectors.template_of(actor_of(request).organisation, record_template_id)
    versions = list(selectors.versions_of(template).select_related("created_by__user"))
    version = _version_by_number(versions, request.GET.get("version")) or (versions[0] if versions else None)
    if version is None:
        raise NotFound
    other = _version_by_number(versions, request.GET.get("with"))
    context = {
        "template": template,
        "versions": versions,
        "shown": version,
        "schema": version.schema,
        "other": other,
        "differences": diff.differences(other.schema, version.schema) if other else [],
    }
    return render(request, "medical_records/templates/record_template.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("records.manage")
def new_template(request: HttpRequest) -> HttpResponse:
    return _editor_page(request, None, editor.blank())


@require_http_methods(["GET", "HEAD", "POST"])
@requires("records.manage")
def edit_template(request: HttpRequest, record_template_id: UUID) -> HttpResponse:
    template = selectors.template_of(actor_of(request).organisation, record_template_id)
    latest = selectors.versions_of(template).first()
    written = editor.editable(Template.model_validate(latest.definition)) if latest else editor.blank()
    return _editor_page(request, template, written)


def _editor_page(
    request: HttpRequest, template: RecordTemplate | None, written: WrittenTemplate
) -> HttpResponse:
    """Every button sends the whole form: only “save” publishes."""
    organisation = actor_of(request).organisation
    known = selectors.definitions(organisation)
    status = 200
    if request.method == "POST":
        written = parse_template(request.POST)
        written.key = template.key if template else ""
        action = request.POST.get("action", "refresh")
        if action != "save":
            editor.act(written, action)
        elif version := _publish(request, template, written):
            messages.success(
                request,
                _("Version %(number)d is published. Existing records keep their version.")
                % {"number": version.number},
            )
            return redirect("medical_records:template", version.template_id)
        else:
            status = 400
    context = {
        "template": template,
        "written": written,
        "kinds": KIND_LABELS,
        "divisions": DIVISION_LABELS,
        "includable": [each for key, each in known.items() if key != written.key],
    }
    return render(request, "medical_records/templates/record_template_editor.html", context, status=status)


def _publish(
    request: HttpRequest, template: RecordTemplate | None, written: WrittenTemplate
) -> RecordTemplateVersion | None:
    """None where something is wrong; it then stands at its place in the form."""
    actor = actor_of(request)
    try:
        definition = editor.validate(written, selectors.definitions(actor.organisation))
        return services.publish(actor, template, definition, note=written.note)
    except InvalidInput as error:
        for lines in error.fields.values():
            written.errors.setdefault("whole", []).extend(lines)
        return None


def _version_by_number(versions: list[RecordTemplateVersion], number: str | None) -> Any:
    return next((each for each in versions if str(each.number) == number), None)
