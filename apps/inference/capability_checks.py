"""Finding out, as a job, what an endpoint can do: streaming, schema, cancel and the rest of the contract."""

from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core.errors import Conflict, InvalidInput
from apps.inference import calls, selectors
from apps.inference.calls import Call, CallUsage
from apps.inference.models import ContractResult, Endpoint, Purpose
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.models import Job
from apps.jobs.runs import JobRun
from llm_backend.contract import checks, picture_checks, voice_checks
from llm_backend.contract.results import CheckResult, Outcome
from llm_backend.contract.subject import Subject
from llm_backend.decoding import Usage

KEPT_RESULTS = 10
# For one answer: a small engine without a GPU may be slow and do everything right.
CHECK_SECONDS = 120
# In the ledger, calls of the contract have this before the name of the check.
PROMPT_PREFIX = "contract/"
CHECKABLE = (
    Purpose.CHAT,
    Purpose.ASSISTANT,
    Purpose.EXTRACTION,
    Purpose.REASONING,
    Purpose.VISION,
    Purpose.SYNTHESIS,
)

# What is asked of an endpoint that does more than talk.
CONTRACTS = {Purpose.SYNTHESIS: voice_checks.CHECKS, Purpose.VISION: picture_checks.CHECKS}
CHECK_NAMES = {
    "streaming": _("Streaming"),
    "usage": _("Usage counted"),
    "stop": _("Stop sequence"),
    "cancel": _("Cancel"),
    "schema": _("JSON schema"),
    "tools": _("Tool call"),
    "reasoning": _("Separate reasoning"),
    "long_context": _("Long context"),
    "reading": _("Reading a text"),
    "choosing": _("Choosing tools"),
    "picture": _("Reading a picture"),
    "chinese": _("Instructions in Chinese"),
    "english": _("Instructions in English"),
    "voice_chinese": _("Reading Chinese aloud"),
    "voice_english": _("Reading English aloud"),
}
CHECK_CONTRACT = JobType(
    "inference.check_contract",
    queue="batch",
    label=_("Run a capability check"),
    max_attempts=1,
    stages=CHECK_NAMES,
    may_see=holders_of("inference.view"),
    may_cancel=holders_of("inference.manage"),
    subject=selectors.of_endpoints,
    # Whoever sets endpoints up has to be able to try them.
    is_free=True,
)


@requires_permission("inference.manage")
@transaction.atomic
def start_contract_check(actor: Actor, endpoint: Endpoint) -> Job:
    """Raises InvalidInput for an endpoint that neither chats nor reads aloud, Conflict while it is being checked already."""
    if endpoint.purpose not in CHECKABLE:
        raise InvalidInput(_("Only chat and speech synthesis endpoints can be checked."))
    if running_check(actor, endpoint):
        raise Conflict(_("This endpoint is already being checked."))
    audit.record(actor, action="endpoint.contract_checked", target=endpoint)
    inputs = {"endpoint_id": str(endpoint.pk)}
    return jobs.create_job(actor, kind=CHECK_CONTRACT, inputs=inputs, subject=endpoint.name)


def running_check(actor: Actor, endpoint: Endpoint) -> Job | None:
    active = Job.objects.within(actor.organisation).active().filter(kind=CHECK_CONTRACT.name)
    return active.filter(inputs__endpoint_id=str(endpoint.pk)).first()


@CHECK_CONTRACT.service
def check_contract(run: JobRun, *, endpoint_id: str) -> dict[str, Any]:
    endpoint = Endpoint.objects.visible_to(run.actor.organisation).one(
        pk=endpoint_id, reason=_("The endpoint was removed before it could be checked.")
    )
    subject = Subject(endpoint.chat_server(), endpoint.context_tokens, CHECK_SECONDS)
    results: list[CheckResult] = []
    contract = CONTRACTS.get(Purpose(endpoint.purpose), checks.CHECKS)
    for name in contract:
        run.stage(name)
        if results and results[0].ends_contract:
            results.append(checks.not_tried(name))
        else:
            # In a place of its own and with a line in the ledger, like any other call.
            subject.usage = Usage()
            # Past the breaker: people press the button when something is wrong.
            call = Call(run, endpoint, endpoint.purpose, f"{PROMPT_PREFIX}{name}", asks_breaker=False)
            request = partial(checks.run_check, name, subject, contract)
            results.append(calls.perform(call, request, lambda: CallUsage(subject.usage)))
        run.progress(len(results), len(contract))
    counts = {outcome.value: sum(each.outcome == outcome for each in results) for outcome in Outcome}
    with run.finishing(counts):
        _store(run, endpoint, results)
    return counts


def _store(run: JobRun, endpoint: Endpoint, results: list[CheckResult]) -> None:
    # Of one that was removed, or leads to another server since, nothing was found.
    same = Endpoint.objects.filter(pk=endpoint.pk, url=endpoint.url).select_for_update()
    if not same:
        return
    ContractResult.objects.create(
        organisation=run.actor.organisation,
        endpoint=endpoint,
        job=run.job,
        model=endpoint.model,
        provider=endpoint.provider,
        checks=[result.model_dump(mode="json") for result in results],
    )
    own = ContractResult.objects.filter(endpoint=endpoint, organisation=run.actor.organisation)
    newest = own.order_by("-id").values_list("pk", flat=True)[:KEPT_RESULTS]
    own.exclude(pk__in=list(newest)).delete()
