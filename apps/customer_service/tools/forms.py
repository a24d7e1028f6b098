from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.customer_service.tools import parameters as tools_parameters
from apps.customer_service.tools import services
from apps.customer_service.tools.models import LookupTool
from apps.customer_service.tools.parameters import Parameter, parameters_of


class LookupToolForm(forms.ModelForm[LookupTool]):
    parameters = forms.CharField(
        label=_("Parameters"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "mono", "spellcheck": "false"}),
        help_text=_(
            "One per line: name | description | pattern | required or optional. For example: "
            "order_number | as printed on the receipt | [A-Z]{1,3}-?\\d{4,12} | required"
        ),
    )
    secret = forms.CharField(
        label=_("System key"),
        required=False,
        max_length=services.MAX_SECRET_CHARACTERS,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    forgets_secret = forms.BooleanField(label=_("Delete the saved key"), required=False)

    class Meta:
        model = LookupTool
        fields = [
            "name",
            "label",
            "description",
            "method",
            "url",
            "parameters",
            "secret_header",
            "secret",
            "forgets_secret",
            "result_path",
            "timeout_seconds",
            "is_enabled",
        ]
        widgets = {"description": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.secret:
            self.fields["secret"].help_text = _("A key is saved and never shown. Leave empty to keep it.")
        else:
            self.fields["secret"].help_text = _(
                "Sent in the header, such as Bearer abc123. Never shown again."
            )
            del self.fields["forgets_secret"]
        self.initial["secret"] = ""
        self.initial["parameters"] = tools_parameters.parameter_lines(parameters_of(self.instance.parameters))

    def clean_parameters(self) -> list[Parameter]:
        try:
            return tools_parameters.read(self.cleaned_data["parameters"])
        except ValueError as objection:
            raise forms.ValidationError(str(objection)) from objection

    def _post_clean(self) -> None:
        """The service checks and stores; the instance stays as it is stored."""


class ArgumentsForm(forms.Form):
    """A field for each parameter of a tool, to try it with."""

    def __init__(self, *args: Any, tool: LookupTool, **kwargs: Any) -> None:
        super().__init__(*args, **{"prefix": "argument", **kwargs})
        for parameter in parameters_of(tool.parameters):
            self.fields[parameter.name] = forms.CharField(
                label=parameter.name,
                required=parameter.is_required,
                max_length=tools_parameters.MAX_VALUE_CHARACTERS,
                help_text=parameter.description,
            )
