from django import forms


class AssignForm(forms.Form):
    """Nobody chosen: it waits for anybody."""

    member = forms.UUIDField(required=False)
