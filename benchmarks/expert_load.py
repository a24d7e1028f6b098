"""Expert load before and after balancing by the bias alone. Runs inside vLLM's environment, for torch.

The router of transformers' DeepSeek-V3 is read while it runs over a real text. DeepSeek-V3 balances without an
auxiliary loss: after each step the bias of an expert that got more than its share falls by γ, and that of one that
got less rises by γ (arXiv 2412.19437, section 2.1.2). Here all weights stay as they are and only the biases move, so
the scores of a layer do not change while its biases are found, and one pass through the model is enough.
"""

import argparse
import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

GAMMA = 0.001  # the paper's update speed
STEPS = 1000
Loads = list[list[float]]


def routers_of(model: Any) -> list[Any]:
    return [layer.mlp.gate for layer in model.model.layers if hasattr(layer.mlp, "gate")]


def loads(model: Any, tokens: torch.Tensor) -> Loads:
    """Per layer, the share of the routed tokens that each expert gets."""
    routers = routers_of(model)
    shares: Loads = []

    def read(router: Any, _: Any, output: Any) -> None:
        counts = torch.bincount(output[2].flatten(), minlength=router.num_experts)
        shares.append((counts / counts.sum()).tolist())

    with ExitStack() as hooks, torch.no_grad():
        for router in routers:
            hooks.callback(router.register_forward_hook(read).remove)
        model(tokens)
    return shares


def balance(model: Any, tokens: torch.Tensor, *, steps: int = STEPS) -> None:
    """Move the biases only."""

    def move(router: Any, inputs: Any) -> None:
        hidden = inputs[0].view(-1, router.hidden_dim).float()
        scores = torch.nn.functional.linear(hidden, router.weight.float()).sigmoid()
        find_bias(scores, router.top_k, router.e_score_correction_bias, steps)

    with ExitStack() as hooks, torch.no_grad():
        for router in routers_of(model):
            hooks.callback(router.register_forward_pre_hook(move).remove)
        model(tokens)


def find_bias(scores: torch.Tensor, active: int, bias: torch.Tensor, steps: int) -> None:
    """`steps` sign updates of `bias`, in place, over the scores [token, expert]."""
    fair = scores.shape[0] * active / scores.shape[1]
    for _ in range(steps):
        choices = (scores + bias).topk(active, dim=-1).indices
        counts = torch.bincount(choices.flatten(), minlength=scores.shape[1])
        bias += GAMMA * torch.sign(fair - counts)


def measure(checkpoint: Path, texts: list[Path]) -> dict[str, Any]:
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    model = AutoModelForCausalLM.from_pretrained(checkpoint, dtype=torch.bfloat16).eval()
    lines = [line for text in texts for line in text.read_text().splitlines() if line]
    learnt_tokens, other_tokens = (
        # Every second line of the texts, so that one half is never seen while the biases are found.
        torch.tensor([tokenizer("\n".join(lines[part::2])).input_ids])
        for part in (0, 1)
    )
    figures: dict[str, Any] = {"expert_load_tokens": learnt_tokens.numel()}
    for moment in ("before", "after"):
        if moment == "after":
            balance(model, learnt_tokens)
        for name, tokens in ((moment, learnt_tokens), (f"unseen_{moment}", other_tokens)):
            shares = loads(model, tokens)
            # Per layer, the busiest expert's load against the mean: 1.0 is even.
            worst = [max(layer) * len(layer) for layer in shares]
            figures[f"expert_load_{name}"] = round(max(worst), 3)
            figures[f"expert_load_{name}_mean"] = round(sum(worst) / len(worst), 3)
            if name == moment:
                rounded = [[round(share, 4) for share in layer] for layer in shares]
                figures[f"expert_shares_{moment}"] = rounded
    return figures


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.expert_load", description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--text", type=Path, nargs="+", required=True)
    options = parser.parse_args(arguments)
    print(json.dumps(measure(options.checkpoint, options.text)))


if __name__ == "__main__":
    main(sys.argv[1:])
