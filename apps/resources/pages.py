"""The portal's pages of lists and resources: the list, its form, and its table on the way in and out."""

from collections.abc import Callable, Collection
from operator import itemgetter
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from apps.accounts.access import actor_of, requires
from apps.audit.file_exports import FileExport, form_filters
from apps.core import tables
from apps.core.errors import ApplicationError, Conflict
from apps.core.forms import submit_form
from apps.core.row_table import ListColumn, RowTable, cell_of
from apps.resources import services
from apps.resources.declaration import Resource, Row, RowList
from apps.resources.presenters import RowListView


class TableFileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("CSV file"), widget=forms.FileInput(attrs={"accept": ".csv,text/csv"})
    )


def routes(resource: Resource[Any], prefix: str, *, without: Collection[str] = ()) -> list[URLPattern]:
    """The addresses of its pages. A page that the desk writes by hand is left out here and named as here."""
    row = f"{prefix}<uuid:{resource.name}_id>/"
    addresses: list[tuple[str, str, Callable[..., HttpResponseBase], str, list[str]]] = [
        (resource.plural, prefix, list_page, resource.read, ["GET", "HEAD"]),
        (f"new_{resource.name}", f"{prefix}new/", form_page, resource.write, ["GET", "HEAD", "POST"]),
        (resource.name, row, form_page, resource.write, ["GET", "HEAD", "POST"]),
    ]
    if resource.is_deletable:
        addresses.append((f"delete_{resource.name}", f"{row}delete/", delete, resource.write, ["POST"]))
    if resource.table_columns:
        addresses += [
            (f"import_{resource.plural}", f"{prefix}import/", import_table, resource.write, ["POST"]),
        ]
    addresses.append((f"export_{resource.plural}", f"{prefix}export/", export_table, resource.read, ["GET"]))
    return [
        path(address, _view(resource, page, permission, methods), name=name)
        for name, address, page, permission, methods in addresses
        if name not in without
    ]


def list_route(row_list: RowList[Any], address: str) -> URLPattern:
    """The page of a list that is no resource, called by its plural."""
    return path(address, _view(row_list, list_page, row_list.read, ["GET", "HEAD"]), name=row_list.plural)


def list_page(
    row_list: RowList[Row], request: HttpRequest, *, rows: Any = None, **context: object
) -> HttpResponseBase:
    """The rows, filtered and paged; htmx asks for them alone when one of them moved. `rows`: what a desk's own page found;
    `context`: what it shows beside them.
    """
    view = RowListView(row_list, request, rows=rows)
    context |= {"resource": row_list, "row_list": view}
    if row_list.refresh_on and request.htmx:  # type: ignore[attr-defined]
        return render(request, "resources/rows.html", context)
    if isinstance(row_list, Resource):
        context |= _what_changes(row_list, view)
    return render(request, row_list.list_template, context)


def _what_changes(resource: Resource[Any], view: RowListView) -> dict[str, object]:
    may_write = view.actor.may(resource.write)
    takes_tables = bool(may_write and resource.table_columns)
    has_form = may_write and resource.form_beside_list
    return {
        "may_write": may_write,
        "form": resource.bound_form(view.actor.organisation) if has_form else None,
        "file_form": TableFileForm() if takes_tables else None,
        "import_url": resource.url("import") if takes_tables else "",
        "export_url": resource.url("export"),
    }


def form_page(
    resource: Resource[Row], request: HttpRequest, row_id: UUID | None = None, **context: object
) -> HttpResponseBase:
    """Of a new row, or of the one that is there."""
    actor = actor_of(request)
    row = resource.one(actor.organisation, row_id) if row_id else None
    title = str(row or resource.new_label)  # before the form writes into the row
    form = resource.bound_form(actor.organisation, request.POST or None, row)
    if saved := submit_form(form, lambda **_values: services.save_form(actor, resource, form)):
        messages.success(request, _("Saved."))
        return redirect(resolve_url(saved) if resource.opens_saved else resource.url())
    context |= {"resource": resource, "form": form, "row": row, "title": title}
    if row and resource.is_deletable:
        context["delete_url"] = resource.url("delete", row)
    return render(request, resource.form_template, context)


def delete(resource: Resource[Row], request: HttpRequest, row_id: UUID) -> HttpResponseBase:
    actor = actor_of(request)
    row = resource.one(actor.organisation, row_id)
    try:
        services.delete(actor, resource, row)
    except Conflict as refusal:
        messages.warning(request, refusal.reason)
    else:
        messages.success(request, _("Deleted."))
    return redirect(resource.url())


def import_table(resource: Resource[Row], request: HttpRequest) -> HttpResponseBase:
    form = TableFileForm(request.POST, request.FILES)
    # One byte too many is enough to know that the file is too large.
    content = form.cleaned_data["file"].read(tables.MAX_BYTES + 1) if form.is_valid() else b""
    try:
        imported = services.import_table(actor_of(request), resource, content=content)
    except ApplicationError as error:
        # Each bad row by itself: whoever mends the file wants to mend it once.
        for reason in error.fields.get("file", [error.message]):
            messages.error(request, str(reason))
    else:
        text = ngettext("%(count)d row was imported.", "%(count)d rows were imported.", imported.count)
        messages.success(request, tables.imported_text(text % {"count": imported.count}, imported.ignored))
    return redirect(resource.url())


def export_table(resource: Resource[Row], request: HttpRequest) -> HttpResponseBase:
    """The rows that the filters leave, of all pages: as they are taken in again, or else as the list shows them."""
    actor = actor_of(request)
    filters = resource.filterset(request.GET, queryset=resource.rows_within(actor.organisation))
    rows = filters.qs
    columns: dict[str, Callable[[Any], object]]

    def value_of(name: str) -> Callable[[Any], object]:
        return lambda row: cell_of(row, name, ListColumn("")).value

    if resource.table_columns:
        rows = rows.values(*resource.table_columns)
        columns = {name: itemgetter(name) for name in resource.table_columns}
    else:
        headings = RowTable(resource.columns, ()).headings
        columns = {
            str(column.heading): value_of(name)
            for name, column in zip(resource.columns, headings, strict=True)
        }
    export = FileExport(actor, f"{resource.name}.exported", filters=form_filters(filters.form))
    file_type = request.GET.get("format", "csv")
    return export.list_response(rows, columns, name=resource.plural, file_type=file_type)


def _view(
    row_list: RowList[Any], page: Callable[..., HttpResponseBase], permission: str, methods: list[str]
) -> Callable[..., HttpResponseBase]:
    @require_http_methods(methods)
    @requires(permission)
    def view(request: HttpRequest, /, **ids: UUID) -> HttpResponseBase:
        return page(row_list, request, *ids.values())

    view.row_list = row_list  # type: ignore[attr-defined]
    return view
