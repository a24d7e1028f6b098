"""The operator's view over all organisations."""

from django.contrib import admin
from unfold.admin import ModelAdmin, TabularInline

from apps.accounts.models import ApiKey, Membership, Organisation, User


class MembershipInline(TabularInline):  # type: ignore[misc]
    model = Membership
    extra = 0
    autocomplete_fields = ["user", "organisation"]


@admin.register(User)
class UserAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["email", "name", "is_active", "is_staff", "last_login"]
    search_fields = ["email", "name"]
    readonly_fields = ["last_login", "joined_at"]
    exclude = ["password", "groups", "user_permissions"]
    inlines = [MembershipInline]


@admin.register(Organisation)
class OrganisationAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["name", "slug", "created_at"]
    search_fields = ["name", "slug"]
    inlines = [MembershipInline]


@admin.register(ApiKey)
class ApiKeyAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["name", "prefix", "organisation", "expires_at", "last_used_at", "revoked_at"]
    list_select_related = ["organisation"]
    readonly_fields = [field.name for field in ApiKey._meta.fields if field.name != "secret_hash"]
    exclude = ["secret_hash"]

    def has_add_permission(self, request: object) -> bool:
        return False
