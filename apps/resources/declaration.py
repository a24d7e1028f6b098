"""What a resource is: the rows of a model that people list, write down, delete and take in and out as a table."""

from collections.abc import Callable, Mapping
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

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.core.errors import Text
from apps.core.models import OrganisationOwned

Row = TypeVar("Row", bound=OrganisationOwned)
CONFLICT = _("This already exists.")
DELETE_QUESTION = _("Delete this?")


@dataclass(frozen=True)
class Resource(Generic[Row]):
    """The one declaration from which `pages`, `api` and `services` work. Whatever has a default may be left out.

    `name`, `plural`: of a row and of all, in addresses and in the audit trail: `tag.deleted`, `tag_id`, `new_tag`, `tags`.
    `rows`: the selector of all rows of an organisation, in the order of the list.
    `form`: says the limits, for pages, API and tables alike.
    `columns`: field, property or `__str__` → heading. The first one names the row.
    `read`, `write`: the permissions.
    `identity`: lookups of the fields that no two rows share. `conflict`: what somebody is told who makes a second one;
    with `updates_existing` the one that is there is changed instead, as it always is by a table.
    `search`, `filters`: fields that the list and the API are searched in and narrowed by.
    `table_columns`: fields of the form that a CSV file has. Empty: no tables.
    `audit_fields`: those whose values stand in the audit trail.
    `after_change`: what follows in the same transaction, such as clearing a cache or learning again.
    `parent`: label and address name of the page above the list.
    `form_beside_list`: for rows of a few words, made one after the other.
    `opens_saved`: what was saved is shown on its own page, not in the list.
    """

    model: type[Row]
    name: str
    plural: str
    rows: Callable[[Organisation], QuerySet[Row]]
    form: type[forms.ModelForm[Row]]
    columns: Mapping[str, Text]
    read: str
    write: str
    title: Text
    new_label: Text
    empty_title: Text
    empty_text: Text
    lead: Text = ""
    icon: str = "lantern"
    parent: tuple[Text, str] | None = None
    identity: tuple[str, ...] = ()
    conflict: Text = CONFLICT
    updates_existing: bool = False
    search: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    table_columns: tuple[str, ...] = ()
    audit_fields: tuple[str, ...] = ()
    after_change: Callable[[Actor], object] | None = None
    is_deletable: bool = True
    delete_question: Text = DELETE_QUESTION
    form_beside_list: bool = False
    opens_saved: bool = False
    list_template: str = "resources/list.html"
    form_template: str = "resources/form.html"

    def rows_within(self, organisation: Organisation) -> QuerySet[Row]:
        """The selector is trusted with the order, not with the organisation."""
        return self.rows(organisation).filter(organisation=organisation)

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
    def permissions(self) -> dict[str, str]:
        """Which permission each action of the API needs."""
        writes = ("create", "update", "partial_update", "destroy")
        return dict.fromkeys(("list", "retrieve"), self.read) | dict.fromkeys(writes, self.write)

    @cached_property
    def filterset(self) -> type[django_filters.FilterSet]:
        """What narrows the list and the API."""

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
            field = self.form.base_fields.get(name)
            plain = getattr(self.model._meta.get_field(name), "verbose_name", name)
            filterset.base_filters[name].label = (field and field.label) or capfirst(plain)
        return filterset
