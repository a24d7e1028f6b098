"""A model's architecture, read from the `config.json` that lies beside its weights."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, model_validator

from llm_backend.capacity.errors import InvalidConfig, explain, shorten
from llm_backend.capacity.formats import WeightFormat
from llm_backend.errors import gettext_noop

CONFIGS = Path(__file__).parent / "configs"
# A real one has a few kilobytes. People upload it, and it is parsed whole.
MAX_CONFIG_BYTES = 1024 * 1024

Family = Literal[
    "chatglm",
    "deepseek_v2",
    "deepseek_v3",
    "kimi_k2",
    "llama",
    "mistral",
    "mixtral",
    "qwen2",
    "qwen2_moe",
    "qwen3",
    "qwen3_moe",
]
LATENT_ATTENTION = {"deepseek_v2", "deepseek_v3", "kimi_k2"}
# Their code adds biases to queries, keys and values, or norms to heads, without a word of it in config.json.
BIASED_ATTENTION = {"qwen2", "qwen2_moe"}
NORMED_HEADS = {"qwen3", "qwen3_moe"}
LATENT_KEYS = ("kv_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim")

# Generous: ten times what the largest published models have.
Layers = Annotated[int, Field(ge=1, le=1000)]
Width = Annotated[int, Field(ge=1, le=1_000_000)]
Count = Annotated[int, Field(ge=0, le=10_000)]
Heads = Annotated[int, Field(ge=1, le=4096)]
Name = Annotated[str, Field(max_length=40)]

NOT_DIVISIBLE = gettext_noop("“%(key)s” is %(value)s, which does not divide “%(whole)s” (%(size)s).")
MORE_THAN = gettext_noop("“%(key)s” is %(value)s, more than “%(whole)s” (%(size)s).")
CONFIG_TOO_LARGE = gettext_noop("A config.json is a few kilobytes; this one has more than %(limit)s bytes.")
NO_CONFIG = gettext_noop(
    "Config “%(key)s” not found. Give a file, a folder with a config.json, or one of %(known)s."
)
UNKNOWN_QUANTISATION = gettext_noop(
    "The size of “%(key)s” type %(value)s is unknown. Choose the weight format yourself."
)


class Quantisation(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)

    quant_method: Name
    bits: int | None = None


class Architecture(BaseModel):
    """The keys that decide about size. Fields have the names of DeepSeek's and LLaMA's configs; ChatGLM's and
    Mixtral's own names are read too. Other keys are of no matter here.

    Raises InvalidConfig when the keys contradict each other.
    """

    model_config = ConfigDict(frozen=True, strict=True)

    model_type: Family
    num_hidden_layers: Layers = Field(validation_alias=AliasChoices("num_hidden_layers", "num_layers"))
    hidden_size: Width
    intermediate_size: Width = Field(validation_alias=AliasChoices("intermediate_size", "ffn_hidden_size"))
    vocab_size: Annotated[int, Field(ge=1, le=10_000_000)] = Field(
        validation_alias=AliasChoices("vocab_size", "padded_vocab_size")
    )
    max_position_embeddings: Annotated[int, Field(ge=1)] | None = Field(
        None, validation_alias=AliasChoices("max_position_embeddings", "seq_length")
    )
    tie_word_embeddings: bool = False

    num_attention_heads: Heads
    num_key_value_heads: Heads | None = Field(
        None, validation_alias=AliasChoices("num_key_value_heads", "multi_query_group_num")
    )
    multi_query_attention: bool = True
    head_dim: Width | None = Field(None, validation_alias=AliasChoices("head_dim", "kv_channels"))
    attention_bias: bool | None = Field(
        None, validation_alias=AliasChoices("attention_bias", "add_qkv_bias", "qkv_bias")
    )

    q_lora_rank: Width | None = None
    kv_lora_rank: Width | None = None
    qk_nope_head_dim: Width | None = None
    qk_rope_head_dim: Width | None = None
    v_head_dim: Width | None = None

    num_experts: Count = Field(
        0, validation_alias=AliasChoices("n_routed_experts", "num_experts", "num_local_experts")
    )
    num_experts_per_tok: Count = 0
    n_shared_experts: Annotated[int, Field(ge=0, le=100)] | None = None
    moe_intermediate_size: Width | None = None
    shared_expert_intermediate_size: Width | None = None
    first_k_dense_replace: Count = 0
    moe_layer_freq: Layers = 1
    decoder_sparse_step: Layers = 1
    mlp_only_layers: tuple[int, ...] = ()
    num_nextn_predict_layers: Annotated[int, Field(ge=0, le=100)] = 0

    dtype: Name = Field("bfloat16", validation_alias=AliasChoices("dtype", "torch_dtype"))
    quantization_config: Quantisation | None = None

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.has_latent_attention:
            for key in LATENT_KEYS:
                if getattr(self, key) is None:
                    raise InvalidConfig(key, gettext_noop("A model with latent attention needs “%(key)s”."))
        elif self.head_dim is None:
            self._divides("num_attention_heads", self.num_attention_heads, "hidden_size", self.hidden_size)
        heads = self.num_attention_heads
        self._divides("num_key_value_heads", self.key_value_heads, "num_attention_heads", heads)
        # A typing error here would make a plan that no engine can load.
        self._is_within("num_experts_per_tok", self.num_experts_per_tok, "num_experts", self.num_experts)
        self._is_within(
            "first_k_dense_replace", self.first_k_dense_replace, "num_hidden_layers", self.num_hidden_layers
        )
        if self.num_experts and not self.num_experts_per_tok:
            raise InvalidConfig("num_experts_per_tok", gettext_noop("A model with experts needs “%(key)s”."))
        return self

    def _divides(self, key: str, value: int, whole: str, size: int) -> None:
        if size % value:
            raise InvalidConfig(key, NOT_DIVISIBLE, value=value, whole=whole, size=size)

    def _is_within(self, key: str, value: int, whole: str, size: int) -> None:
        if value > size:
            raise InvalidConfig(key, MORE_THAN, value=value, whole=whole, size=size)

    @property
    def has_latent_attention(self) -> bool:
        return self.model_type in LATENT_ATTENTION

    @property
    def has_attention_bias(self) -> bool:
        if self.attention_bias is None:
            return self.model_type in BIASED_ATTENTION
        return self.attention_bias

    @property
    def has_normed_heads(self) -> bool:
        return self.model_type in NORMED_HEADS

    @property
    def key_value_heads(self) -> int:
        if self.num_key_value_heads is None or not self.multi_query_attention:
            return self.num_attention_heads
        return self.num_key_value_heads

    @property
    def head_size(self) -> int:
        """The size of a value, and of a key without the part that carries the position."""
        if self.v_head_dim is not None and self.has_latent_attention:
            return self.v_head_dim
        return self.head_dim or self.hidden_size // self.num_attention_heads

    @property
    def latent_sizes(self) -> tuple[int, int, int]:
        """(kv_lora_rank, qk_nope_head_dim, qk_rope_head_dim); zeros for a model without latent attention."""
        return self.kv_lora_rank or 0, self.qk_nope_head_dim or 0, self.qk_rope_head_dim or 0

    @property
    def expert_width(self) -> int:
        return self.moe_intermediate_size or self.intermediate_size

    @property
    def shared_width(self) -> int:
        """All shared experts of a layer together."""
        return self.shared_expert_intermediate_size or (self.n_shared_experts or 0) * self.expert_width

    @property
    def moe_layers(self) -> int:
        return sum(self._has_experts(layer) for layer in range(self.num_hidden_layers))

    def _has_experts(self, layer: int) -> bool:
        """As DeepSeek's and Qwen's own code decides it; one of the two rules is always idle."""
        return bool(
            self.num_experts
            and layer >= self.first_k_dense_replace
            and layer % self.moe_layer_freq == 0
            and layer not in self.mlp_only_layers
            and (layer + 1) % self.decoder_sparse_step == 0
        )

    @property
    def published_format(self) -> WeightFormat:
        """The format in which the weights are distributed. Raises InvalidConfig for an unknown quantisation."""
        quantisation = self.quantization_config
        if quantisation is None:
            return WeightFormat.FP32 if self.dtype == "float32" else WeightFormat.BF16
        match quantisation.quant_method, quantisation.bits:
            case "fp8", _:
                return WeightFormat.FP8
            case (("awq" | "gptq"), 4):
                return WeightFormat.INT4
            case "gptq", 8:
                return WeightFormat.INT8
        kind = shorten(quantisation.quant_method)
        raise InvalidConfig("quantization_config", UNKNOWN_QUANTISATION, value=kind)

    @property
    def compact(self) -> str:
        """The keys that matter as JSON, short enough for an address."""
        return self.model_dump_json(exclude_defaults=True)


def read_config(text: str | bytes) -> Architecture:
    """Raises InvalidConfig, which names the key."""
    if len(text) > MAX_CONFIG_BYTES:
        raise InvalidConfig("config.json", CONFIG_TOO_LARGE, limit=f"{MAX_CONFIG_BYTES:,}")
    try:
        return Architecture.model_validate_json(text)
    except ValidationError as error:
        raise explain(error, InvalidConfig) from error


def bundled_names() -> list[str]:
    return sorted((path.stem for path in CONFIGS.glob("*.json")), key=str.lower)


def bundled_architecture(name: str) -> Architecture:
    """A model whose facts come with the platform; capitals do not matter. Raises InvalidConfig."""
    for each in bundled_names():
        if each.lower() == name.lower():
            return read_config((CONFIGS / f"{each}.json").read_bytes())
    raise InvalidConfig(shorten(name), NO_CONFIG, known=", ".join(bundled_names()))


def find_config(place: str) -> Architecture:
    """`place` is a config.json, a folder with one, or the name of a bundled model. Raises InvalidConfig."""
    path = Path(place)
    if path.is_dir():
        path = path / "config.json"
    if not path.is_file():
        return bundled_architecture(place)
    with path.open("rb") as file:
        return read_config(file.read(MAX_CONFIG_BYTES + 1))
