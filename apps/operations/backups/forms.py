from pathlib import PurePosixPath
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from apps.operations.backups.models import BackupPlan, BackupRun


class AskForm(forms.Form):
    kind = forms.ChoiceField(choices=BackupRun.RunType.choices)


class BackupPlanForm(forms.ModelForm[BackupPlan]):
    class Meta:
        model = BackupPlan
        fields = ["cadence", "weekday", "hour", "folder", "keep"]
        labels = {"weekday": _("day of the week"), "hour": _("time of day")}
        help_texts = {
            "weekday": _("For weekly backups."),
            "hour": _("Hour, 0 to 23, in the installation's time zone."),
            "folder": _(
                "Absolute path on this machine. Leave empty to use “backups” in the state directory."
            ),
            "keep": _("Older backups made on schedule or on this page are deleted."),
        }
        widgets = {
            "cadence": UnfoldAdminSelectWidget(),
            "weekday": UnfoldAdminSelectWidget(),
            "hour": UnfoldAdminIntegerFieldWidget(),
            "folder": UnfoldAdminTextInputWidget(),
            "keep": UnfoldAdminIntegerFieldWidget(),
        }

    def clean_folder(self) -> Any:
        folder = self.cleaned_data["folder"]
        if folder and (not PurePosixPath(folder).is_absolute() or ".." in PurePosixPath(folder).parts):
            raise forms.ValidationError(_("Enter an absolute path."))
        return folder
