"""The embedded chat engine: llama.cpp's own server, OpenAI-compatible, stopped by SIGTERM.

    LLM_API_KEY=… python -m llm_backend.engines.llama_server --model model.gguf --port 8801

Each slot has a context of its own and keeps the prefix of its last prompt, so a conversation's stable
beginning is read once.
"""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

import xllamacpp

# A long prompt is read in pieces of so many tokens. Between two pieces the other slots get their next token,
# and a cancelled request is let go; on two cores 64 take about a second, and are read as fast as 512. The first slots take
# theirs first: where many short questions follow each other in all of many slots, the last are never read, but with pieces
# that have room for the prompts of all.
BATCH_TOKENS = 64
# The compute buffers are made for so many.
MOST_AT_ONCE = 512
# What a slot has read is kept when another prompt takes the slot, for when its conversation goes on: here some nine thousand
# tokens of the model that comes along. llama.cpp's own limit is 8 GiB, more than the machine that this is made for has.
MOST_KEPT_MIB = 256
# Each open stream holds one for as long as it is read.
HTTP_THREADS = 64


def parameters(options: argparse.Namespace, api_key: str) -> xllamacpp.CommonParams:
    params = xllamacpp.CommonParams()
    params.model.path = str(options.model)
    params.model_alias = {options.name}
    params.hostnames = [options.host]
    params.port = options.port
    params.n_parallel = options.slots
    # llama.cpp divides it among the slots.
    params.n_ctx = options.context * options.slots
    params.kv_unified = False
    params.n_batch, params.n_ubatch = options.batch, min(options.batch, MOST_AT_ONCE)
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = options.threads
    params.n_threads_http = HTTP_THREADS
    params.n_gpu_layers = options.gpu_layers
    params.cache_prompt = True
    params.cache_ram_mib = MOST_KEPT_MIB
    params.endpoint_metrics = True
    params.ui = False
    if api_key:
        params.api_keys = [api_key]
    return params


def serve(options: argparse.Namespace, api_key: str) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    server = xllamacpp.Server(parameters(options, api_key))
    print(f"listening on {server.listening_address}", flush=True)  # noqa: T201
    stop.wait()
    # The C++ server waits for running answers when it is destroyed; nobody will read them.
    os._exit(0)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="llm_backend.engines.llama_server")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--name", default="qwen2.5-coder-1.5b-instruct", help="the name that clients use")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--slots", type=int, default=4, help="answers written at the same time")
    parser.add_argument("--context", type=int, default=4096, help="tokens per slot")
    parser.add_argument("--threads", type=int, default=max(1, (os.cpu_count() or 2)))
    parser.add_argument("--batch", type=int, default=BATCH_TOKENS, help="tokens of prompts read at a time")
    parser.add_argument("--gpu-layers", type=int, default=-1, help="-1: as many as fit")
    options = parser.parse_args(arguments)
    if not options.model.is_file():
        parser.error(f"there is no model file {options.model}")
    serve(options, os.environ.get("LLM_API_KEY", ""))


if __name__ == "__main__":
    main(sys.argv[1:])
