from typing import Any

from django import forms

from apps.customer_service.presence.services import State


class PresenceForm(forms.Form):
    state = forms.ChoiceField(choices=[(state.value, state.value) for state in State], required=False)
    seen = forms.IntegerField(min_value=0, required=False)

    @property
    def sent(self) -> dict[str, Any]:
        """Whoever says nothing usable looks."""
        self.is_valid()
        state = State(self.cleaned_data.get("state") or State.LOOKING)
        return {"state": state, "seen": self.cleaned_data.get("seen") or 0}
