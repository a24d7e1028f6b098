from typing import Any

from django.http import HttpRequest

from apps.accounts.access import portal_actor


def shell(request: HttpRequest) -> dict[str, Any]:
    """What the frame around every page shows."""
    return {"actor": portal_actor(request) if hasattr(request, "user") else None}
