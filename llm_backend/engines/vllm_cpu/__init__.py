"""vLLM on the CPU: the engine of the GPU machines, on a machine without one.

It lives in an environment of its own, installed on demand. The modules `checkpoint`, `gguf_source` and `tiny` need
torch and run inside that environment; the others need nothing but the standard library.
"""
