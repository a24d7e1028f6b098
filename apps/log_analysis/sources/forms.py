import zoneinfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.log_analysis.sources.models import LogSource
from logmining.time_formats import TimeFormat


class LogSourceForm(forms.ModelForm[LogSource]):
    # Only what is listened to here: a source that nothing ever reaches would look like one without errors.
    kind = forms.ChoiceField(
        label=_("kind"),
        choices=[(kind.value, kind.label) for kind in (LogSource.Transport.FILES, LogSource.Transport.HTTP)],
    )

    class Meta:
        model = LogSource
        fields = [
            "name",
            "kind",
            "service",
            "time_format",
            "time_zone",
            "session_parameter",
            "keep_days",
            "sample_percent",
            "is_paused",
        ]
        help_texts = {
            "service": _("Of records that name none."),
            "time_format": _("Such as %d.%m.%Y %H:%M:%S. Leave it empty and it is found in the lines."),
            "time_zone": _("Of times that name none."),
            "session_parameter": _("What belongs together, such as order_id or block_id."),
            "sample_percent": _(
                "Of a very loud source, 10 keeps every tenth record; whole traces stay together."
            ),
            "is_paused": _("Nothing is taken in until you continue it."),
        }

    def clean_time_zone(self) -> str:
        name = str(self.cleaned_data["time_zone"])
        if name not in zoneinfo.available_timezones():
            raise ValidationError(_("This is no time zone. Write one such as Asia/Shanghai or UTC."))
        return name

    def clean_time_format(self) -> str:
        text = str(self.cleaned_data["time_format"])
        if text:
            try:
                TimeFormat.from_strptime(text)
            except ValueError as error:
                raise ValidationError(
                    _("This time format cannot be used. Write it as strptime does.")
                ) from error
        return text
