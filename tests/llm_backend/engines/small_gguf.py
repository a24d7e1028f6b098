"""Writes a small Qwen2 GGUF file, as llama.cpp's converter would. Runs inside vLLM's environment."""

import sys

import gguf
import numpy as np

LAYERS, WIDTH, INNER, HEADS, KEY_HEADS = 2, 64, 128, 4, 2
WORDS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]


def write(path: str, architecture: str) -> None:
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_block_count(LAYERS)
    writer.add_context_length(512)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_rope_freq_base(1e6)
    writer.add_layer_norm_rms_eps(1e-6)
    _add_tokenizer(writer)
    _add_tensors(writer)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def vocabulary() -> list[str]:
    """Bytes as GPT-2's tokenizer spells them, two merged words, and the special tokens."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [chr(256 + number) for number in range(256 - len(printable))]
    return [*map(chr, printable), *others, "te", "tea", *WORDS]


def _add_tokenizer(writer: gguf.GGUFWriter) -> None:
    tokens = vocabulary()
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types([3 if token in WORDS else 1 for token in tokens])
    writer.add_token_merges(["t e", "te a"])
    writer.add_bos_token_id(tokens.index("<|endoftext|>"))
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_pad_token_id(tokens.index("<|endoftext|>"))
    writer.add_chat_template("{% for m in messages %}<|im_start|>{{ m.content }}<|im_end|>{% endfor %}")


def _add_tensors(writer: gguf.GGUFWriter) -> None:
    source = np.random.default_rng(0)
    key_width = WIDTH * KEY_HEADS // HEADS

    def add(name: str, *shape: int) -> None:
        numbers = source.standard_normal(shape, dtype=np.float32)
        if len(shape) == 1:
            writer.add_tensor(name, numbers)
            return
        packed = gguf.quantize(numbers, gguf.GGMLQuantizationType.Q8_0)
        writer.add_tensor(name, packed, raw_dtype=gguf.GGMLQuantizationType.Q8_0)

    add("token_embd.weight", len(vocabulary()), WIDTH)
    add("output.weight", len(vocabulary()), WIDTH)
    add("output_norm.weight", WIDTH)
    for layer in range(LAYERS):
        block = f"blk.{layer}"
        for part, rows, columns in (
            ("attn_q", WIDTH, WIDTH),
            ("attn_k", key_width, WIDTH),
            ("attn_v", key_width, WIDTH),
            ("attn_output", WIDTH, WIDTH),
            ("ffn_gate", INNER, WIDTH),
            ("ffn_up", INNER, WIDTH),
            ("ffn_down", WIDTH, INNER),
        ):
            add(f"{block}.{part}.weight", rows, columns)
        for part, rows in (("attn_q", WIDTH), ("attn_k", key_width), ("attn_v", key_width)):
            add(f"{block}.{part}.bias", rows)
        for part in ("attn_norm", "ffn_norm"):
            add(f"{block}.{part}.weight", WIDTH)


if __name__ == "__main__":
    write(sys.argv[1], sys.argv[2])
