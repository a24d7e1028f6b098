"""What a new organisation does first, while its start page would otherwise be empty."""

from django.utils.translation import gettext_lazy as _

from apps.accounts import switches
from apps.accounts.actors import Actor
from apps.core import desks
from apps.core.desks import OnboardingStep

STEPS = (
    OnboardingStep(
        _("Add knowledge"),
        _("Upload your handbook, price list or FAQs. Answers are based only on these."),
        _("Open knowledge"),
        "knowledge:documents",
        "knowledge.edit",
    ),
    *(step for desk in desks.all_desks() for step in desk.onboarding),
    OnboardingStep(
        _("Invite your team"),
        _("Invite agents who take over from the assistant, and colleagues who oversee it."),
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
