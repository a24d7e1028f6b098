"""Photos that are dropped on the start page: read by the app that comes for it."""

from typing import Any

from django.core.files import File as UploadedFile

from apps.accounts.actors import Actor, requires_permission
from apps.workbench import selectors, services
from apps.workbench.models import App, AppRun

READ_PICTURE = "read_picture"
# What the app asks for besides the picture.
INPUTS: dict[str, Any] = {"schema": "none", "fields": [], "unsure": "person"}


def can_read(actor: Actor) -> bool:
    """Whether the app is there for the actor to run, or the actor may add it."""
    app = _own_app(actor)
    return app.published is not None if app else actor.may("workbench.publish")


@requires_permission("workbench.use")
def read_picture(actor: Actor, *, file: "UploadedFile[bytes]", schema: str = "none") -> AppRun:
    """Runs the app on a picture, and adds it first where the organisation has none. Raises PermissionDenied where the actor
    may not add it, and what `start_run` raises.
    """
    app = _own_app(actor) or services.add_shipped_app(actor, app=READ_PICTURE)
    return services.start_run(actor, app, inputs={**INPUTS, "schema": schema}, files={"picture": file})


def _own_app(actor: Actor) -> App | None:
    return selectors.visible_apps(actor).filter(name=READ_PICTURE).first()
