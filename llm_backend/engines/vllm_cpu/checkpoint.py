"""GGUF → a Hugging Face checkpoint that vLLM serves on a CPU, in bf16 or int8 (W8A8, compressed-tensors).

int8 follows vLLM's CPU kernels: weights with one symmetric scale per output channel, activations quantised per
token while the model runs; embeddings and the output layer stay bf16.
"""

import argparse
import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from llm_backend.engines.vllm_cpu import gguf_source
from llm_backend.engines.vllm_cpu.errors import PreparationError
from llm_backend.engines.vllm_cpu.folders import written_whole
from llm_backend.engines.vllm_cpu.gguf_source import Source

# One shard at a time is held in memory, beside a source that is mapped and not read in.
SHARD_BYTES = 512 << 20
FORMATS = ("bf16", "int8")
ORIGIN = "prepared_from.json"
INT8 = {
    "quant_method": "compressed-tensors",
    "format": "int-quantized",
    "quantization_status": "compressed",
    "ignore": ["lm_head"],
    "config_groups": {
        "group_0": {
            "targets": ["Linear"],
            "weights": {
                "num_bits": 8,
                "type": "int",
                "symmetric": True,
                "strategy": "channel",
                "dynamic": False,
            },
            "input_activations": {
                "num_bits": 8,
                "type": "int",
                "symmetric": True,
                "strategy": "token",
                "dynamic": True,
            },
        }
    },
}


@dataclass(frozen=True)
class PlannedTensor:
    """One tensor of the source, and what becomes of it."""

    tensor: Any
    name: str
    is_int8: bool

    @property
    def bytes(self) -> int:
        # int8: a byte for each number and a float32 scale for each row; bf16: two bytes for each number.
        numbers = int(self.tensor.n_elements)
        return numbers + 4 * gguf_source.shape_of(self.tensor)[0] if self.is_int8 else 2 * numbers


def prepare(gguf_path: Path, out: Path, form: str) -> bool:
    """Write the checkpoint; False when the very same one was there. Memory stays near one shard.

    Raises PreparationError.
    """
    source = gguf_source.open_gguf(gguf_path)
    status = gguf_path.stat()
    origin = {
        "file": gguf_path.name,
        "bytes": status.st_size,
        "modified": status.st_mtime_ns,
        "format": form,
    }
    if (out / ORIGIN).exists() and json.loads((out / ORIGIN).read_text()) == origin:
        return False
    shards = planned_shards(source, form)
    _require_space(out, sum(tensor.bytes for shard in shards for tensor in shard))
    with written_whole(out) as folder:
        _write_descriptions(source, folder, form)
        _write_shards(shards, folder)
        (folder / ORIGIN).write_text(json.dumps(origin))
    return True


def planned_shards(source: Source, form: str) -> list[list[PlannedTensor]]:
    shards: list[list[PlannedTensor]] = [[]]
    shard_bytes = 0
    for source_tensor in source.tensors:
        name = gguf_source.hugging_face_name(source_tensor.name)
        tensor = PlannedTensor(source_tensor, name, form == "int8" and name.endswith("_proj.weight"))
        if shards[-1] and shard_bytes + tensor.bytes > SHARD_BYTES:
            shards.append([])
            shard_bytes = 0
        shards[-1].append(tensor)
        shard_bytes += tensor.bytes
    return shards


def _require_space(out: Path, size: int) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(out.parent).free
    if free < size + (100 << 20):
        raise PreparationError(
            f"{out.parent} has {free >> 20} MiB free and the checkpoint needs {size >> 20} MiB. "
            "Free some space, or choose another folder."
        )


def _write_descriptions(source: Source, folder: Path, form: str) -> None:
    """config.json, generation_config.json, the tokenizer's files and the chat template."""
    config = source.config()
    config.architectures = ["Qwen2ForCausalLM"]
    config.dtype = "bfloat16"
    config.tie_word_embeddings = all(tensor.name != "output.weight" for tensor in source.tensors)
    if form == "int8":
        config.quantization_config = INT8
    config.save_pretrained(folder)
    tokenizer = source.tokenizer()
    tokenizer.model_max_length = config.max_position_embeddings
    tokenizer.save_pretrained(folder)
    ends = sorted({tokenizer.eos_token_id, tokenizer.pad_token_id} - {None})
    generation = {"eos_token_id": ends, "pad_token_id": tokenizer.pad_token_id}
    (folder / "generation_config.json").write_text(json.dumps(generation, indent=2))


def _write_shards(shards: list[list[PlannedTensor]], folder: Path) -> None:
    places: dict[str, str] = {}
    for number, shard in enumerate(shards, 1):
        file = f"model-{number:05}-of-{len(shards):05}.safetensors"
        tensors: dict[str, torch.Tensor] = {}
        for planned in shard:
            if planned.is_int8:
                tensors |= _int8(planned)
                continue
            pieces = [rows.to(torch.bfloat16) for rows in gguf_source.unpacked_rows(planned.tensor)]
            tensors[planned.name] = torch.cat(pieces).reshape(gguf_source.shape_of(planned.tensor))
        save_file(tensors, folder / file, metadata={"format": "pt"})
        # safetensors writes for its owner alone; the server may run as another user.
        (folder / file).chmod(0o644)
        places |= dict.fromkeys(tensors, file)
        sys.stderr.write(f"Wrote part {number} of {len(shards)}\n")
    total = sum(tensor.bytes for shard in shards for tensor in shard)
    index = {"metadata": {"total_size": total}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=1))


def _int8(tensor: PlannedTensor) -> dict[str, torch.Tensor]:
    pieces = [int8_rows(rows) for rows in gguf_source.unpacked_rows(tensor.tensor)]
    return {
        tensor.name: torch.cat([weights for weights, _ in pieces]),
        f"{tensor.name}_scale": torch.cat([scales for _, scales in pieces]),
    }


def int8_rows(rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(int8 weights, one float32 scale per row): the largest number of a row becomes ±127. A row of zeros keeps a tiny
    scale, as nothing can be divided by 0.
    """
    scales = rows.abs().amax(dim=1, keepdim=True).clamp(min=1e-10) / 127
    return (rows / scales).round().to(torch.int8), scales


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="llm_backend.engines.vllm_cpu prepare", description=__doc__)
    parser.add_argument("--gguf", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--format", choices=FORMATS, default="bf16")
    options = parser.parse_args(arguments)
    try:
        is_new = prepare(options.gguf.absolute(), options.out.absolute(), options.format)
    except PreparationError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stderr.write(f"{options.out} is ready{'' if is_new else ', as it was'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
