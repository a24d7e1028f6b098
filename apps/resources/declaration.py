"""What lists are declared with: the rows of a model that people look at, and those that they write down as well."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar
from uuid import UUID

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from apps.accounts.access import may_open
from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.core.errors import Text
from apps.core.models import OrganisationOwned
from apps.core.pages import PAGE_ROWS
from apps.core.row_table import Columns, ListColumn

Row = TypeVar("Row", bound=OrganisationOwned)
CONFLICT = _("This already exists.")
DELETE_QUESTION = _("Delete this?")


@dataclass(frozen=True, kw_only=True)
class RowList(Generic[Row]):
    """Rows that people look at: a page of its own, a part of another page, and an API list. Defaults may be left out.

    `plural`: of all rows, in addresses and ids: `tags`, `export_tags`, `#tags-rows`.
    `rows`: the selector of all rows of an organisation, in the order of the list; or `visible_rows`, of what an actor sees.
    `presenter`: makes of the rows of a page what the columns show.
    `columns`: field, property or `__str__` → heading, or a `ListColumn`. The first one names the row.
    `read`: the permission of the page and of the API; empty where that depends on the desk, whose own page asks for it.
    `page`: the name of a row's own page, where it does not say so itself. `acts`: pages of acts, as buttons of each row;
    `acts_part`: a template of buttons.
    `new_page`, `new_label`: where a new row is made. `empty_page`: label and page that an empty list offers instead.
    `search`, `filters`: fields that list and API are searched in and narrowed by; `filter_class`: a filter set of its own.
    `look`: classes of the table. `is_wide`: the page takes all of the window.
    `refresh_on`: the htmx trigger on which the rows are fetched anew; “moved” is a job of one of them.
    `order`: of the page, where it is not the selector's. `parent`: label and address name of the page above the list.
    """

    model: type[Row]
    plural: str
    columns: Columns
    read: str = ""
    rows: Callable[[Organisation], QuerySet[Row]] | None = None
    visible_rows: Callable[[Actor], QuerySet[Row]] | None = None
    presenter: Callable[[Organisation, Sequence[Row]], Sequence[Any]] | None = None
    title: Text = ""
    lead: Text = ""
    icon: str = "lantern"
    parent: tuple[Text, str] | None = None
    page: str = ""
    acts: tuple[str, ...] = ()
    acts_part: str = ""
    new_page: str = ""
    new_label: Text = ""
    empty_title: Text
    empty_text: Text = ""
    empty_page: tuple[Text, str] | None = None
    search: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    filter_class: type[django_filters.FilterSet] | None = None
    refresh_on: str = ""
    order: tuple[str, ...] = ()
    page_rows: int = PAGE_ROWS
    look: str = ""
    is_wide: bool = False
    list_template: str = "resources/list.html"

    def rows_for(self, actor: Actor) -> QuerySet[Row]:
        """The selector is trusted with the order and with what the actor sees, not with the organisation."""
        if self.visible_rows:
            return self.visible_rows(actor).filter(organisation=actor.organisation)
        return self.rows_within(actor.organisation)

    def rows_within(self, organisation: Organisation) -> QuerySet[Row]:
        if self.rows is None:
            raise TypeError(f"What is seen of {self.plural} depends on who asks.")
        return self.rows(organisation).filter(organisation=organisation)

    def row_page(self, actor: Actor) -> str:
        """The name of the page that a row has for the actor; none for whoever may not open it."""
        return self.page if self.page and may_open(actor, self.page) else ""

    def acts_part_for(self, _actor: Actor) -> str:
        return self.acts_part

    @property
    def page_of_new(self) -> str:
        return self.new_page

    @property
    def permissions(self) -> dict[str, str]:
        """Which permission each action of the API needs."""
        return dict.fromkeys(("list", "retrieve"), self.read)

    @cached_property
    def filterset(self) -> type[django_filters.FilterSet]:
        """What narrows the list and the API."""
        if self.filter_class:
            return self.filter_class

        def search(rows: QuerySet[Row], _name: str, query: str) -> QuerySet[Row]:
            fits = Q()
            for field in self.search:
                fits |= Q(**{f"{field}__icontains": query})
            return rows.filter(fits)

        search_filter = django_filters.CharFilter(method=search, label=_("Search"), max_length=100)
        meta = type("Meta", (), {"model": self.model, "fields": list(self.filters)})
        members = {"Meta": meta} | ({"search": search_filter} if self.search else {})
        filterset: type[django_filters.FilterSet] = type(
            f"{self.model.__name__}Filter", (django_filters.FilterSet,), members
        )
        for name in self.filters:
            # By itself a filter keeps the label of whoever asked first, and none where that was the API's schema.
            filterset.base_filters[name].label = self.filter_label(name)
        return filterset

    def filter_label(self, name: str) -> Text:
        """As the column is called that shows it: fields that no form has are not named for people."""
        if column := self.columns.get(name):
            return column.heading if isinstance(column, ListColumn) else column
        return capfirst(getattr(self.model._meta.get_field(name), "verbose_name", name))


@dataclass(frozen=True, kw_only=True)
class Resource(RowList[Row]):
    """Rows that people also write down, delete, and take in and out as a table.

    `name`: of a row, in addresses and in the audit trail: `tag.deleted`, `tag_id`, `new_tag`.
    `form`: says the limits, for pages, API and tables alike.
    `write`: the permission of whoever changes rows.
    `identity`: lookups of the fields that no two rows share. `conflict`: what somebody is told who makes a second one;
    with `updates_existing` the one that is there is changed instead, as it always is by a table.
    `table_columns`: fields of the form that a CSV file has. Empty: no tables.
    `audit_fields`: those whose values stand in the audit trail.
    `after_change`: what follows in the same transaction, such as clearing a cache or learning again.
    `form_beside_list`: for rows of a few words, made one after the other.
    `opens_saved`: what was saved is shown on its own page, not in the list.
    """

    name: str
    form: type[forms.ModelForm[Row]]
    write: str
    new_label: Text
    empty_text: Text
    identity: tuple[str, ...] = ()
    conflict: Text = CONFLICT
    updates_existing: bool = False
    table_columns: tuple[str, ...] = ()
    audit_fields: tuple[str, ...] = ()
    after_change: Callable[[Actor], object] | None = None
    is_deletable: bool = True
    delete_question: Text = DELETE_QUESTION
    form_beside_list: bool = False
    opens_saved: bool = False
    form_template: str = "resources/form.html"
    acts_part: str = "resources/row_acts.html"

    def one(self, organisation: Organisation, row_id: UUID) -> Row:
        row = self.rows_within(organisation).filter(pk=row_id).first()
        if row is None:
            raise Http404
        return row

    def bound_form(
        self, organisation: Organisation, values: Mapping[str, Any] | None = None, row: Row | None = None
    ) -> forms.ModelForm[Row]:
        """For `row`, or for a new one, which the form knows the organisation of while it checks."""
        form = self.form(values, instance=row or self.model(organisation=organisation))
        for field in form.fields.values():
            if isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
                field.queryset = field.queryset.filter(organisation=organisation)
        return form

    def url(self, page: str = "", row: Row | None = None) -> str:
        """`page`: new, import, export or delete; without one the row's own page, or the list."""
        stem = self.name if row or page == "new" else self.plural
        name = f"{page}_{stem}" if page else stem
        return reverse(f"{self.model._meta.app_label}:{name}", args=[row.pk] if row else None)

    @property
    def page_of_new(self) -> str:
        return f"{self.model._meta.app_label}:new_{self.name}"

    @property
    def change_page(self) -> str:
        return f"{self.model._meta.app_label}:{self.name}"

    @property
    def delete_page(self) -> str:
        return f"{self.model._meta.app_label}:delete_{self.name}" if self.is_deletable else ""

    def row_page(self, actor: Actor) -> str:
        return self.change_page if actor.may(self.write) else ""

    def acts_part_for(self, actor: Actor) -> str:
        return self.acts_part if actor.may(self.write) else ""

    @property
    def permissions(self) -> dict[str, str]:
        writes = ("create", "update", "partial_update", "destroy")
        return super().permissions | dict.fromkeys(writes, self.write)

    def filter_label(self, name: str) -> Text:
        field = self.form.base_fields.get(name)
        return (field and field.label) or super().filter_label(name)
