from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.operations.announcements.models import Announcement

MOMENT = "%Y-%m-%dT%H:%M"


class AnnouncementForm(forms.ModelForm[Announcement]):
    class Meta:
        model = Announcement
        fields = ["text_zh", "text_en", "tone", "begins_at", "ends_at"]
        widgets = {
            "text_zh": forms.Textarea(attrs={"rows": 2, "maxlength": 300}),
            "text_en": forms.Textarea(attrs={"rows": 2, "maxlength": 300}),
            "begins_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT),
            "ends_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT),
        }
        help_texts = {
            "text_zh": _("One language is enough; readers of the other one see it too."),
            "ends_at": _("Leave empty to show it until deleted."),
        }

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors and not (values.get("text_zh") or values.get("text_en")):
            raise forms.ValidationError({"text_zh": [_("Enter the text in Chinese or English.")]})
        begins_at, ends_at = values.get("begins_at"), values.get("ends_at")
        if begins_at and ends_at and ends_at <= begins_at:
            raise forms.ValidationError({"ends_at": [_("The end must be after the start.")]})
        return values
