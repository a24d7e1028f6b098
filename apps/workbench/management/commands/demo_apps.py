"""The demo's apps: all that come with the platform, ready to be used by its staff and offered in its chats."""

from typing import Any

from django.urls import reverse

from apps.accounts.actors import Actor
from apps.accounts.owner_command import OwnerCommand
from apps.workbench import selectors, services


class Command(OwnerCommand):
    help = "Adds the apps that come with the platform."

    def act(self, actor: Actor, *, url: str, **options: Any) -> None:
        for app in selectors.shipped_apps(actor.organisation):
            services.add_shipped_app(actor, app=app.file.app)
        self.stdout.write(f"Apps for texts, tables and pictures: {url}{reverse('workbench:apps')}")
