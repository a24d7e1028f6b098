"""A GGUF file as Hugging Face names it: configuration, tokenizer, and tensors read piece by piece."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
import torch
from transformers import AutoConfig, AutoTokenizer

from llm_backend.engines.vllm_cpu.errors import PreparationError

SUPPORTED = ("qwen2",)
PIECE_NUMBERS = 1 << 24  # numbers of a tensor that are unpacked at a time: 64 MiB as float32
OUTER = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}
INNER = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


@dataclass(frozen=True)
class Source:
    path: Path
    tensors: tuple[Any, ...]

    def config(self) -> Any:
        return AutoConfig.from_pretrained(self.path.parent, gguf_file=self.path.name, local_files_only=True)

    def tokenizer(self) -> Any:
        return AutoTokenizer.from_pretrained(
            self.path.parent, gguf_file=self.path.name, local_files_only=True
        )


def open_gguf(path: Path) -> Source:
    """Raises PreparationError for a file that is missing, broken, cut short or of another architecture."""
    if not path.is_file():
        raise PreparationError(
            f"There is no file {path}. Fetch the weights first: ./kongming engine prepare embedded"
        )
    try:
        reader = gguf.GGUFReader(path)
    except (ValueError, IndexError, KeyError, OSError, OverflowError, UnicodeDecodeError) as error:
        raise PreparationError(
            f"{path} is broken or was cut short ({error}). Remove it and fetch it again."
        ) from error
    architecture = reader.fields.get("general.architecture")
    name = architecture.contents() if architecture else "none"
    if name not in SUPPORTED:
        raise PreparationError(
            f"{path} holds the architecture “{name}”; {', '.join(SUPPORTED)} can be prepared. "
            "llama.cpp serves the file as it is: use the profile “embedded”."
        )
    return Source(path, tuple(reader.tensors))


def hugging_face_name(name: str) -> str:
    """`blk.3.attn_q.bias` → `model.layers.3.self_attn.q_proj.bias`. Raises PreparationError for a tensor of another
    architecture.
    """
    if name in OUTER:
        return OUTER[name]
    match name.split("."):
        case ["blk", layer, part, ("weight" | "bias") as kind] if part in INNER:
            return f"model.layers.{layer}.{INNER[part]}.{kind}"
    raise PreparationError(f"The tensor “{name}” is not part of the architectures that can be prepared.")


def shape_of(tensor: Any) -> tuple[int, ...]:
    """Rows first; GGUF writes the shape the other way round."""
    return tuple(int(size) for size in reversed(tensor.shape))


def unpacked_rows(tensor: Any) -> Iterator[torch.Tensor]:
    """The tensor as float32, in order, a bounded number of rows at a time. Raises PreparationError for a quantisation
    that the library cannot unpack.
    """
    row_numbers = shape_of(tensor)[-1]
    rows_at_once = max(1, PIECE_NUMBERS // row_numbers)
    rows = tensor.data if tensor.data.ndim > 1 else tensor.data[None]
    for first in range(0, len(rows), rows_at_once):
        try:
            numbers = gguf.dequantize(rows[first : first + rows_at_once], tensor.tensor_type)
        except NotImplementedError as error:
            raise PreparationError(
                f"The quantisation {tensor.tensor_type.name} of “{tensor.name}” cannot be unpacked."
            ) from error
        yield torch.tensor(numbers)
