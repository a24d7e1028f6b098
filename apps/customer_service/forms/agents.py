from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from apps.customer_service.handoff.agents import MOST_CAPACITY
from apps.customer_service.models import Agent


class AgentForm(forms.Form):
    is_available = forms.BooleanField(
        label=_("Takes conversations"),
        required=False,
        help_text=_("Whoever is away gets no new ones; what waits for them goes on to others."),
    )
    skills = forms.CharField(
        label=_("Skills"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One on each line. Intents name the skill that they need."),
    )
    capacity = forms.IntegerField(
        label=_("Conversations at once"),
        validators=[MinValueValidator(1), MaxValueValidator(MOST_CAPACITY)],
    )

    def clean_skills(self) -> list[str]:
        return str(self.cleaned_data["skills"]).splitlines()


def agent_fields(agent: Agent) -> dict[str, Any]:
    """As the form shows them."""
    return {
        "is_available": agent.is_available,
        "skills": "\n".join(agent.skills),
        "capacity": agent.capacity,
    }
