"""Requests to models as a table: as people read them, and as programs do."""

from collections.abc import Callable, Iterable
from operator import attrgetter

from django.utils.translation import gettext as _

from apps.inference.models import InferenceCall


def columns() -> dict[str, Callable[[InferenceCall], object]]:
    """What the list shows of each, and what it has no room for."""
    return {
        _("When"): lambda call: call.created_at,
        _("Model"): lambda call: call.model,
        _("Endpoint"): lambda call: call.endpoint.title if call.endpoint else _("Built in"),
        _("Purpose"): lambda call: call.get_purpose_display(),
        _("State"): lambda call: call.get_status_display(),
        _("Error code"): lambda call: call.error_code,
        _("Error"): lambda call: call.error_text,
        _("Job"): lambda call: call.job.label if call.job else "",
        _("Started by"): lambda call: str((call.member.user if call.member else call.api_key) or ""),
        _("Input tokens"): lambda call: call.input_tokens,
        _("Cached input tokens"): lambda call: call.cached_tokens,
        _("Output tokens"): lambda call: call.output_tokens,
        _("Cost"): lambda call: call.cost,
        _("Waiting time (ms)"): lambda call: call.waited_ms,
        _("First token (ms)"): lambda call: call.first_token_ms,
        _("Response time (ms)"): lambda call: call.latency_ms,
        "ID": lambda call: str(call.pk),
    }


def field_columns(names: Iterable[str]) -> dict[str, Callable[[InferenceCall], object]]:
    """Under the names that the REST API gives them; rows that a request belongs to by their ids."""
    of_rows = {field.name: field.attname for field in InferenceCall._meta.concrete_fields}
    return {name: attrgetter(of_rows[name]) for name in names}
