"""The whole answer to “does this model fit, and for how many people?”."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from llm_backend.capacity.architecture import Architecture, bundled_architecture
from llm_backend.capacity.cache import CachePerToken, all_caches, attention_type, savings, used_cache
from llm_backend.capacity.compute import compute_figures
from llm_backend.capacity.errors import InvalidDeployment
from llm_backend.capacity.figure import GIB, Figure
from llm_backend.capacity.memory import MAX_GPUS, Deployment, Layout
from llm_backend.capacity.parameters import ParameterCount, count_parameters
from llm_backend.errors import gettext_noop

# The dense model that DeepSeek's paper holds latent attention against.
REFERENCE = "DeepSeek-67B"

NO_ROOM = gettext_noop(
    "The weights do not fit: each GPU needs %(missing)s GiB more. Distributed like this, one conversation needs "
    "at least %(gpus)s of these GPUs."
)
NO_CONVERSATION = gettext_noop(
    "The weights fit, but a conversation of this length does not. Distributed like this, it needs at least "
    "%(gpus)s of these GPUs."
)
NONE_ENOUGH = gettext_noop(
    "Distributed like this, the model does not fit on any number of these GPUs. Use larger GPUs, smaller weights, "
    "a shorter context or the other distribution."
)
LONG_CONTEXT = gettext_noop("The model supports at most %(limit)s tokens, less than the requested context.")
LATENT_ON_EACH_GPU = gettext_noop(
    "With tensor parallel, each GPU stores a token's full latent. Data parallel would fit %(tokens)s "
    "tokens on the same machine."
)
NO_LATENT = gettext_noop("This model does not use latent attention, so turning MLA off has no effect.")


@dataclass(frozen=True)
class Note:
    """`message` is untranslated and takes `values`."""

    message: str
    values: dict[str, object]

    def worded(self, translate: Callable[[str], str]) -> str:
        return translate(self.message) % self.values


@dataclass(frozen=True)
class Section:
    key: str
    label: str
    figures: list[Figure]


@dataclass(frozen=True)
class Variant:
    """The same model with another kind of attention. `conversations` None: its heads cannot be split so."""

    figure: Figure
    conversations: int | None
    is_used: bool


@dataclass(frozen=True)
class Plan:
    name: str
    model: Architecture
    layout: Layout

    @cached_property
    def sections(self) -> list[Section]:
        setting, model = self.layout.deployment, self.model
        caches = [variant.figure for variant in self.variants]
        if model.has_latent_attention:
            caches += savings(model, bundled_architecture(REFERENCE), REFERENCE)
        compute = compute_figures(model, self.layout.count, context=setting.context, mla=setting.mla)
        return [
            Section("memory", gettext_noop("Memory"), list(self.layout.figures())),
            Section("cache", gettext_noop("KV cache per token"), caches),
            Section("parameters", gettext_noop("Parameters"), list(self.layout.count.figures())),
            Section("compute", gettext_noop("Compute"), list(compute)),
        ]

    @cached_property
    def variants(self) -> list[Variant]:
        return [self._variant(cache) for cache in all_caches(self.model)]

    def _variant(self, cache: CachePerToken) -> Variant:
        figure = cache.figure(self.model.num_hidden_layers, self.layout.deployment.kv_dtype)
        try:
            conversations = replace(self.layout, cache=cache).conversations
        except InvalidDeployment:
            conversations = None
        return Variant(figure, conversations, is_used=cache.attention == self.layout.cache.attention)

    @cached_property
    def figures(self) -> dict[str, Figure]:
        return {figure.key: figure for section in self.sections for figure in section.figures}

    @cached_property
    def is_enough(self) -> bool:
        return self.layout.conversations > 0

    @cached_property
    def notes(self) -> list[Note]:
        setting, notes = self.layout.deployment, []
        if not self.is_enough:
            notes.append(self._shortage())
        if self.model.max_position_embeddings and setting.context > self.model.max_position_embeddings:
            notes.append(Note(LONG_CONTEXT, {"limit": f"{self.model.max_position_embeddings:,}"}))
        if self.layout.cache.attention == "mla" and self.layout.is_tensor_parallel:
            spread = replace(self.layout, deployment=setting.model_copy(update={"parallel": "data"}))
            if spread.tokens > self.layout.tokens:
                notes.append(Note(LATENT_ON_EACH_GPU, {"tokens": f"{spread.tokens:,}"}))
        if not setting.mla and not self.model.has_latent_attention:
            notes.append(Note(NO_LATENT, {}))
        return notes

    @cached_property
    def gpus_needed(self) -> int | None:
        """So that one conversation fits; None when no number helps."""
        return smallest_number_of_gpus(self.model, self.layout.deployment)

    def _shortage(self) -> Note:
        gpus = self.gpus_needed
        if gpus is None:
            return Note(NONE_ENOUGH, {})
        if self.layout.missing:
            return Note(NO_ROOM, {"missing": f"{self.layout.missing / GIB:,.1f}", "gpus": gpus})
        return Note(NO_CONVERSATION, {"gpus": gpus})

    def document(self) -> dict[str, Any]:
        """The plan as JSON, in plain English."""
        return {
            "model": self.name,
            "attention": attention_type(self.model),
            "deployment": {
                **self.layout.deployment.model_dump(mode="json"),
                "weights": str(self.layout.weights),
            },
            "fits": self.is_enough,
            "figures": {
                key: {
                    "label": figure.label,
                    "value": figure.value,
                    "unit": figure.unit,
                    "formula": figure.formula,
                    "source": figure.source,
                }
                for key, figure in self.figures.items()
            },
            "notes": [note.worded(str) for note in self.notes],
        }


def make_plan(name: str, model: Architecture, setting: Deployment) -> Plan:
    """Raises InvalidDeployment when the model cannot be laid out so, InvalidConfig when its weights have a
    format of unknown size and the deployment does not choose one.
    """
    return Plan(name, model, _layout(model, count_parameters(model), setting))


def widest_plan(name: str, model: Architecture, setting: Deployment) -> Plan:
    """On as many of the GPUs as can share the model evenly, which one alone always can. Raises InvalidConfig."""
    for gpus in range(setting.gpus, 1, -1):
        # Said first, as it costs nothing: of a thousand GPUs few numbers divide the heads.
        if model.num_attention_heads % gpus == 0:
            with suppress(InvalidDeployment):
                return make_plan(name, model, setting.model_copy(update={"gpus": gpus}))
    return make_plan(name, model, setting.model_copy(update={"gpus": 1}))


def _layout(model: Architecture, count: ParameterCount, setting: Deployment) -> Layout:
    cache = used_cache(model, mla=setting.mla)
    return Layout(model, count, cache, setting, setting.weights or model.published_format)


def smallest_number_of_gpus(model: Architecture, setting: Deployment) -> int | None:
    """At which one conversation fits, distributed in the same way; None when no number helps."""
    count = count_parameters(model)
    for gpus in _numbers_of_gpus(setting):
        try:
            layout = _layout(model, count, setting.model_copy(update={"gpus": gpus}))
        except InvalidDeployment:
            # So many GPUs cannot share this model evenly.
            continue
        if layout.conversations:
            return gpus
    return None


def _numbers_of_gpus(setting: Deployment) -> Iterable[int]:
    """Tensor parallel divides heads and the width of the layers, in which powers of two are what models have in common."""
    if setting.parallel == "data":
        return range(1, MAX_GPUS + 1)
    return (1 << power for power in range(MAX_GPUS.bit_length()))
