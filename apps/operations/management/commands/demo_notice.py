"""Says on every page of the demo's organisations that what `busy_demo` fills in is simulated."""

from importlib import import_module
from typing import Any

from django.core.management.base import BaseCommand

from apps.accounts.models import Organisation
from apps.core import desks
from apps.operations.announcements.models import SIMULATED_EN, SIMULATED_ZH, Announcement


class Command(BaseCommand):
    help = "Puts up an announcement in each organisation that `busy_demo` fills; one that is there stays."

    def handle(self, *args: Any, **options: Any) -> None:
        modules = [import_module(name) for desk in desks.all_desks() for name in desk.modules("busy_demo")]
        filled = Organisation.objects.filter(slug__in={module.ORGANISATION for module in modules})
        for organisation in filled:
            Announcement.objects.get_or_create(
                organisation=organisation,
                text_en=SIMULATED_EN,
                defaults={"text_zh": SIMULATED_ZH, "tone": Announcement.Tone.WARNING},
            )
