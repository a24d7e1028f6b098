"""What engines write into their logs, line by line as they wrote it."""

from pathlib import Path

import pytest

from stack.engine_report import LogFindings, last_error, log_end, read_log

VLLM_ON_HOPPER = """
(EngineCore pid=7) INFO 11-24 [cuda.py:507] Using FLASHMLA attention backend out of potential backends: ['FLASHMLA'].
(EngineCore pid=7) INFO 11-24 [selector.py:106] Using FLASH_ATTN MLA prefill backend.
(EngineCore pid=7) INFO 11-24 [kv_cache_utils.py:2328] GPU KV cache size: 1,311,744 tokens
"""
VLLM_ON_CPU = """
INFO 11-24 [cpu.py:100] Using CPU_MLA backend.
INFO 11-24 [kv_cache_utils.py:2328] CPU KV cache size: 116,496 tokens
"""
LLAMA = "0.04.467.254 I srv    load_model: initializing, n_slots = 4, n_ctx_slot = 4096, kv_unified = 'false'"
VLLM_FAILURE = """
(Worker pid=12) ERROR 11-24 [multiproc_executor.py:953] safetensors.SafetensorError: file not fully covered
(EngineCore pid=9) ERROR 11-24 [core.py:1510] Exception: WorkerProc initialization failed. See stack trace for root cause.
(APIServer pid=1) RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}
"""


@pytest.mark.parametrize(
    ("log", "found"),
    [
        (VLLM_ON_HOPPER, LogFindings("FLASHMLA", 1_311_744)),
        (VLLM_ON_CPU, LogFindings("CPU_MLA", 116_496)),
        (LLAMA, LogFindings(None, 16_384)),
        ("", LogFindings(None, None)),
        (VLLM_ON_HOPPER + VLLM_ON_CPU, LogFindings("CPU_MLA", 116_496)),
    ],
)
def test_the_log_says_backend_and_cache_of_the_last_start(log: str, found: LogFindings) -> None:
    assert read_log(log) == found


@pytest.mark.parametrize(
    ("log", "error"),
    [
        (VLLM_FAILURE, "safetensors.SafetensorError: file not fully covered"),
        ("Traceback\n  File x\nOSError: /m is not a folder\n", "OSError: /m is not a folder"),
        ("server: error: there is no model file x.gguf", "error: there is no model file x.gguf"),
        ("all is well", ""),
    ],
)
def test_the_last_error_is_the_one_that_says_why(log: str, error: str) -> None:
    assert last_error(log) == error


def test_only_what_was_written_since_counts(tmp_path: Path) -> None:
    log = tmp_path / "llm.log"
    assert log_end(log) == ""
    log.write_text("before\nafter\n")
    assert log_end(log, since=len("before\n")) == "after\n"
    assert log_end(log, since=1000) == "before\nafter\n"
