"""Who is here: organisations, people, and what lets them in."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.accounts import confirmations, services
from apps.accounts.admin_tables import Table, TableAdmin, register
from apps.accounts.models import (
    ApiKey,
    Confirmation,
    GroupRole,
    Invitation,
    Membership,
    Organisation,
    ProvisionedGroup,
    ProvisionedUser,
    RetiredSlug,
    User,
)
from apps.accounts.permissions import PERMISSIONS
from apps.core import languages


class MembershipAdmin(TableAdmin):
    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "is_active" in form.changed_data and not obj.is_active:
            services.shut_out(obj)


register(
    Table(
        Organisation,
        _("Organisations"),
        "name slug created_at",
        "output_language idle_minutes",
        search=("name", "slug"),
        editable=("name", "output_language", "idle_minutes"),
        dates="created_at",
        is_named=True,
    ),
    tab=_("Organisation"),
)
register(
    Table(
        User,
        _("Users"),
        "email name is_active is_superuser last_login",
        "is_staff language joined_at",
        codes={"language": lambda: dict(languages.CHOICES)},
        search=("email", "name"),
        editable=("name", "is_active", "is_staff", "is_superuser"),
        dates="joined_at",
        is_named=True,
    ),
    tab=_("Members"),
)
register(
    Table(
        Membership,
        _("Members"),
        "user role is_active joined_at",
        search=("user__email", "user__name"),
        editable=("is_active",),
        is_named=True,
    ),
    tab=_("Members"),
    admin_class=MembershipAdmin,
)
register(
    Table(
        Invitation,
        _("Invitations"),
        "email role created_at expires_at accepted_at",
        "invited_by",
        search=("email",),
        can_delete=True,
        is_named=True,
    ),
    Table(
        Confirmation,
        _("Confirmations"),
        "change state requested_by created_at decided_by decided_at",
        codes={"change": confirmations.labels},
    ),
    Table(GroupRole, _("Groups and roles"), "group role", is_named=True),
    Table(
        ProvisionedUser,
        _("People from identity providers"),
        "email is_active user created_at",
        search=("email",),
        is_named=True,
    ),
    Table(ProvisionedGroup, _("Groups from identity providers"), "name created_at", is_named=True),
    tab=_("Members"),
)
register(
    Table(
        ApiKey,
        _("API keys"),
        "name prefix created_at expires_at last_used_at revoked_at",
        "scopes allowed_addresses created_by",
        codes={"scopes": lambda: PERMISSIONS},
        search=("name", "prefix"),
        dates="created_at",
        is_named=True,
    ),
    tab=_("Integrations"),
)
register(
    Table(RetiredSlug, _("Retired short names"), "digest"),
)

# What packages list by themselves shows secrets, or says nothing here: roles are ours, and so are addresses.
FOREIGN = (Group, EmailAddress, SocialApp, SocialToken, SocialAccount, Authenticator, UserSession)


def take_foreign_tables_over() -> None:
    """To be called when every package has listed its own."""
    for model in FOREIGN:
        admin.site.unregister(model)
    apps.get_app_config(Authenticator._meta.app_label).verbose_name = _("Sign-in")
    # A lost second factor is deleted here, by the rule of docs/security-rules.md.
    register(
        Table(
            Authenticator,
            _("Second factors"),
            "user type created_at last_used_at",
            search=("user__email",),
            can_delete=True,
            is_named=True,
        )
    )
