from typing import Any

from django import forms

from apps.portal.recognition import HEAD_BYTES


class FileHeadForm(forms.Form):
    """The beginning of a file under the file's name, and how many bytes the whole file has."""

    head = forms.FileField(allow_empty_file=True)
    size = forms.IntegerField(min_value=0)

    def file_head(self) -> dict[str, Any]:
        """As `file_takers.offers_for` asks for it; what was sent beyond the beginning is not read."""
        head = self.cleaned_data["head"]
        return {"name": head.name, "head": head.read(HEAD_BYTES), "size": self.cleaned_data["size"]}
