from typing import Any

from django import forms

from apps.core.pages import optional_uuid


class AssignForm(forms.Form):
    """Nobody chosen: it waits for anybody."""

    def clean(self) -> dict[str, Any]:
        return {"member_id": optional_uuid(self.data.get("member", ""))}
