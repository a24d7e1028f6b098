"""Everything that can go wrong between us and a model.

ModelError
├── ModelUnavailable        down, refused, timed out, HTTP 5xx, stream cut, no valid answer   (retried)
│   └── ModelOverloaded     HTTP 429 or 503: alive, but without a free place                    (retried)
├── ModelRefusedKey         HTTP 401 or 403
├── ModelRejectedRequest    any other HTTP 4xx: unknown model, unsupported option
├── ContextTooLong          the prompt does not fit into the model's context
├── OutputInvalid           structured output that does not follow its schema, even after one repair
├── RunawayOutput           the model repeats itself for ever
└── GenerationStopped       somebody cancelled it

`message` is for whoever asked and never names hosts or keys; `detail` is for whoever runs the endpoint.
"""


def gettext_noop(message: str) -> str:
    """Marks a message for the translators. Whoever shows it translates it."""
    return message


class ModelError(Exception):
    code = "model_error"
    message = gettext_noop(
        "The model could not answer. Try again, or ask your administrator to look at the endpoint."
    )
    retryable = False

    def __init__(self, detail: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after

    def __str__(self) -> str:
        return f"{self.message} ({self.detail})" if self.detail else self.message


class ModelUnavailable(ModelError):
    code = "model_unavailable"
    message = gettext_noop(
        "The model does not answer. Try again in a minute; if it stays so, check that its server is running."
    )
    retryable = True


class ModelOverloaded(ModelUnavailable):
    code = "model_overloaded"
    message = gettext_noop("The model is busy. Try again in a moment.")


class ModelRefusedKey(ModelError):
    code = "model_refused_key"
    message = gettext_noop(
        "The model's server refused our API key. An administrator has to enter a valid key for this endpoint."
    )


class ModelRejectedRequest(ModelError):
    code = "model_rejected_request"
    message = gettext_noop(
        "The model's server rejected the request. Check the endpoint's address and model name."
    )


class ContextTooLong(ModelError):
    code = "context_too_long"
    message = gettext_noop("The text is too long for this model. Shorten it, or split it into parts.")


class OutputInvalid(ModelError):
    code = "output_invalid"
    message = gettext_noop(
        "The model's answer did not have the required form, even after one correction. Try again."
    )


class RunawayOutput(ModelError):
    code = "runaway_output"
    message = gettext_noop(
        "The model kept repeating itself and was stopped. Ask in other words, or try again."
    )


class GenerationStopped(ModelError):
    code = "generation_stopped"
    message = gettext_noop("The answer was stopped.")
