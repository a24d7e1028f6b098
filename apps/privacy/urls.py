from django.urls import path

from apps.accounts.act_declaration import act_routes
from apps.privacy import acts, pages

app_name = "privacy"

urlpatterns = [
    path("retention/", pages.retention_page, name="retention"),
    path("team/<uuid:membership_id>/report/", pages.member_report, name="member_report"),
    *act_routes(acts),
]
