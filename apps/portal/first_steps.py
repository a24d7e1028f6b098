"""What a new organisation does first, while its start page would otherwise be empty."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.core.errors import Text
from apps.portal.navigation import registered_address


@dataclass(frozen=True)
class Step:
    title: Text
    text: Text
    action: Text
    url_name: str
    permission: str

    @property
    def url(self) -> str | None:
        return registered_address(self.url_name)


STEPS = (
    Step(
        _("Give it something to know"),
        _("Upload your handbook, price list or common questions. Answers come only from what you put here."),
        _("Open knowledge"),
        "knowledge:documents",
        "knowledge.edit",
    ),
    Step(
        _("Open a channel for visitors"),
        _("A channel is the chat page on your site. Each one has its own greeting and its own knowledge."),
        _("Open channels"),
        "customer_service:channels",
        "conversations.manage",
    ),
    Step(
        _("Bring your colleagues"),
        _("Invite the people who take over when a visitor wants a human, and those who keep an eye on it."),
        _("Open the team"),
        "accounts:team",
        "organisation.manage",
    ),
)


def first_steps(actor: Actor) -> list[Step]:
    return [step for step in STEPS if step.url and actor.may(step.permission)]
