from typing import Any

from django import forms

from apps.core.pages import optional_uuid


class TakeForm(forms.Form):
    """Whose conversation the page showed when somebody took it over."""

    def clean(self) -> dict[str, Any]:
        return {"from_member_id": optional_uuid(self.data.get("member", ""))}
