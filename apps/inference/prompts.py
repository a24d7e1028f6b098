"""The text of a prompt for an organisation: its own where one is approved, else the one that was shipped. And what it was
filled with, recorded on request, so that another text of it can be tried on real work.

Inputs lie in Redis, sealed with the organisation's key, and are gone after a day: whatever else is lost with Redis, nobody
misses them. Prompts of medical records are locked, and what fills a locked prompt is never recorded.
"""

import logging
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import orjson
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError

from apps.accounts.models import Organisation
from apps.core import redis_client
from apps.core.ttl_cache import TTLCache
from apps.inference.models import PromptVersion
from apps.inference.prompt_catalogue import shipped_prompts
from apps.privacy import retention_rules
from apps.privacy.retention_rules import RetentionRule
from apps.vault.encryption import seal_text, unseal_text
from apps.vault.errors import KeyLost, SealBroken
from llm_backend import prompt_checks, prompts
from llm_backend.prompt_checks import Problem
from llm_backend.prompts import Prompt, PromptInvalid

logger = logging.getLogger(__name__)

# An approved text reaches every process within these seconds, and so does a recording.
_own_prompts: TTLCache[dict[str, Prompt]] = TTLCache(seconds=5)
_recorded_names: TTLCache[frozenset[str]] = TTLCache(seconds=5)

MAX_INPUTS = 5
# Longer ones do not fit into the form in which they are tried.
MAX_INPUT_CHARACTERS = 40_000
# A recording that somebody forgot ends by itself.
RECORDING_SECONDS = 3600
KEPT_SECONDS = 24 * 3600

retention_rules.register(
    RetentionRule(
        "prompt_inputs",
        _("Recorded prompt inputs"),
        _("Organisation"),
        days=1,
    )
)


@dataclass(frozen=True)
class RecordedInput:
    recorded_at: datetime
    values: dict[str, Any]

    @property
    def excerpt(self) -> str:
        """By what people tell it from the others: its longest text."""
        return max((value for value in self.values.values() if isinstance(value, str)), key=len, default="")


def load(organisation: Organisation, path: Path) -> Prompt:
    """What desks render. A text of the organisation's own that fits this release no more is passed over, and its page
    says so."""
    shipped = prompts.load(path)
    if shipped.settings.locked:
        return shipped
    prompt = own_prompts(organisation.pk).get(shipped.name, shipped)
    if prompt.name in _recorded_names.get(organisation.pk, partial(_find_recorded_names, organisation.pk)):
        return replace(prompt, on_render=partial(record_input, organisation.pk, shipped))
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


def start_recording(organisation_id: UUID, name: str) -> None:
    """Records the next inputs of the prompt in place of the earlier ones. Raises RedisError."""
    delete_inputs(organisation_id, name)
    pipeline = redis_client.synchronous().pipeline(transaction=True)
    pipeline.rpush(_places_key(organisation_id, name), *range(MAX_INPUTS))
    pipeline.expire(_places_key(organisation_id, name), RECORDING_SECONDS)
    pipeline.sadd(_names_key(organisation_id), name)
    pipeline.expire(_names_key(organisation_id), RECORDING_SECONDS)
    pipeline.execute()
    _recorded_names.clear()


def delete_inputs(organisation_id: UUID, *names: str) -> None:
    """Ends the recordings and deletes what they recorded. Raises RedisError."""
    pipeline = redis_client.synchronous().pipeline(transaction=True)
    for name in names:
        pipeline.delete(_places_key(organisation_id, name), _inputs_key(organisation_id, name))
        pipeline.srem(_names_key(organisation_id), name)
    pipeline.execute()
    _recorded_names.clear()


def record_input(organisation_id: UUID, shipped: Prompt, values: Mapping[str, Any]) -> None:
    """Keeps an input while the recording has a place left."""
    name = shipped.name
    key = _inputs_key(organisation_id, name)
    plain = _plain(values, shipped.attribute_names)
    row = orjson.dumps({"at": timezone.now().timestamp(), "values": plain}).decode()
    if len(row) > MAX_INPUT_CHARACTERS:
        logger.info("prompt %s: an input of %d characters is too long to record", name, len(row))
        return
    sealed = seal_text(organisation_id, row, place=key)
    try:
        connection = redis_client.synchronous()
        # Taking a place is what counts them: workers that record at once never keep too many.
        if connection.lpop(_places_key(organisation_id, name)) is not None:
            pipeline = connection.pipeline(transaction=True)
            pipeline.rpush(key, sealed)
            pipeline.expire(key, KEPT_SECONDS)
            pipeline.execute()
    except RedisError as error:
        logger.warning("prompt %s: the input was not recorded: %s", name, error)


def places_left(organisation_id: UUID, name: str) -> int:
    """How many inputs the recording still waits for; 0 where nothing is recorded. Raises RedisError."""
    return redis_client.synchronous().llen(_places_key(organisation_id, name))


def recorded_inputs(organisation_id: UUID, name: str) -> list[RecordedInput]:
    """Oldest first. Raises RedisError."""
    key = _inputs_key(organisation_id, name)
    recorded = []
    for sealed in cast("list[bytes]", redis_client.synchronous().lrange(key, 0, -1)):
        # One whose key was changed since opens no more.
        with suppress(KeyLost, SealBroken):
            row = orjson.loads(unseal_text(sealed.decode(), place=key))
            recorded.append(RecordedInput(datetime.fromtimestamp(row["at"], UTC), row["values"]))
    return recorded


def _find_own_prompts(organisation_id: UUID) -> dict[str, Prompt]:
    active = PromptVersion.objects.within(organisation_id).filter(state=PromptVersion.State.ACTIVE)
    found = {}
    for version in active:
        if version_problems(version):
            logger.warning("prompt %s: the own text of %s does not fit", version.prompt, organisation_id)
        else:
            found[version.prompt] = own_prompt(version)
    return found


def _plain(value: Any, attributes: Collection[str]) -> Any:
    """As JSON holds it: of an object, those of the attributes that it has."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(each, attributes) for key, each in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, Promise):
        return [_plain(each, attributes) for each in value]
    read = [name for name in attributes if hasattr(value, name)]
    return {name: _plain(getattr(value, name), attributes) for name in read} or str(value)


def _find_recorded_names(organisation_id: UUID) -> frozenset[str]:
    """None while Redis is away, which keeps nobody from working."""
    try:
        members = cast("set[bytes]", redis_client.synchronous().smembers(_names_key(organisation_id)))
    except RedisError as error:
        logger.warning("which prompts are recorded is not known: %s", error)
        return frozenset()
    return frozenset(member.decode() for member in members)


def _names_key(organisation_id: UUID) -> str:
    return f"prompt-inputs:{organisation_id}"


def _places_key(organisation_id: UUID, name: str) -> str:
    return f"prompt-inputs:{organisation_id}:{name}:places"


def _inputs_key(organisation_id: UUID, name: str) -> str:
    return f"prompt-inputs:{organisation_id}:{name}"
