from llm_backend.profiles import Profile

# Where vLLM's published image keeps the folder `examples` of its source.
EXAMPLES_IN_IMAGE = "/vllm-workspace/examples"


def expected_arguments(profile: Profile) -> list[str]:
    """What follows `vllm serve` in a container."""
    values = {
        "context_tokens": profile.context_tokens,
        "concurrency": profile.concurrency,
        "vllm_examples": EXAMPLES_IN_IMAGE,
    }
    address = ["--host", "0.0.0.0", "--port", "8000"]
    return [profile.model, "--served-model-name", profile.served_name, *address, *profile.flags(values)]
