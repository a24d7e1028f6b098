from django.urls import path

from apps.accounts import acts, pages
from apps.accounts.act_declaration import act_routes

app_name = "accounts"
urlpatterns = [
    path("team/", pages.team, name="team"),
    path("team/invite/", pages.invite_member, name="invite_member"),
    path("api-keys/", pages.api_keys, name="api_keys"),
    path("api-keys/new/", pages.create_api_key, name="create_api_key"),
    path("confirmations/", pages.confirmations, name="confirmations"),
    path("settings/", pages.organisation_settings, name="settings"),
    path("settings/sign-in/", pages.sign_in_rules, name="sign_in_rules"),
    path("settings/groups/", pages.set_group_role, name="group_roles"),
    path("team/permissions/", pages.permissions, name="permissions"),
    *act_routes(acts),
    path("join/", pages.join, name="join"),
    path("join/accept/", pages.accept_invitation, name="accept_invitation"),
    path("join/<str:token>/", pages.open_invitation, name="open_invitation"),
]
