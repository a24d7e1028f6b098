"""What is done with members, invitations, keys and groups at the press of a button."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.accounts import confirmations, group_roles, selectors, services
from apps.accounts.act_declaration import Act
from apps.accounts.forms import KeyGroupForm, RoleForm
from apps.accounts.models import GroupRole

REVOKE_INVITATION = Act(
    services.revoke_invitation,
    selectors.open_invitations,
    at="team/invitations/<uuid:invitation_id>/revoke/",
    label=_("Revoke"),
    success=_("Invitation revoked. Its link no longer works."),
    back="accounts:team",
)
CHANGE_ROLE = Act(
    services.change_role,
    selectors.members,
    form=RoleForm,
    at="team/<uuid:membership_id>/role/",
    asks_password=True,
    success=lambda member: (
        _("%(name)s is now %(role)s.") % {"name": member.user, "role": member.get_role_display()}
    ),
    back="accounts:team",
)
DEACTIVATE_MEMBER = Act(
    services.deactivate_member,
    selectors.members,
    at="team/<uuid:membership_id>/deactivate/",
    success=lambda member: _("%(name)s can no longer sign in here.") % {"name": member.user},
    back="accounts:team",
)
REACTIVATE_MEMBER = Act(
    services.reactivate_member,
    selectors.members,
    at="team/<uuid:membership_id>/reactivate/",
    asks_password=True,
    label=_("Reactivate"),
    success=lambda member: _("%(name)s can sign in here again.") % {"name": member.user},
    back="accounts:team",
)
REVOKE_API_KEY = Act(
    services.revoke_api_key,
    selectors.api_keys,
    at="api-keys/<uuid:api_key_id>/revoke/",
    success=lambda key: _("The key “%(name)s” no longer works.") % {"name": key.name},
    back="accounts:api_keys",
)
REVOKE_API_KEY_GROUP = Act(
    services.revoke_api_key_group,
    at="api-keys/revoke-group/",
    form=KeyGroupForm,
    success=lambda count: (
        ngettext("%(count)d key no longer works.", "%(count)d keys no longer work.", count) % {"count": count}
    ),
    back="accounts:api_keys",
)
REMOVE_GROUP_ROLE = Act(
    group_roles.remove_group_role,
    GroupRole.objects.within,
    at="settings/groups/<uuid:group_role_id>/remove/",
    asks_password=True,
    success=_("Group removed. It no longer assigns a role."),
    back="accounts:group_roles",
)
CONFIRM_CHANGE = Act(
    confirmations.confirm,
    confirmations.confirmation_list,
    at="confirmations/<uuid:confirmation_id>/confirm/",
    asks_password=True,
    success=_("Confirmed. The change is in effect."),
    back="accounts:confirmations",
)
REFUSE_CHANGE = Act(
    confirmations.refuse,
    confirmations.confirmation_list,
    at="confirmations/<uuid:confirmation_id>/refuse/",
    asks_password=True,
    label=_("Decline"),
    success=_("Declined. Nothing was changed."),
    back="accounts:confirmations",
)
