from argparse import Namespace
from pathlib import Path

from llm_backend.engines import llama_server

GIB_IN_MIB = 1024
# Of the smallest machine that the README names, four GiB: the model's weights, the platform and its servers need the rest.
MOST_KEPT_MIB = GIB_IN_MIB // 2


def test_what_slots_have_read_is_not_kept_without_a_bound() -> None:
    """llama.cpp keeps up to 8 GiB by itself: nine hundred questions of an exam took two within twenty minutes."""
    options = Namespace(
        model=Path("model.gguf"),
        name="model",
        host="127.0.0.1",
        port=8801,
        slots=4,
        context=4096,
        batch=64,
        threads=2,
        gpu_layers=-1,
    )

    assert 0 <= llama_server.parameters(options, "").cache_ram_mib <= MOST_KEPT_MIB
