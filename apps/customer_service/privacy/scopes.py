from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from apps.customer_service.conversations.models import (
    Contact,
    Conversation,
    Message,
)
from apps.customer_service.mail.models import MailMessage
from apps.privacy.registry import Subject
from apps.privacy.words import Words, words_of

VISITOR = Subject("visitor")


@dataclass(frozen=True)
class VisitorScope:
    """Some conversations, and with `visitor_id` all else that is known of whoever wrote in them."""

    organisation_id: UUID
    conversations: tuple[UUID, ...]
    visitor_id: str = ""

    @cached_property
    def messages(self) -> list[UUID]:
        return list(Message.objects.filter(conversation__in=self.conversations).values_list("pk", flat=True))

    @cached_property
    def addresses(self) -> list[str]:
        """The visitor's e-mail addresses and phone numbers: those that are known, and those that their mails came from."""
        contacts = Contact.objects.within(self.organisation_id).filter(visitor_id=self.visitor_id)
        mails = MailMessage.objects.filter(conversation__in=self.conversations)
        address_pairs = [*contacts.values_list("email", "phone"), *mails.values_list("sender", "reply_to")]
        return (
            sorted({address for pair in address_pairs for address in pair if address})
            if self.visitor_id
            else []
        )

    @cached_property
    def words(self) -> Words:
        messages = Message.objects.filter(pk__in=self.messages, author=Message.Author.VISITOR)
        return words_of(messages.values_list("text", flat=True), self.addresses)

    @cached_property
    def first(self) -> UUID | None:
        """Ids grow with time: nothing older than the first conversation was made of its words."""
        return min(self.conversations, default=None)

    def subjects(self) -> Iterator[str]:
        return (f"conversation:{key}" for key in self.conversations)


def scope_of_visitor(organisation_id: UUID, visitor_id: str) -> VisitorScope:
    own = Conversation.objects.within(organisation_id).filter(visitor_id=visitor_id)
    return VisitorScope(organisation_id, tuple(own.order_by("pk").values_list("pk", flat=True)), visitor_id)
