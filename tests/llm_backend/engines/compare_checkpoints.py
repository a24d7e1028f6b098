"""What two checkpoints say about the same prompt, and how transformers reads the GGUF itself. Runs inside vLLM's
environment; prints one JSON object."""

import json
import sys
from pathlib import Path

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
from transformers.modeling_gguf_pytorch_utils import load_gguf_checkpoint

TEXT = "tea 茶 2026\n"


def logits(model: torch.nn.Module, ids: list[int]) -> torch.Tensor:
    with torch.no_grad():
        return model(torch.tensor([ids])).logits.float().flatten()


def read_by_transformers(gguf: Path) -> torch.nn.Module:
    config = AutoConfig.from_pretrained(gguf.parent, gguf_file=gguf.name)
    model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    model.load_state_dict(load_gguf_checkpoint(gguf, return_tensors=True, model_to_load=model)["tensors"])
    return model


def main(gguf: Path, bf16: Path, int8: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(bf16)
    ids = tokenizer(TEXT).input_ids
    original = logits(read_by_transformers(gguf), ids)
    made = logits(AutoModelForCausalLM.from_pretrained(bf16, dtype=torch.bfloat16), ids)
    smaller = logits(AutoModelForCausalLM.from_pretrained(int8, dtype=torch.bfloat16), ids)
    print(  # noqa: T201
        json.dumps(
            {
                "ids": ids,
                "back": tokenizer.decode(ids),
                "chat": tokenizer.apply_chat_template([{"role": "user", "content": "hi"}], tokenize=False),
                "bf16_error": (made - original).abs().max().item(),
                "int8_cosine": torch.cosine_similarity(smaller, original, dim=0).item(),
            }
        )
    )


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
