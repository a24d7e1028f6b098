"""An own run of an app as the beginning of a question: what went in longest, and what came out."""

from apps.accounts.actors import Actor
from apps.core.pages import optional_uuid
from apps.evaluation import work
from apps.evaluation.work import Work
from apps.workbench import selectors
from domain.workflows import values


def read_run(actor: Actor, key: str) -> Work:
    """What people put into an app is theirs: nobody reads another's. Raises NotFound and PermissionDenied."""
    actor.require("workbench.use")
    run = selectors.own_run(actor, optional_uuid(key))
    return Work(work.longest_text(values.without_pictures(run.inputs)), work.longest_text(run.outputs))


work.register("app_run", read_run)
