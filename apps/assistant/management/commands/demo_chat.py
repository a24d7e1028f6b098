"""The demo's chat: a question of staff about the tea house's handbook, which a worker answers."""

from typing import Any

from apps.accounts.actors import Actor
from apps.accounts.owner_command import OwnerCommand
from apps.assistant import selectors, services
from apps.assistant.services import NewQuestion

QUESTION = "未开封的茶叶多久之内可以退货，运费由谁承担？"


class Command(OwnerCommand):
    help = "Asks the assistant about the tea house's handbook."

    def act(self, actor: Actor, *, url: str, **options: Any) -> None:
        chat = selectors.chat_list(actor).first()
        if chat is None:
            collections = [each.pk for each in selectors.readable_collections(actor)]
            chat = services.start_chat(actor, NewQuestion(QUESTION, collections=collections))
        self.stdout.write(f"A chat with the assistant: {url}{chat.get_absolute_url()}")
