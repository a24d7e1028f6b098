"""Everything that can go wrong between us and a model.

ModelError
├── ModelUnavailable             HTTP 5xx, stream cut, no valid answer                         (retried)
│   ├── ModelOverloaded          HTTP 429 or 503: alive, but without a free place              (retried)
│   ├── ModelRefusedConnection   nothing listens there, or the name is unknown                 (retried)
│   ├── ModelTooSlow             no answer, or no further token, in time                       (retried)
│   ├── ModelCertificateInvalid  its TLS certificate is not trusted
│   └── ModelsAway               none of the endpoints of a purpose answers                    (retried)
├── ModelRefusedKey              HTTP 401 or 403
├── ModelAccountEmpty            HTTP 402, or the vendor's own code for it
├── ModelRejectedRequest         any other HTTP 4xx: unknown model, unsupported option
├── ModelRefusedContent          the vendor's filter stopped the question or the answer
├── ContextTooLong               the prompt does not fit into the model's context
├── OutputInvalid                structured output that does not follow its schema, even after one repair
├── RunawayOutput                the model repeats itself for ever
└── GenerationStopped            somebody cancelled it

`message` is for whoever asked and never names hosts or keys; `detail` is for whoever runs the endpoint.
"""


def gettext_noop(message: str) -> str:
    """Marks a message for the translators. Whoever shows it translates it."""
    return message


class ModelError(Exception):
    code = "model_error"
    message = gettext_noop(
        "The model could not answer. Try again, or ask an administrator to check the endpoint."
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
        "The model is not responding. Try again in a minute. If it keeps happening, check that its "
        "server is running."
    )
    retryable = True


class ModelOverloaded(ModelUnavailable):
    code = "model_overloaded"
    message = gettext_noop("The model is busy. Try again in a moment.")


class ModelRefusedConnection(ModelUnavailable):
    code = "model_refused_connection"
    message = gettext_noop(
        "Cannot connect to the model. Check that its server is running, and the address and port."
    )


class ModelTooSlow(ModelUnavailable):
    code = "model_too_slow"
    message = gettext_noop(
        "The model timed out. Try again. If it keeps happening, allow more time or fewer concurrent requests."
    )


class ModelCertificateInvalid(ModelUnavailable):
    code = "model_certificate_invalid"
    message = gettext_noop(
        "The model server's certificate is not trusted. An administrator has to renew it or add its "
        "authority."
    )
    retryable = False


class ModelsAway(ModelUnavailable):
    code = "models_away"
    message = gettext_noop(
        "No model available. Try again in a minute. Administrators see the reason under Endpoints."
    )


class ModelRefusedKey(ModelError):
    code = "model_refused_key"
    message = gettext_noop(
        "The model server rejected the API key. An administrator has to enter a valid key for this endpoint."
    )


class ModelAccountEmpty(ModelError):
    code = "model_account_empty"
    message = gettext_noop(
        "The account with the model provider is out of credit. An administrator has to top it up or "
        "use another endpoint."
    )


class ModelRefusedContent(ModelError):
    code = "model_refused_content"
    message = gettext_noop("The model provider does not allow this content. Please rephrase.")


class ModelRejectedRequest(ModelError):
    code = "model_rejected_request"
    message = gettext_noop(
        "The model's server rejected the request. Check the endpoint's address and model name."
    )


class ContextTooLong(ModelError):
    code = "context_too_long"
    message = gettext_noop("The text is too long for this model. Shorten or split it.")


class OutputInvalid(ModelError):
    code = "output_invalid"
    message = gettext_noop("The model's answer had the wrong format, even after one correction. Try again.")


class RunawayOutput(ModelError):
    """`text`: the answer as far as it was written, with what it repeats."""

    code = "runaway_output"
    message = gettext_noop("The model kept repeating itself and was stopped. Rephrase, or try again.")
    text = ""


class GenerationStopped(ModelError):
    code = "generation_stopped"
    message = gettext_noop("The answer was stopped.")


def message_of(code: str) -> str:
    """The untranslated message of the error with this code; a general one for a code that is not ours."""
    kinds = [ModelError]
    for kind in kinds:
        if kind.code == code:
            return kind.message
        kinds += kind.__subclasses__()
    return ModelError.message
