from django.urls import path

from apps.accounts import acts, views
from apps.accounts.act_declaration import act_routes

app_name = "accounts"
urlpatterns = [
    path("team/", views.team, name="team"),
    path("team/invite/", views.invite_member, name="invite_member"),
    path("team/<uuid:membership_id>/role/", views.change_role, name="change_role"),
    path("api-keys/", views.api_keys, name="api_keys"),
    path("api-keys/new/", views.create_api_key, name="create_api_key"),
    path("confirmations/", views.confirmations, name="confirmations"),
    path("confirmations/<uuid:confirmation_id>/confirm/", views.confirm_change, name="confirm_change"),
    path("confirmations/<uuid:confirmation_id>/refuse/", views.refuse_change, name="refuse_change"),
    path("settings/", views.organisation_settings, name="settings"),
    path("settings/sign-in/", views.sign_in_rules, name="sign_in_rules"),
    path("settings/groups/", views.set_group_role, name="group_roles"),
    path("team/permissions/", views.permissions, name="permissions"),
    *act_routes(acts),
    path("join/", views.join, name="join"),
    path("join/accept/", views.accept_invitation, name="accept_invitation"),
    path("join/<str:token>/", views.open_invitation, name="open_invitation"),
]
