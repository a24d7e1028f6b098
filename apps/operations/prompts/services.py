"""An organisation's own texts of prompts: proposed by one person, approved by another, rolled back by either."""

from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from redis.exceptions import RedisError

from apps.accounts.actors import Actor, requires_permission
from apps.accounts.second_person import SecondPerson
from apps.audit import services as audit
from apps.core.errors import Conflict, InvalidInput, PermissionDenied, ServiceUnavailable, Text
from apps.core.locks import lock_until_commit
from apps.inference import endpoint_trials, prompts
from apps.inference.endpoint_trials import TrialRequest
from apps.inference.models import Endpoint, PromptVersion
from apps.inference.prompt_catalogue import ShippedPrompt, shipped_prompt
from apps.jobs.models import Job
from apps.operations.prompts import selectors
from apps.operations.prompts.selectors import Recording
from llm_backend import prompt_checks
from llm_backend.prompt_checks import Problem
from llm_backend.prompts import Prompt, PromptInvalid

State = PromptVersion.State
MAX_PROPOSALS = 20
LOCKED = gettext_lazy("This prompt is locked.")
DECISION = SecondPerson(
    selectors.MANAGE, author="author", refusal=gettext_lazy("Someone else must decide on your version.")
)


@requires_permission(selectors.MANAGE)
@transaction.atomic
def propose(
    actor: Actor, *, name: str, text: str, temperature: float, max_tokens: int | None, note: str
) -> PromptVersion:
    """Keeps a text until somebody decides about it. Raises InvalidInput where it cannot stand in for the shipped one."""
    shipped = shipped_prompt(name)
    own = checked_text(shipped, text, temperature, max_tokens)
    _lock_versions(actor, name)
    waiting = selectors.versions(actor.organisation, name).filter(state=State.PROPOSED)
    if waiting.count() >= MAX_PROPOSALS:
        raise Conflict(_("Too many versions await approval. Decide on one first."))
    version = PromptVersion.objects.create(
        organisation=actor.organisation,
        prompt=name,
        number=selectors.next_number(actor.organisation, name),
        text=own.text,
        temperature=temperature,
        max_tokens=max_tokens,
        hash=own.hash,
        based_on=shipped.prompt.text,
        note=note,
        author=actor.responsible_member,
    )
    _record(actor, "prompt.proposed", version, reason=note)
    return version


@requires_permission(selectors.MANAGE)
@transaction.atomic
def approve(actor: Actor, version: PromptVersion, *, note: str) -> PromptVersion:
    """Puts a proposed text to use. Whoever wrote it decides alone only where nobody else may, and says why. Raises
    InvalidInput where the author approves without a reason, PermissionDenied and Conflict.
    """
    version = _proposal(actor, version)
    if selectors.is_own(actor, version) and not note.strip():
        raise InvalidInput(fields={"note": [_("You are approving your own version: give a reason.")]})
    # First, as the database allows one active version of a prompt (`one_active_prompt_version`).
    _use(version)
    _decide(actor, version, State.ACTIVE, note)
    _record(actor, "prompt.approved", version, reason=note)
    return version


@requires_permission(selectors.MANAGE)
@transaction.atomic
def reject(actor: Actor, version: PromptVersion, *, note: str) -> PromptVersion:
    version = _proposal(actor, version, is_withdrawable=True)
    _decide(actor, version, State.REJECTED, note)
    _record(actor, "prompt.rejected", version, reason=note)
    return version


@requires_permission(selectors.MANAGE)
@transaction.atomic
def roll_back(actor: Actor, version: PromptVersion) -> PromptVersion:
    """An earlier text that was approved once is used again. Raises Conflict where it was not, or fits no more."""
    version = _locked(actor, version)
    if version.state != State.RETIRED:
        raise Conflict(_("Only a version that was in use before can be restored."))
    _use(version)
    version.state = State.ACTIVE
    version.save(update_fields=["state"])
    _record(actor, "prompt.rolled_back", version)
    return version


@requires_permission(selectors.MANAGE)
@transaction.atomic
def use_shipped(actor: Actor, name: str) -> None:
    """The organisation's own text is put away and the shipped one used again. Raises Conflict where it is in use
    already.
    """
    _lock_versions(actor, name)
    version = selectors.version_in_use(actor.organisation, name)
    if version is None:
        raise Conflict(_("The default text is already in use."))
    version.state = State.RETIRED
    version.save(update_fields=["state"])
    _record(actor, "prompt.reset", version)
    transaction.on_commit(prompts.clear_own_prompts)


@requires_permission(selectors.MANAGE)
@transaction.atomic
def try_texts(
    actor: Actor, *, name: str, own: Prompt | None, values: dict[str, Any], endpoint: Endpoint
) -> list[Job]:
    """Asks the endpoint with the shipped text, and with the own one before it; both or, where one is refused, neither.

    Raises InvalidInput and QuotaExceeded.
    """
    shipped = shipped_prompt(name).prompt
    return [_start_trial(actor, prompt, values, endpoint) for prompt in (own, shipped) if prompt]


