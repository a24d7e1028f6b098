"""Reads the tensors of a Whisper `model.bin` of CTranslate2 (version 6), and names them as openai-whisper does.

Layout, little-endian: u32 version, spec name, u32 revision, u32 count; then for each variable its name, u8 rank,
u32 sizes, u8 type, u32 bytes, content; then the aliases. A name is u16 length and that many bytes, the last one 0.
Types: 0 float32, 1 int8, 2 int16, 3 int32, 4 float16 (`ctranslate2/specs/model_spec.py`).
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from llm_backend import patterns
from llm_backend.speech import errors

Tensors = dict[str, npt.NDArray[Any]]
VERSION = 6
# CTranslate2's own numbers for what a tensor is made of.
TYPES = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}

ROOTS = {
    "encoder/position_encodings/encodings": "encoder.positional_embedding",
    "encoder/layer_norm": "encoder.ln_post",
    "encoder/": "encoder.",
    "decoder/position_encodings/encodings": "decoder.positional_embedding",
    "decoder/embeddings/weight": "decoder.token_embedding.weight",
    "decoder/layer_norm": "decoder.ln",
    "decoder/": "decoder.",
}
PARTS = {
    "self_attention/layer_norm": "attn_ln",
    "self_attention/linear_1": "attn.out",
    "attention/layer_norm": "cross_attn_ln",
    "attention/linear_0": "cross_attn.query",
    "attention/linear_2": "cross_attn.out",
    "ffn/layer_norm": "mlp_ln",
    "ffn/linear_0": "mlp.0",
    "ffn/linear_1": "mlp.2",
}
# CTranslate2 stacks what is multiplied with the same input.
STACKS = {
    "self_attention/linear_0": ("attn.query", "attn.key", "attn.value"),
    "attention/linear_1": ("cross_attn.key", "cross_attn.value"),
}
LEAVES = {"gamma": "weight", "beta": "bias"}


def read_tensors(path: Path) -> Tensors:
    """Raises SpeechModelMissing for a file of another kind, and for quantised weights."""
    with path.open("rb") as file:
        version = _number(file, "I")
        name, _revision, count = _text(file), _number(file, "I"), _number(file, "I")
        if version != VERSION or name != "WhisperSpec":
            raise errors.SpeechModelMissing(f"{path} is no Whisper model of CTranslate2 version {VERSION}")
        tensors = dict(_variable(file) for _ in range(count))
    if any(key.endswith("weight_scale") for key in tensors):
        raise errors.SpeechModelMissing(f"{path} is quantised; openai-whisper needs float16 or float32")
    return tensors


def openai_state(tensors: Tensors) -> Tensors:
    """The state dict of openai-whisper's model, in float32."""
    return {
        name: part.astype(np.float32)
        for key, tensor in tensors.items()
        if tensor.ndim and not key.startswith("decoder/align")
        for name, part in _with_openai_names(key, tensor)
    }


def _with_openai_names(key: str, tensor: npt.NDArray[Any]) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    if layer := patterns.fullmatch(r"(encoder|decoder)/layer_(\d+)/(.+)/(\w+)", key):
        side, number, part, leaf = layer.groups()
        prefix, leaf = f"{side}.blocks.{number}", LEAVES.get(leaf, leaf)
        names = STACKS.get(part) or (PARTS[part],)
        for name, piece in zip(names, np.split(tensor, len(names)), strict=True):
            # openai-whisper's keys have no bias; CTranslate2 writes zeros.
            if not (name.endswith(".key") and leaf == "bias"):
                yield f"{prefix}.{name}.{leaf}", piece
        return
    root = next(root for root in ROOTS if key.startswith(root))
    rest = key.removeprefix(root).strip("/").split("/")
    tail = ".".join(LEAVES.get(each, each) for each in rest if each)
    separator = "." if tail and not ROOTS[root].endswith(".") else ""
    yield f"{ROOTS[root]}{separator}{tail}", tensor


def _variable(file: BinaryIO) -> tuple[str, npt.NDArray[Any]]:
    name = _text(file)
    shape = [_number(file, "I") for _ in range(_number(file, "B"))]
    kind = TYPES[_number(file, "B")]
    content = file.read(_number(file, "I"))
    return name, np.frombuffer(content, kind).reshape(shape)


def _text(file: BinaryIO) -> str:
    return file.read(_number(file, "H"))[:-1].decode()


def _number(file: BinaryIO, kind: str) -> int:
    layout = struct.Struct("<" + kind)
    number: int = layout.unpack(file.read(layout.size))[0]
    return number
