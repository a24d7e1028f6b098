from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.knowledge import selectors as knowledge
from apps.knowledge.models import Collection
from apps.knowledge.rights import Reader, readable_collections
from apps.workbench import reading_accounts
from apps.workbench.steps import Execution, Result, StepKind
from domain.workflows.step_kinds.retrieve import Retrieve


def _do(execution: Execution, step: Retrieve, _place: str) -> Result:
    """Of what the app's account, or else the person who runs it, may read today. Raises PermissionDenied and NotFound."""
    actor = reading_accounts.account_of(execution.published_app) or execution.run.actor_today()
    actor.require("knowledge.view")
    result = knowledge.search(
        execution.run,
        collections=_collections(actor, execution, step),
        question=execution.value(step.question),
        reader=Reader.of(actor),
        limit=step.limit,
    )
    passages = [
        {
            "number": number,
            "title": hit.document_title,
            "heading": hit.heading,
            "text": hit.text,
            "document": str(hit.document_id),
        }
        for number, hit in enumerate(result.hits, start=1)
    ]
    return {"passages": passages}


def _collections(actor: Actor, execution: Execution, step: Retrieve) -> list[Collection]:
    own = readable_collections(actor)
    if isinstance(step.collections, str):
        chosen = execution.value(step.collections)
        return [own.one(pk=each) for each in ([chosen] if isinstance(chosen, str) else chosen)]
    missing = _("A collection that the app names is missing. Create it under Knowledge, or change the app.")
    return [own.one(name=name, reason=missing) for name in step.collections]


KIND = StepKind(_("Find in documents"), "search", _do)
