"""The text of a prompt for an organisation: its own where one is approved, else the one that was shipped."""

import logging
from dataclasses import replace
from functools import partial
from pathlib import Path
from uuid import UUID

from apps.accounts.models import Organisation
from apps.core.ttl_cache import TTLCache
from apps.inference import prompt_inputs
from apps.inference.models import PromptVersion
from apps.inference.prompt_catalogue import shipped_prompts
from llm_backend import prompt_checks, prompts
from llm_backend.prompt_checks import Problem
from llm_backend.prompts import Prompt, PromptInvalid

logger = logging.getLogger(__name__)

# An approved text reaches every process within these seconds.
_own_prompts: TTLCache[dict[str, Prompt]] = TTLCache(seconds=5)


def load(organisation: Organisation, path: Path) -> Prompt:
    """What desks render. A text of the organisation's own that fits this release no more is passed over, and its page
    says so."""
    shipped = prompts.load(path)
    if shipped.settings.locked:
        return shipped
    prompt = own_prompts(organisation.pk).get(shipped.name, shipped)
    if prompt.name in prompt_inputs.recorded_names(organisation.pk):
        return replace(prompt, on_render=partial(prompt_inputs.record, organisation.pk, shipped))
    return prompt


def own_prompts(organisation_id: UUID) -> dict[str, Prompt]:
    """The organisation's own prompts that are in use, by name."""
    return _own_prompts.get(organisation_id, lambda: _find_own_prompts(organisation_id))


def clear_own_prompts() -> None:
    _own_prompts.clear()


def own_prompt(version: PromptVersion) -> Prompt:
    """The text of a version, for the work of the shipped prompt. Raises PromptInvalid."""
    shipped = shipped_prompts()[version.prompt].prompt
    return shipped.with_text(version.text, temperature=version.temperature, max_tokens=version.max_tokens)


def version_problems(version: PromptVersion) -> list[Problem]:
    """Why a version cannot be used with this release; none where it can."""
    shipped = shipped_prompts().get(version.prompt)
    if shipped is None:
        return [Problem(prompt_checks.GONE)]
    if shipped.prompt.settings.locked:
        return []
    try:
        return prompt_checks.problems(own_prompt(version), shipped.prompt)
    except PromptInvalid:
        return [Problem(prompt_checks.UNREADABLE)]


def _find_own_prompts(organisation_id: UUID) -> dict[str, Prompt]:
    active = PromptVersion.objects.within(organisation_id).filter(state=PromptVersion.State.ACTIVE)
    found = {}
    for version in active:
        if version_problems(version):
            logger.warning("prompt %s: the own text of %s does not fit", version.prompt, organisation_id)
        else:
            found[version.prompt] = own_prompt(version)
    return found
