from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts.selectors import members
from apps.resources.finding import Findable, register

register(
    Findable(
        "accounts",
        _("Members"),
        "organisation.manage",
        members,
        "user__name",
        lambda _member: reverse("accounts:team"),
        name=lambda member: str(member.user),
    )
)