@requires_permission(selectors.MANAGE)
@transaction.atomic
def record_inputs(actor: Actor, name: str) -> None:
    """Records what the prompt is filled with from now on, a few times. Raises Conflict for a locked one and
    PermissionDenied where the desk does not show the actor what it is.
    """
    settings = _readable_prompt(actor, name).prompt.settings
    if settings.locked:
        raise Conflict(LOCKED)
    details = {"name": settings.title, "most": prompts.MAX_INPUTS}
    audit.record(actor, action="prompt.inputs_recorded", details=details)
    try:
        prompts.start_recording(actor.organisation.pk, name)
    except RedisError as error:
        raise ServiceUnavailable from error


@transaction.atomic
def read_inputs(actor: Actor, name: str, *, number: int = 0) -> Recording:
    """What was recorded, or the one of that number, from 1 on. Whoever reads it stands in the trail. Raises
    PermissionDenied where the desk does not show the actor what fills the prompt.
    """
    settings = _readable_prompt(actor, name).prompt.settings
    recording = selectors.recording(actor.organisation, name)
    if number:
        recording = replace(recording, inputs=recording.inputs[number - 1 : number])
    if count := len(recording.inputs):
        details = {"name": settings.title, "inputs": count}
        audit.record(actor, action="prompt.inputs_read", details=details)
    return recording


@requires_permission(selectors.MANAGE)
@transaction.atomic
def delete_inputs(actor: Actor, name: str) -> None:
    """Ends the recording and deletes what it recorded."""
    settings = shipped_prompt(name).prompt.settings
    try:
        prompts.delete_inputs(actor.organisation.pk, name)
    except RedisError as error:
        raise ServiceUnavailable from error
    audit.record(actor, action="prompt.inputs_deleted", details={"name": settings.title})


def _readable_prompt(actor: Actor, name: str) -> ShippedPrompt:
    shipped = shipped_prompt(name)
    if not selectors.may_read_inputs(actor, shipped):
        raise PermissionDenied(_("You need permission to view the content that this prompt is filled with."))
    return shipped


def checked_text(shipped: ShippedPrompt, text: str, temperature: float, max_tokens: int | None) -> Prompt:
    """Raises InvalidInput with everything that is wrong with the text."""
    if shipped.prompt.settings.locked:
        raise InvalidInput(LOCKED)
    try:
        own = shipped.prompt.with_text(text, temperature=temperature, max_tokens=max_tokens)
    except PromptInvalid as error:
        lines: list[Text] = [_("Begin the text with “## system” or “## user”.")]
        raise InvalidInput(fields={"text": lines}) from error
    if found := prompt_checks.problems(own, shipped.prompt):
        raise InvalidInput(fields={"text": sentences(found)})
    return own


def sentences(problems: list[Problem]) -> list[Text]:
    return [_(problem.text) % problem.figures for problem in problems]


def _start_trial(actor: Actor, prompt: Prompt, values: dict[str, Any], endpoint: Endpoint) -> Job:
    try:
        rendered = prompt.render(**values)
    except (PromptInvalid, ValueError, TypeError) as error:
        lines: list[Text] = [
            _("The prompt cannot be filled with these values: %(reason)s") % {"reason": error}
        ]
        raise InvalidInput(fields={"values": lines}) from error
    request = TrialRequest(
        messages=rendered.messages,
        temperature=rendered.temperature,
        max_tokens=rendered.max_tokens,
        prompt_name=rendered.name,
        prompt_hash=rendered.hash,
    )
    return endpoint_trials.start_trial(actor, endpoint, request)


def _use(version: PromptVersion) -> None:
    """Makes room for a version that still fits; the caller stores its state."""
    if found := prompts.version_problems(version):
        raise Conflict(" ".join(str(line) for line in sentences(found)))
    rows = PromptVersion.objects.within(version.organisation_id).filter(prompt=version.prompt)
    rows.filter(state=State.ACTIVE).update(state=State.RETIRED)
    transaction.on_commit(prompts.clear_own_prompts)


def _proposal(actor: Actor, version: PromptVersion, *, is_withdrawable: bool = False) -> PromptVersion:
    version = _locked(actor, version)
    is_withdrawn = is_withdrawable and selectors.is_own(actor, version) and actor.may(selectors.MANAGE)
    if not is_withdrawn:
        DECISION.require(actor, version)
    if version.state != State.PROPOSED:
        raise Conflict(_("This has already been decided."))
    return version


def _locked(actor: Actor, version: PromptVersion) -> PromptVersion:
    _lock_versions(actor, version.prompt)
    return PromptVersion.objects.within(actor.organisation).one(pk=version.pk)


def _lock_versions(actor: Actor, name: str) -> None:
    """Two people who write or decide at once do it one after the other, also while there is no version yet."""
    lock_until_commit(f"prompt:{actor.organisation.pk}:{name}")


def _decide(actor: Actor, version: PromptVersion, state: str, note: str) -> None:
    version.state, version.decision_note = state, note
    version.approver, version.decided_at = actor.responsible_member, timezone.now()
    version.save(update_fields=["state", "decision_note", "approver", "decided_at"])


def _record(actor: Actor, action: str, version: PromptVersion, *, reason: str = "") -> None:
    title = shipped_prompt(version.prompt).prompt.settings.title
    details: dict[str, object] = {"name": title, "version": version.number}
    audit.record(
        actor, action=action, target=version, details=details | ({"reason": reason} if reason else {})
    )
