"""The whole site on one page.

/                   staff portal            /accounts/      sign-in (allauth)
/c/<channel>/       visitors' chat page     /admin/         admin dashboard
/scim/v2/           members from an identity provider
/api/v1/            REST API, /api/docs/    /healthz /readyz /metrics
"""

from allauth.account.decorators import reauthentication_required
from allauth.usersessions.views import list_usersessions
from django.contrib import admin
from django.urls import include, path, re_path

from apps.accounts import scim, single_sign_on
from apps.accounts.access import is_operator
from apps.accounts.admin import take_foreign_tables_over
from apps.accounts.admin_pages import admin_sign_in
from apps.accounts.pages import address_of_account
from apps.core import desks
from apps.core.api import json_error_view
from config import api_urls

# One way to sign in, two-factor included; operators see the admin, nobody else.
admin.site.login = admin_sign_in  # type: ignore[method-assign,assignment]
admin.site.has_permission = is_operator  # type: ignore[method-assign]

take_foreign_tables_over()

urlpatterns = [
    path("api/v1/", include((api_urls.urlpatterns, "api"))),
    path("api/", include(api_urls.documentation)),
    re_path(r"^api/.*$", json_error_view),
    path("scim/v2/<path:resource>", scim.scim, name="scim"),
    path("accounts/email/", address_of_account),
    path("accounts/sessions/", reauthentication_required(list_usersessions)),
    path(
        "accounts/oidc/<str:provider_id>/login/callback/",
        single_sign_on.callback,
        name="single_sign_on_callback",
    ),
    path("accounts/", include("allauth.urls")),
    path("admin/analytics/", include("apps.dashboards.admin_urls")),
    path("admin/operations/", include("apps.operations.admin_urls")),
    path("admin/", admin.site.urls),
    path("", include("apps.accounts.urls")),
    path("audit/", include("apps.audit.urls")),
    path("", include("apps.privacy.urls")),
    path("", include("apps.observability.urls")),
    path("analytics/", include("apps.dashboards.urls")),
    path("operations/", include("apps.operations.urls")),
    path("jobs/", include("apps.jobs.urls")),
    path("models/", include("apps.inference.urls")),
    path("capacity/", include("apps.capacity.urls")),
    path("knowledge/", include("apps.knowledge.urls")),
    path("recordings/", include("apps.speech.urls")),
    *(path(desk.url_prefix, include(f"{desk.app}.urls")) for desk in desks.all_desks()),
    path("", include("apps.portal.urls")),
]

handler400 = "apps.core.error_pages.bad_request"
handler403 = "apps.core.error_pages.permission_denied"
handler404 = "apps.core.error_pages.not_found"
handler429 = "apps.core.error_pages.too_many_requests"
handler500 = "apps.core.error_pages.server_error"
