"""What two checkpoints say about the same prompt, and how transformers reads the GGUF itself. Runs inside vLLM's
environment; prints one JSON object."""

import json
import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

TEXT = "tea 茶 2026\n"


def logits(model: torch.nn.Module, ids: list[int]) -> torch.Tensor:
    with torch.no_grad():
        return model(torch.tensor([ids])).logits.float().flatten()


def main(gguf: Path, bf16: Path, int8: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(bf16)
    ids = tokenizer(TEXT).input_ids
    original = logits(
        AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.bfloat16), ids
    )
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
