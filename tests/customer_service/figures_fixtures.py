"""Conversations as they would lie in the tables after some days of work."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.customer_service.channels.models import Channel
from apps.customer_service.chat.models import Rating
from apps.customer_service.conversations.models import Conversation, Message
from apps.customer_service.handoff.models import Handoff
from apps.customer_service.understanding.models import MessageUnderstanding

SECOND, MINUTE, HOUR, DAY = (
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(days=1),
)


@dataclass
class Past:
    """Writes rows as of earlier days; what is not said is unremarkable."""

    actor: Actor
    channel: Channel

    def conversation(
        self, *, ago: timedelta = 2 * DAY, resolved_after: timedelta | None = HOUR, **fields: Any
    ):
        began = timezone.now() - ago
        if resolved_after is not None:
            fields |= {"state": "resolved", "resolved_at": began + resolved_after}
        return Conversation.objects.create(
            organisation=self.actor.organisation,
            channel=fields.pop("channel", self.channel),
            visitor_id="visitor",
            created_at=began,
            **fields,
        )

    def asked(
        self, of: Conversation, text: str = "Where is my tea?", *, after: timedelta = SECOND
    ) -> Message:
        return self._message(of, "visitor", text, after)

    def answered(self, asked: Message, *, after: timedelta = 3 * SECOND, **fields: Any) -> Message:
        fields = {"source": "model", "action": "answer", "text": "On its way."} | fields
        at = asked.created_at + after
        return self._message(asked.conversation, "bot", fields.pop("text"), at, answers=asked, **fields)

    def replied(self, of: Conversation, *, after: timedelta) -> Message:
        Conversation.objects.filter(pk=of.pk).update(had_person=True)
        return self._message(of, "agent", "Hello, Alice here.", after, member=self.actor.member)

    def handed_off(
        self,
        of: Conversation,
        reason: str,
        *,
        after: timedelta,
        accepted: timedelta | None = None,
        ended: timedelta | None = None,
    ):
        began = of.created_at
        made = Handoff.objects.create(
            organisation=of.organisation,
            conversation=of,
            reason=reason,
            state="ended",
            accepted_by=self.actor.member,
            ended_at=None if ended is None else began + ended,
        )
        taken = None if accepted is None else began + accepted
        Handoff.objects.filter(pk=made.pk).update(created_at=began + after, accepted_at=taken)
        return made

    def understood(self, message: Message, *, intent: str = "", trend: float = 0.0) -> None:
        MessageUnderstanding.objects.create(
            organisation=message.organisation,
            message=message,
            intent=intent,
            sentiment="neutral",
            trend=trend,
            is_urgent=False,
            language="en",
        )

    def rated(self, of: Conversation, score: int) -> None:
        Rating.objects.create(organisation=of.organisation, conversation=of, score=score)

    def settled(self, *, ago: timedelta = 2 * DAY, **fields: Any) -> Conversation:
        """Asked, answered by the assistant, resolved."""
        made = self.conversation(ago=ago, **fields)
        self.answered(self.asked(made))
        return made

    def _message(
        self, of: Conversation, author: str, text: str, when: timedelta | datetime, **fields: Any
    ) -> Message:
        at = of.created_at + when if isinstance(when, timedelta) else when
        return Message.objects.create(
            organisation=of.organisation,
            conversation=of,
            ordinal=Message.objects.filter(conversation=of).count() + 1,
            author=author,
            text=text,
            created_at=at,
            **fields,
        )


@pytest.fixture
def past(alice_actor, channel):
    cache.clear()
    return Past(alice_actor, channel)
