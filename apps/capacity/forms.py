from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.capacity.selectors import OWN
from llm_backend.capacity.architecture import MAX_CONFIG_BYTES, bundled_names
from llm_backend.capacity.errors import CapacityError
from llm_backend.capacity.formats import CacheFormat, WeightFormat
from llm_backend.capacity.memory import MAX_GPUS, Deployment

FIRST_SHOWN = "DeepSeek-V2-Lite"
ADDRESS_CHARACTERS = 4000


class PlanForm(forms.Form):
    """All of it may come from an address; what is left out has its usual value."""

    model = forms.ChoiceField(label=_("Model"))
    config = forms.CharField(required=False, max_length=ADDRESS_CHARACTERS, widget=forms.HiddenInput)
    gpus = forms.IntegerField(label=_("GPUs"), min_value=1, max_value=MAX_GPUS)
    gpu_memory = forms.FloatField(label=_("Memory per GPU, GiB"), min_value=0.1, max_value=10_000)
    context = forms.IntegerField(label=_("Context, tokens"), min_value=1, max_value=100_000_000)
    weights = forms.ChoiceField(
        label=_("Weights"),
        required=False,
        choices=[("", _("as published")), *((each.value, each.value) for each in WeightFormat)],
    )
    kv_dtype = forms.ChoiceField(
        label=_("KV cache"), choices=[(each.value, each.value) for each in CacheFormat]
    )
    mla = forms.TypedChoiceField(
        label=_("Latent attention (MLA)"),
        choices=[("on", _("on")), ("off", _("off"))],
        coerce=lambda choice: choice == "on",
    )
    parallel = forms.ChoiceField(
        label=_("Distribution across GPUs"),
        choices=[("tensor", _("tensor parallel")), ("data", _("data and expert parallel"))],
    )
    utilisation = forms.FloatField(label=_("Memory share for the engine"), min_value=0.01, max_value=1)
    reserve = forms.FloatField(
        label=_("Reserve per GPU, GiB"),
        min_value=0,
        max_value=1000,
        help_text=_("Activations, CUDA graphs and buffers. The engine reports the actual amount at startup."),
    )

    def __init__(self, query: QueryDict) -> None:
        settings = Deployment().model_dump(mode="json", exclude={"weights", "mla"})
        usual = {key: value if isinstance(value, str) else f"{value:g}" for key, value in settings.items()}
        super().__init__({"model": FIRST_SHOWN, "mla": "on", **usual, **query.dict()})
        models = [(name, name) for name in bundled_names()]
        if query.get("config"):
            models.append((OWN, gettext("Custom config.json")))
        self.fields["model"].choices = models  # type: ignore[attr-defined]

    def clean_weights(self) -> str | None:
        return self.cleaned_data["weights"] or None

    def show(self, refusal: CapacityError) -> None:
        self.add_error(refusal.key if refusal.key in self.fields else "model", refusal.worded(gettext))


class OwnConfigForm(forms.Form):
    text = forms.CharField(
        label="config.json",
        required=False,
        max_length=MAX_CONFIG_BYTES,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "placeholder": '{"model_type": …}'}),
    )
    file = forms.FileField(label=_("or a file"), required=False, allow_empty_file=True)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if not self.errors and not values.get("text") and not values.get("file"):
            self.add_error("text", _("Paste the model's config.json or choose the file."))
        return values

    def config(self) -> bytes:
        """At most one byte more than a config may have: what is longer is refused anyway."""
        if file := self.cleaned_data["file"]:
            content: bytes = file.read(MAX_CONFIG_BYTES + 1)
            return content
        return str(self.cleaned_data["text"]).encode()

    def show(self, refusal: CapacityError) -> None:
        self.add_error("file" if self.cleaned_data["file"] else "text", refusal.worded(gettext))
