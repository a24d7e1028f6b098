from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from apps.accounts import selectors
from apps.accounts.access import portal_actor
from apps.core import mail
from apps.operations.announcements.selectors import current_announcements
from apps.portal.navigation import navigation_for


def shell(request: HttpRequest) -> dict[str, Any]:
    """What the frame around every page shows. Pages without the frame do not pay for it."""
    # The pages of the API's documentation come with no user at all.
    actor = portal_actor(request) if getattr(request, "user", None) else None
    if actor is None:
        return {"actor": None, "signup_open": settings.SIGNUP_OPEN, "mail_is_sent": mail.is_set_up()}
    return {
        "actor": actor,
        "mail_is_sent": mail.is_set_up(),
        "navigation": SimpleLazyObject(lambda: navigation_for(actor, request)),
        "announcements": SimpleLazyObject(
            lambda: current_announcements(actor.organisation, request.user)  # type: ignore[arg-type]
        ),
        "memberships": SimpleLazyObject(lambda: selectors.active_memberships(request.user)),  # type: ignore[arg-type]
    }
