from django import forms


class DismissalForm(forms.Form):
    """What a question may be, the service says."""

    question = forms.CharField(required=False)
