"""Tables of the admin, each declared in a line or two of its app's `admin.py`; see docs/decisions/admin.md.

    register(Table(Webhook, _("Webhooks"), "url is_enabled created_at", is_named=True), …, tab=_("Integrations"))

`tab`: the heading under which the tables stand, a tab of the portal's menu. What has none is of use to engineers alone
and stands folded.

A table shows the fields that its declaration names and no other: what an organisation's people wrote, said or were
called stays with them. Rows are read-only but for `editable`, and each change is in the trail of its organisation.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.core.paginator import Paginator
from django.db import connection, models
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import AutocompleteSelectFilter, BooleanRadioFilter, ChoicesDropdownFilter
from unfold.contrib.filters.admin import DropdownFilter as ChosenFilter
from unfold.decorators import display

from apps.accounts.access import asks_password
from apps.accounts.admin_words import DJANGO_FIELDS, column_words
from apps.accounts.models import Membership, Organisation, User
from apps.accounts.operators import OperatorActor
from apps.audit import services as audit
from apps.core import desks
from apps.core.errors import Text
from apps.core.pages import optional_uuid

Codes = Callable[[], Mapping[str, Text]]
PAGE_ROWS = 50
# Of more rows the database's own estimate is told: counting millions takes longer than showing a page of them.
MAX_COUNTED = 10_000
TONES = {
    "succeeded": "success", "delivered": "success", "sent": "success", "confirmed": "success", "signed": "success",
    "running": "info", "open": "info", "queued": "warning", "pending": "warning", "waiting": "warning",
    "failed": "danger", "refused": "danger", "cancelled": "danger",
}  # fmt: skip
SHORT_ID = 8


@dataclass(frozen=True)
class Table:
    """`columns` and `more`, which only a row's own page shows, are names of fields parted by spaces.

    `codes`: field → what its codes are called, where the field has no choices of its own.
    `is_named`: what a row calls itself is a name that its organisation gave it, nothing that people wrote.
    `dates`: the field by whose days the rows are paged; the database reads all of them for it.
    """

    model: type[models.Model]
    label: Text
    columns: str
    more: str = ""
    codes: Mapping[str, Codes] = field(default_factory=dict)
    search: tuple[str, ...] = ()
    dates: str | None = None
    editable: tuple[str, ...] = ()
    can_delete: bool = False
    is_named: bool = False
    is_declared: bool = True
    tab: Text = ""

    @property
    def listed(self) -> list[str]:
        owner = ["organisation"] if _has(self.model, "organisation") else []
        return [*owner, *self.columns.split()]

    @property
    def visible(self) -> list[str]:
        return [*self.listed, *self.more.split()]


_tables: dict[type[models.Model], Table] = {}


def register(*tables: Table, tab: Text = "", admin_class: "type[TableAdmin] | None" = None) -> None:
    for table in (replace(each, tab=tab) for each in tables):
        _tables[table.model] = table
        # Said here and not in the model, whose migrations would carry the words of every release.
        options: Any = table.model._meta
        options.verbose_name = options.verbose_name_plural = table.label
        admin.site.register(table.model, _admin_of(table, admin_class or TableAdmin))


def register_rest() -> None:
    """What no app has declared: when it was made and what belongs to it, and nothing else."""
    for model in apps.get_models():
        is_ours = model.__module__.startswith("apps.") or desks.name_of_module(model.__module__)
        if is_ours and model not in _tables:
            kinds = (models.DateTimeField, models.BooleanField, models.ForeignKey)
            names = [each.name for each in model._meta.concrete_fields if isinstance(each, kinds)]
            label = model._meta.verbose_name_plural or model.__name__
            columns = " ".join(name for name in names if name != "organisation")
            register(Table(model, label, columns, is_declared=False))


def tables_of(app_label: str) -> dict[Text, list[Table]]:
    """By their tabs, in the order of their declaration; under "" what has none."""
    groups: dict[Text, list[Table]] = {}
    for model, table in _tables.items():
        if model._meta.app_label == app_label:
            groups.setdefault(table.tab, []).append(table)
    return groups


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts a little and estimates a lot."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        counted: int = rows.order_by()[: MAX_COUNTED + 1].count()
        if counted <= MAX_COUNTED or rows.query.where:
            return min(counted, MAX_COUNTED)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", [rows.model._meta.db_table]
            )
            return max(MAX_COUNTED, int(cursor.fetchone()[0]))


class TableAdmin(ModelAdmin):  # type: ignore[misc]
    """A list and a page for each row. What may not be shown is not even read from the database."""

    table: Table
    list_per_page = PAGE_ROWS
    list_max_show_all = 0
    show_full_result_count = False
    paginator = BoundedPaginator
    list_filter_submit = True
    actions = None
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        joined = [path for name in self.table.listed if (path := _join(self.table.model, name))]
        rows: models.QuerySet[Any] = self.model._default_manager.all()
        return rows.only(*self.table.visible).select_related(*joined)

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        """An id finds its row in every table; other words only where there is a name to look in."""
        row_id = optional_uuid(search_term.strip())
        if row_id and isinstance(self.model._meta.pk, models.UUIDField):
            return queryset.filter(pk=row_id), False
        if search_term and not self.table.search:
            return queryset.none(), False
        found: tuple[models.QuerySet[Any], bool] = super().get_search_results(request, queryset, search_term)
        return found

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return bool(self.table.editable)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.table.can_delete

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[str]:
        return [name if name in self.table.editable else _on_page(name) for name in self.table.visible] + [
            "hidden"
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[str]:
        return [name for name in self.get_fields(request, obj) if name not in self.table.editable]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        form_field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if form_field:
            form_field.label = label_of(self.table.model, db_field.name)
        return form_field

    @display(description=_("other fields"))  # type: ignore[untyped-decorator]
    def hidden(self, row: models.Model) -> str:
        hidden = len(row._meta.concrete_fields) - len(self.table.visible)
        return str(_("%(number)d hidden. Members of the organisation see them in the portal.")) % {
            "number": hidden
        }

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Under a name that says nothing, where a row's own would say what people wrote."""
        if (row := context.get("original")) and not self.table.is_named:
            context["original"] = RowName(row)
            context["subtitle"] = str(context["original"])
        answer: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return answer

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The trail of the organisation is the history."""
        raise PermissionDenied

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Under the table's name; Django asks to choose a row to change, which can seldom be done."""
        return super().changelist_view(request, {"title": self.table.label, **(extra_context or {})})

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return asks_password(super().changeform_view)(request, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return asks_password(super().delete_view)(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        before = (
            type(obj)._default_manager.filter(pk=obj.pk).values(*form.changed_data).get() if change else {}
        )
        super().save_model(request, obj, form, change)
        changed = {name: form.cleaned_data[name] for name in form.changed_data}
        if changed:
            note(request, obj, self.table, "row.changed_by_operator", before=before, after=changed)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        note(request, obj, self.table, "row.deleted_by_operator")
        super().delete_model(request, obj)


@dataclass(frozen=True)
class RowName:
    """Stands in titles for a row whose own name is content."""

    row: models.Model

    @property
    def pk(self) -> Any:
        return self.row.pk

    @property
    def _meta(self) -> Any:
        return self.row._meta

    def __str__(self) -> str:
        return f"{self.row._meta.verbose_name} {str(self.row.pk)[-SHORT_ID:]}"


def note(request: HttpRequest, row: Any, table: Table, action: str, **values: Mapping[str, Any]) -> None:
    """A line in the trail of each organisation that the row concerns."""
    for organisation in _affected_organisations(row):
        details = {
            "subject": f"{table.label}: {row if table.is_named else RowName(row)}",
            **{
                when: [f"{label_of(table.model, name)}: {value}" for name, value in fields.items()]
                for when, fields in values.items()
            },
        }
        audit.record(OperatorActor(organisation, request.user), action=action, target=row, details=details)  # type: ignore[arg-type]


def label_of(model: type[models.Model], name: str) -> Text:
    """A field's own words, or those that fields of its name have everywhere."""
    named = model._meta.get_field(name)
    own = getattr(named, "_verbose_name", None)
    return own if isinstance(own, Promise) and name not in DJANGO_FIELDS else column_words(name)


def _affected_organisations(row: Any) -> Iterable[Organisation]:
    if isinstance(row, Organisation):
        return [row]
    if isinstance(row, User):
        return Organisation.objects.filter(pk__in=row.memberships.values("organisation"))
    if user := getattr(row, "user", None) if not _has(type(row), "organisation") else None:
        return _affected_organisations(user)
    return [row.organisation] if getattr(row, "organisation_id", None) else []


def _admin_of(table: Table, admin_class: type[TableAdmin]) -> type[TableAdmin]:
    columns = [_column_name(name) for name in table.listed]
    attributes: dict[str, Any] = {_column_name(name): _column(table, name) for name in table.listed}
    attributes |= {_on_page(name): _column(table, name, is_listed=False) for name in table.visible}
    attributes |= {
        "table": table,
        "list_display": columns,
        "list_display_links": columns[:2]
        if len(columns) > 1 and table.listed[0] == "organisation"
        else columns[:1],
        "list_filter": [each for name in table.listed if (each := _filter(table, name))],
        "search_fields": table.search or ("pk",),
        "search_help_text": None if table.search else _("Enter a complete id."),
        "date_hierarchy": table.dates,
    }
    return type(f"{table.model.__name__}Admin", (admin_class,), attributes)


def _column(table: Table, name: str, *, is_listed: bool = True) -> Callable[[Any, Any], Any]:
    """How a field of a row is shown: in words, never as a code, and another row by a name only where it has one."""
    named: Any = table.model._meta.get_field(name)
    is_boolean = isinstance(named, models.BooleanField)
    tones = TONES if is_listed and name in ("state", "status") else None

    def column(self: Any, row: Any) -> Any:
        if isinstance(named, models.ForeignKey):
            return _target(row, named)
        value = getattr(row, named.attname)
        if is_boolean or (isinstance(value, (int, float)) and not named.choices and name not in table.codes):
            return value
        if isinstance(value, datetime) and not is_listed:
            return date_format(localtime(value), "DATETIME_FORMAT")
        text = _words(table, named, value)
        # A label of no tone is drawn from the words alone; with a code beside them, the code would be drawn.
        return (value, text) if tones and value in tones else text

    ordering = name if named.db_index or named.primary_key or named.unique else None
    return display(  # type: ignore[no-any-return]
        description=label_of(table.model, name), boolean=is_boolean or None, label=tones, ordering=ordering
    )(column)


def _words(table: Table, named: Any, value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(str(_words(table, getattr(named, "base_field", named), each)) for each in value)
    if named.name in table.codes and isinstance(value, str):
        return str(table.codes[named.name]().get(value, value))
    if named.choices:
        return str(dict(named.flatchoices).get(value, value)) if value != "" else "–"
    return value


def _target(row: Any, named: Any) -> Any:
    target_id = getattr(row, named.attname)
    if target_id is None:
        return None
    table = _tables.get(named.related_model)
    return str(getattr(row, named.name)) if table and table.is_named else f"…{str(target_id)[-SHORT_ID:]}"


def _filter(table: Table, name: str) -> Any:
    named: Any = table.model._meta.get_field(name)
    if name == "organisation":
        return (name, AutocompleteSelectFilter)
    if name in table.codes:
        attributes = {
            "title": label_of(table.model, name),
            "parameter_name": name,
            "lookups": lambda self, request, model_admin: sorted(
                (code, str(words)) for code, words in table.codes[name]().items()
            ),
            "queryset": lambda self, request, rows: (
                rows.filter(**{name: self.value()}) if self.value() else rows
            ),
        }
        return type(f"{name.title()}Filter", (ChosenFilter,), attributes)
    if named.choices:
        return (name, ChoicesDropdownFilter)
    return (name, BooleanRadioFilter) if isinstance(named, models.BooleanField) else None


def _join(model: type[models.Model], name: str) -> str:
    """What is read along with a row, so that a list takes one query."""
    named = model._meta.get_field(name)
    if not isinstance(named, models.ForeignKey):
        return ""
    table = _tables.get(named.related_model)
    if not (table and table.is_named):
        return ""
    return f"{name}__user" if named.related_model is Membership else name


def _column_name(name: str) -> str:
    return f"show_{name}"


def _on_page(name: str) -> str:
    return f"page_{name}"


def _has(model: type[models.Model], name: str) -> bool:
    try:
        model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return True
