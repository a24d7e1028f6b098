from django.utils.translation import gettext_lazy as _

from apps.accounts import selectors as accounts
from apps.accounts.act_declaration import Act
from apps.privacy import members, retention_rules
from apps.privacy.forms import RetentionForm

CHANGE_RETENTION = Act(
    retention_rules.change,
    form=RetentionForm,
    at="retention/change/",
    success=_("Saved."),
    back="privacy:retention",
)
ERASE_MEMBER = Act(
    members.erase_member,
    accounts.members,
    at="team/<uuid:membership_id>/erase/",
    asks_password=True,
    success=_("What the member put in and got was erased."),
    back="accounts:team",
    label=_("Erase data"),
    icon="trash",
    look="danger",
    confirm=_(
        "Erase what this member put in and got, such as runs of apps and chats?\nIt cannot be brought back."
    ),
)
