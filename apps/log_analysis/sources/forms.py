from pathlib import Path
from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.core.time_zones import checked_time_zone
from apps.dashboards.rollups.selectors import time_zone
from apps.log_analysis.sources import folder_tail
from apps.log_analysis.sources.models import UNREAD_REASONS, LogSource
from domain.logs.time_formats import TimeFormat


class PauseForm(forms.Form):
    """It goes on where `continue` is sent."""

    def clean(self) -> dict[str, Any]:
        return {"is_paused": "continue" not in self.data}


class LogSourceForm(forms.ModelForm[LogSource]):
    class Meta:
        model = LogSource
        fields = [
            "name",
            "kind",
            "folder",
            "service",
            "time_format",
            "time_zone",
            "session_parameter",
            "keep_days",
            "sample_percent",
            "is_paused",
        ]
        help_texts = {
            "folder": _(
                "A folder on the server, inside one that the operator allows for your organisation. "
                "New lines in all its files are read."
            ),
            "service": _("For records without a service."),
            "time_format": _("For example %d.%m.%Y %H:%M:%S. Leave empty to detect it automatically."),
            "time_zone": _(
                "The time zone of the server that wrote the lines, for times without one. With a wrong one, "
                "every line is hours off."
            ),
            "session_parameter": _("Key that groups records, such as order_id or block_id."),
            "sample_percent": _(
                "For very noisy sources: 10 keeps every tenth record. Traces are kept complete."
            ),
            "is_paused": _("Nothing is received until you resume it."),
        }

    def __init__(self, *args: Any, **values: Any) -> None:
        """Offers only what is listened to here: a source that nothing ever reaches would look like one without errors."""
        super().__init__(*args, **values)
        if self.instance._state.adding:
            self.initial["time_zone"] = time_zone(self.instance.organisation_id)
        kinds = [LogSource.Transport.FILES, LogSource.Transport.HTTP]
        kinds += (
            [LogSource.Transport.SYSLOG] if settings.SYSLOG_ADDRESS or settings.SYSLOG_TLS_ADDRESS else []
        )
        kinds += [LogSource.Transport.FOLDER] if settings.LOG_FOLDERS else []
        offered = [kind for kind in LogSource.Transport if kind in kinds or kind == self.instance.kind]
        cast(forms.ChoiceField, self.fields["kind"]).choices = [(kind.value, kind.label) for kind in offered]
        if LogSource.Transport.FOLDER not in offered:
            del self.fields["folder"]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        folder = values.get("folder", "")
        if values.get("kind") == LogSource.Transport.FOLDER and not folder_tail.is_allowed(
            self.instance.organisation.slug, Path(folder)
        ):
            self.add_error("folder", UNREAD_REASONS["folder_not_allowed"])
        return values

    def save(self, commit: bool = True) -> LogSource:
        """Of a source that is there only what the form holds: its counts and offsets move on while it is filled in."""
        if self.instance._state.adding or not commit:
            return super().save(commit)
        self.instance.save(update_fields=list(self.fields))
        return self.instance

    def clean_time_zone(self) -> str:
        return checked_time_zone(self.cleaned_data["time_zone"])

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
