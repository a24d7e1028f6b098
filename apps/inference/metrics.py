from prometheus_client import Counter, Histogram

CALLS = Counter("kongming_inference_calls_total", "Calls to endpoints", ["purpose", "status"])
TOKENS = Counter("kongming_inference_tokens_total", "Tokens read and written", ["purpose", "direction"])
FIRST_TOKEN = Histogram(
    "kongming_inference_first_token_seconds",
    "From the request to the first token",
    ["purpose"],
    buckets=(0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60),
)
LATENCY = Histogram(
    "kongming_inference_latency_seconds",
    "From the request to the last token",
    ["purpose"],
    buckets=(0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300),
)
WAITED = Histogram(
    "kongming_inference_waited_seconds",
    "Waiting for a free place at the endpoint",
    ["purpose"],
    buckets=(0.001, 0.01, 0.1, 0.5, 1, 5, 15, 60),
)
