"""How each organisation works: a model of which it has one row, from which form, page, API and audit come.

    SETTINGS = OrganisationSettings(
        ShopSettings, fields=("currency", …), action="shop_settings.changed", may_view="shop.view", may_change="shop.manage"
    )
    path("settings/", SETTINGS.page("shop/settings.html"), name="settings")  # in urls.py
    path("shop/settings/", SETTINGS.api_view(), name="shop-settings")  # in api_urls.py

What a value must be is said in the model, by validators and `clean_fields`; its docstring is the API's. Where a field
needs more than the usual widget or serializer, the desk brings a form or a serializer of the same fields.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.forms import modelform_factory
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.access import actor_of, requires
from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.audit import services as audit
from apps.core.api import validated_body
from apps.core.forms import submit_form
from apps.core.models import OrganisationOwned, full_clean

Row = TypeVar("Row", bound=OrganisationOwned)
ApiView = Callable[..., HttpResponseBase]


@dataclass(frozen=True)
class OrganisationSettings(Generic[Row]):
    """`action` is what the audit trail says of a change, which names the fields and not their values."""

    model: type[Row]
    fields: Sequence[str]
    action: str
    may_view: str
    may_change: str

    def read(self, organisation: Organisation | UUID) -> Row:
        """The organisation's own, or an unsaved row with the defaults and no id."""
        key = organisation if isinstance(organisation, UUID) else organisation.pk
        own = self.model._default_manager.filter(organisation=key).first()
        return own or self.model(id=None, organisation_id=key)

    @transaction.atomic
    def change(self, actor: Actor, *, changes: Mapping[str, Any]) -> Row:
        """`changes` by the names in `fields`; what is not named stays. Raises InvalidInput per field."""
        rows = self.model._default_manager
        # Made first, so that there is a row to lock.
        rows.get_or_create(organisation=actor.organisation)
        chosen = rows.select_for_update().get(organisation=actor.organisation)
        before = {name: getattr(chosen, name) for name in self.fields}
        for name in self.fields:
            setattr(chosen, name, changes.get(name, before[name]))
        full_clean(chosen, exclude=["organisation"])
        chosen.save()
        changed_fields = [name for name in self.fields if getattr(chosen, name) != before[name]]
        audit.record(actor, action=self.action, target=chosen, details={"fields": changed_fields})
        return chosen

    def page(
        self, template: str, form: type[forms.ModelForm[Row]] | None = None
    ) -> Callable[[HttpRequest], HttpResponseBase]:
        """The template draws the form as `form`."""
        form_class = form or modelform_factory(self.model, fields=self.fields)

        @require_http_methods(["GET", "HEAD", "POST"])
        @requires(self.may_change)
        def settings_page(request: HttpRequest) -> HttpResponseBase:
            actor = actor_of(request)
            form = form_class(request.POST or None, instance=self.read(actor.organisation))
            if submit_form(form, lambda **changes: self.change(actor, changes=changes)):
                messages.success(request, _("Saved."))
                return redirect(request.path)
            return render(request, template, {"form": form})

        return settings_page

    def api_view(self, serializer: type[serializers.ModelSerializer[Row]] | None = None) -> ApiView:
        """GET and PATCH."""
        meta = type("Meta", (), {"model": self.model, "fields": list(self.fields)})
        usual = type(f"{self.model.__name__}Serializer", (serializers.ModelSerializer,), {"Meta": meta})
        serializer_class: type[serializers.ModelSerializer[Row]] = serializer or usual
        declared = self

        class SettingsView(APIView):
            permissions = {"GET": declared.may_view, "PATCH": declared.may_change}

            @extend_schema(responses=serializer_class, description=self.model.__doc__)
            def get(self, request: Request) -> Response:
                return Response(serializer_class(declared.read(actor_of(request).organisation)).data)

            @extend_schema(request=serializer_class, responses=serializer_class)
            def patch(self, request: Request) -> Response:
                """What is not sent stays."""
                changes = validated_body(request, serializer_class, partial=True)
                chosen = declared.change(actor_of(request), changes=changes)
                return Response(serializer_class(chosen).data)

        return SettingsView.as_view()
