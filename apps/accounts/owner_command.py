"""What the commands of the demo have in common: they act for the owner of an organisation and tell an address."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.accounts.actors import Actor
from apps.accounts.models import Membership

DEMO_SLUG = "demo-tea-house"


class OwnerCommand(BaseCommand):
    """A subclass has `act`, which gets the first owner and where the platform answers."""

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--organisation", default=DEMO_SLUG, help="its short name")
        parser.add_argument("--url", default=settings.PUBLIC_URL, help="where the platform answers")

    def handle(self, *args: Any, organisation: str, url: str, **options: Any) -> None:
        members = Membership.objects.filter(organisation__slug=organisation, role="owner")
        owner = members.select_related("organisation", "user").order_by("joined_at").first()
        if owner is None:
            raise CommandError(f"There is no organisation {organisation}.")
        self.act(Actor.from_member(owner), url=url.rstrip("/"), **options)

    def act(self, actor: Actor, *, url: str, **options: Any) -> None:
        raise NotImplementedError
