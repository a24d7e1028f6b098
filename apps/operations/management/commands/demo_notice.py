"""Says on every page of the demo's organisations that what `busy_demo` filled in is made up."""

from importlib import import_module
from typing import Any

from django.core.management.base import BaseCommand

from apps.accounts.models import Organisation
from apps.core import desks
from apps.operations.announcements.models import Announcement

TEXT_EN = (
    "Demonstration: the conversations, jobs, costs, logs and campaigns of this organisation are made up. An operator"
    " clears them by deleting the organisation in the admin."
)
TEXT_ZH = "演示环境：本组织的会话、任务、费用、日志和营销数据均为虚构。运维人员可在管理后台删除本组织以清除。"


class Command(BaseCommand):
    help = "Puts up an announcement in each organisation that `busy_demo` fills; one that is there stays."

    def handle(self, *args: Any, **options: Any) -> None:
        modules = [import_module(name) for desk in desks.all_desks() for name in desk.modules("busy_demo")]
        filled = Organisation.objects.filter(slug__in={module.ORGANISATION for module in modules})
        for organisation in filled:
            Announcement.objects.get_or_create(
                organisation=organisation,
                text_en=TEXT_EN,
                defaults={"text_zh": TEXT_ZH, "tone": Announcement.Tone.WARNING},
            )
