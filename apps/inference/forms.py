from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Membership
from apps.core.forms import CodeField
from apps.inference.models import Endpoint, InferenceCall, Purpose, Quota
from apps.jobs.forms import NoneOrUUIDField
from llm_backend import providers

# Of one message, typed by hand.
MAX_TEXT = 20_000


class ChatSettingsForm(forms.Form):
    """What a model is told beside a question."""

    system = forms.CharField(
        label=_("system prompt"),
        max_length=MAX_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    temperature = forms.FloatField(label=_("temperature"), min_value=0, max_value=2, initial=0.2)
    max_tokens = forms.IntegerField(
        label=_("maximum answer tokens"), min_value=1, max_value=32_000, required=False, initial=1000
    )


class EndpointForm(forms.ModelForm):  # type: ignore[type-arg]
    provider = forms.ChoiceField(
        label=_("kind of server"),
        help_text=_("Sets how to talk to this server: JSON mode, reasoning and option names."),
    )
    api_key = forms.CharField(
        label=_("API key"),
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Stored encrypted and never shown again. Leave empty to keep the current one."),
    )

    class Meta:
        model = Endpoint
        fields = [
            "name",
            "purpose",
            "provider",
            "url",
            "model",
            "api_key",
            "context_tokens",
            "max_concurrency",
            "first_token_seconds",
            "input_price",
            "output_price",
            "cached_input_price",
            "priority",
            "is_enabled",
        ]
        help_texts = {
            "url": _("An OpenAI-compatible API, such as https://models.example.com/v1"),
            "first_token_seconds": _("After this long without output, the next endpoint is used."),
            "context_tokens": _("Maximum tokens per request, including the answer."),
            "cached_input_price": _(
                "For input tokens that the server reports as read from its cache. Left empty, they cost as much as others."
            ),
            "priority": _("The lowest number is used first. Others take over when it is down."),
        }

    def __init__(self, *args: Any, preset_url: str = "", model_change_url: str = "", **kwargs: Any) -> None:
        """`preset_url`: where another kind of server, once chosen, fetches its form from. `model_change_url`: where what is
        known of another model comes from, once that is typed.
        """
        super().__init__(*args, **kwargs)
        kinds = self.fields["provider"]
        kinds.choices = [(name, preset.label) for name, preset in providers.presets().items()]  # type: ignore[attr-defined]
        if preset_url:
            kinds.widget.attrs |= {
                "hx-get": preset_url,
                "hx-include": "[name=name],[name=purpose]",
                "hx-select": "#endpoint-form",
                "hx-target": "#endpoint-form",
                "hx-swap": "outerHTML",
            }

        if model_change_url:
            self.fields["model"].widget.attrs |= {
                "hx-get": model_change_url,
                "hx-trigger": "change",
                "hx-target": "#model-change",
            }

    def clean(self) -> dict[str, Any]:
        """A key that was not typed is not sent."""
        values: dict[str, Any] = super().clean() or {}
        return {name: value for name, value in values.items() if name != "api_key" or value}


def preset_values(query: Mapping[str, str]) -> dict[str, Any]:
    """What a new endpoint's form holds when a kind of server was chosen; names and purpose stay as typed."""
    values: dict[str, Any] = {name: query[name] for name in ("name", "purpose") if name in query}
    preset = providers.presets().get(query.get("provider", ""))
    if preset is None:
        return values
    return values | {"provider": preset.name, "url": preset.url, "model": next(iter(preset.models), "")}


# By what column, the largest first.
CALL_ORDERS = [
    ("latency_ms", _("Slowest responses")),
    ("first_token_ms", _("Slowest first token")),
    ("cost", _("Highest cost")),
    ("input_tokens", _("Most input tokens")),
    ("output_tokens", _("Most output tokens")),
]


class CallFilterForm(forms.Form):
    """What the list of requests shows. Anything it does not understand filters nothing."""

    status = forms.ChoiceField(choices=InferenceCall.Status, required=False)
    purpose = forms.ChoiceField(choices=[("", _("All purposes")), *Purpose.choices], required=False)
    order = forms.ChoiceField(choices=[("", _("Newest first")), *CALL_ORDERS], required=False)
    model = CodeField(max_length=200, required=False)
    endpoint = NoneOrUUIDField(required=False)
    kind = CodeField(max_length=80, required=False)
    desk = forms.SlugField(max_length=40, required=False)
    member = NoneOrUUIDField(required=False)
    api_key = NoneOrUUIDField(required=False)
    error_code = forms.SlugField(max_length=60, required=False)
    since = forms.DateTimeField(required=False)
    until = forms.DateTimeField(required=False)
    before = forms.UUIDField(required=False)

    @property
    def filters(self) -> dict[str, object]:
        """The criteria that are set, whatever is wrong with the others."""
        self.full_clean()
        return {name: value for name, value in self.cleaned_data.items() if value}


LIMIT_UNIT = _("In the unit of the metric: requests, tokens, jobs, or MB of files.")


class QuotaForm(forms.ModelForm[Quota]):
    class Meta:
        model = Quota
        fields = ["metric", "window", "soft_limit", "hard_limit", "member", "api_key"]
        labels = {"member": _("only for this member"), "api_key": _("only for this key")}
        help_texts = {
            "window": _("Concurrent jobs and files have no window."),
            "soft_limit": LIMIT_UNIT,
            "hard_limit": LIMIT_UNIT,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["metric"].choices = [("", _("Choose a metric")), *Quota.Metric.choices]  # type: ignore[attr-defined]
        self.fields["member"].empty_label = _("everyone")  # type: ignore[attr-defined]
        self.fields["api_key"].empty_label = _("All keys")  # type: ignore[attr-defined]
        self.fields["member"].queryset = Membership.objects.select_related("user")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("metric") in Quota.WINDOWLESS:
            # A second one of another window would be shown, and be the same.
            data["window"] = Quota.Window.MONTH
        soft, hard = data.get("soft_limit"), data.get("hard_limit")
        has_none = soft is None and hard is None
        if has_none and not self.errors.keys() & {"soft_limit", "hard_limit"}:
            self.add_error("hard_limit", _("Enter a soft limit, a hard limit, or both."))
        if soft is not None and hard is not None and soft >= hard:
            self.add_error("soft_limit", _("Enter less than the hard limit, so that it warns in time."))
        if data.get("member") and data.get("api_key"):
            self.add_error("api_key", _("A quota applies to a member or a key, not both."))
        if data.get("metric") == Quota.Metric.STORAGE and (data.get("member") or data.get("api_key")):
            self.add_error("metric", _("File storage applies to the whole organisation."))
        return data
