"""A tiny checkpoint of DeepSeek-V3's architecture with random weights: for tests and measurements.

It says nothing sensible, but it runs what the large model runs: multi-head latent attention, routed and shared
experts, sigmoid scores with a load-balancing bias. `--dense` makes its twin: the same attention, and feed-forward
layers without experts that hold as many parameters in total.
"""

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import DeepseekV3Config, DeepseekV3ForCausalLM, PreTrainedTokenizerFast
from transformers.utils.logging import disable_progress_bar

from llm_backend.engines.vllm_cpu.folders import written_whole

# vLLM asks for these keys of DeepSeek's own config.json, and transformers does not write them.
MISSING_KEYS = {"topk_method": "noaux_tc", "scoring_func": "sigmoid", "moe_layer_freq": 1}
BEGIN, END = "<|begin|>", "<|end|>"
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant: {% endif %}"
)


@dataclass(frozen=True)
class Sizes:
    layers: int = 8
    dense_layers: int = 1
    hidden: int = 512
    heads: int = 8
    experts: int = 16
    active: int = 4
    shared: int = 1
    expert_width: int = 256
    dense_width: int = 1024
    q_lora_rank: int = 384
    kv_lora_rank: int = 512
    rope_dim: int = 64
    nope_dim: int = 128
    value_dim: int = 128
    vocab: int = 8192
    context: int = 4096

    @property
    def dense_twin_width(self) -> int:
        """The feed-forward width at which layers without experts hold as many parameters, to a multiple of 16."""
        router = self.experts * (self.hidden + 1)
        experts = 3 * self.hidden * self.expert_width * (self.experts + self.shared)
        dense = 3 * self.hidden * self.dense_width
        total = (self.layers - self.dense_layers) * (experts + router) + self.dense_layers * dense
        return round(total / (3 * self.hidden * self.layers) / 16) * 16


def config_of(sizes: Sizes, *, is_dense: bool) -> DeepseekV3Config:
    return DeepseekV3Config(
        architectures=["DeepseekV3ForCausalLM"],
        num_hidden_layers=sizes.layers,
        first_k_dense_replace=sizes.layers if is_dense else sizes.dense_layers,
        intermediate_size=sizes.dense_twin_width if is_dense else sizes.dense_width,
        hidden_size=sizes.hidden,
        num_attention_heads=sizes.heads,
        num_key_value_heads=sizes.heads,
        n_routed_experts=sizes.experts,
        num_experts_per_tok=sizes.active,
        n_shared_experts=sizes.shared,
        moe_intermediate_size=sizes.expert_width,
        q_lora_rank=sizes.q_lora_rank,
        kv_lora_rank=sizes.kv_lora_rank,
        qk_rope_head_dim=sizes.rope_dim,
        qk_nope_head_dim=sizes.nope_dim,
        v_head_dim=sizes.value_dim,
        vocab_size=sizes.vocab,
        max_position_embeddings=sizes.context,
        n_group=1,
        topk_group=1,
        num_nextn_predict_layers=0,
        bos_token_id=0,
        eos_token_id=1,
        dtype="bfloat16",
    )


def write(out: Path, sizes: Sizes, *, texts: Iterable[str], is_dense: bool, seed: int = 0) -> int:
    """Returns the number of parameters."""
    disable_progress_bar()
    torch.manual_seed(seed)
    torch.set_default_dtype(torch.bfloat16)
    config = config_of(sizes, is_dense=is_dense)
    model = DeepseekV3ForCausalLM(config)
    # Tokens must differ, as they do in a trained model: with the layers' small numbers all would go to the same experts.
    torch.nn.init.normal_(model.model.embed_tokens.weight)
    with written_whole(out) as folder:
        model.save_pretrained(folder)
        config_keys = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps(config_keys | MISSING_KEYS, indent=2))
        tokenizer_from(texts, sizes).save_pretrained(folder)
    return sum(parameter.numel() for parameter in model.parameters())


def tokenizer_from(texts: Iterable[str], sizes: Sizes) -> PreTrainedTokenizerFast:
    """Byte-level BPE: it reads any text, and the more of `texts` it has seen the fewer tokens it needs."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=sizes.vocab,
        special_tokens=[BEGIN, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=BEGIN,
        eos_token=END,
        pad_token=END,
        model_max_length=sizes.context,
        chat_template=CHAT_TEMPLATE,
    )


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="llm_backend.engines.vllm_cpu tiny", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--dense", action="store_true")
    parser.add_argument(
        "--text", type=Path, nargs="*", default=[], help="texts that the tokenizer learns from"
    )
    parser.add_argument("--seed", type=int, default=0)
    for field in fields(Sizes):
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=int, default=field.default)
    options = parser.parse_args(arguments)
    sizes = Sizes(**{field.name: getattr(options, field.name) for field in fields(Sizes)})
    lines = (line for path in options.text for line in path.read_text().splitlines())
    parameters = write(options.out, sizes, texts=lines, is_dense=options.dense, seed=options.seed)
    sys.stderr.write(f"{options.out}: {parameters:,} parameters\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
