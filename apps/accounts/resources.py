"""The columns of what the pages of an organisation's settings show as tables."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.row_table import Columns, ListColumn

MEMBERS: Columns = {
    "user": ListColumn(pgettext_lazy("of a person", "Name"), part="accounts/member_name.html"),
    "user.email": _("E-mail"),
    "role": ListColumn(_("Role"), part="accounts/member_role.html"),
    "joined_at": _("Joined"),
}
INVITATIONS: Columns = {"email": _("E-mail"), "role": _("Role"), "expires_at": _("Expires")}
PERMISSION_HOLDERS: Columns = {
    "permission": _("Permission"),
    "roles_text": ListColumn(_("Roles"), look="small soft"),
    "members": ListColumn(_("Members"), part="accounts/member_holders.html"),
    "keys": ListColumn(_("API keys"), part="accounts/key_holders.html"),
}
SEERS: Columns = {
    "actor": ListColumn(pgettext_lazy("of a person", "Name"), part="accounts/seer_name.html"),
    "actor.member": ListColumn(_("Role"), part="accounts/seer_role.html"),
    "reason": ListColumn(_("Why"), part="accounts/seer_reason.html"),
}
GROUP_ROLES: Columns = {
    "group": ListColumn(pgettext_lazy("of an identity provider", "Group"), look="mono"),
    "role": _("Role"),
}
CONFIRMATIONS: Columns = {
    "label": _("Change"),
    "confirmation.subject": _("For"),
    "confirmation.requested_by.user": _("Requested by"),
    "confirmation.created_at": _("When"),
    "confirmation.state": ListColumn(
        _("Decision"), part="accounts/confirmation_decision.html", look="cell-actions"
    ),
}
API_KEYS: Columns = {
    "key.name": _("Name"),
    "key.prefix_text": ListColumn(_("Key"), look="mono"),
    "areas": ListColumn(_("Permissions"), part="accounts/key_areas.html", look="small soft"),
    "key.last_used_at": _("Last used"),
    "calls": ListColumn(_("Calls today"), kind="count"),
    "key.expires_at": _("Expires"),
}
