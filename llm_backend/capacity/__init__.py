"""What a model needs and what a machine holds, from the model's `config.json` alone: arithmetic, no weights.

    python -m llm_backend.capacity DeepSeek-V2-Lite --gpu-memory 80 --context 8192

`architecture` reads the config, `parameters`, `cache` and `compute` count, `memory` fits the counts into
GPUs, `plan` puts all of it together. Each number is a `Figure` that carries its own formula.
"""
