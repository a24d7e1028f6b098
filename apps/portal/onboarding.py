"""What a new organisation does first, while its start page would otherwise be empty."""

from django.utils.translation import gettext_lazy as _

from apps.accounts import switches
from apps.accounts.actors import Actor
from apps.core import desks
from apps.core.desks import OnboardingStep

STEPS = (
    OnboardingStep(
        _("Give it something to know"),
        _("Upload your handbook, price list or common questions. Answers come only from what you put here."),
        _("Open knowledge"),
        "knowledge:documents",
        "knowledge.edit",
    ),
    *(step for desk in desks.installed() for step in desk.onboarding),
    OnboardingStep(
        _("Bring your colleagues"),
        _("Invite the people who take over when a visitor wants a human, and those who keep an eye on it."),
        _("Open the team"),
        "accounts:team",
        "organisation.manage",
    ),
)


def onboarding_steps(actor: Actor) -> list[OnboardingStep]:
    """Those that the actor may do: an invitation to what one is not allowed, or to what is switched off, is none."""
    return [
        step
        for step in STEPS
        if actor.may(step.permission)
        and switches.is_on(actor.organisation.pk, step.url_name.partition(":")[0])
    ]
