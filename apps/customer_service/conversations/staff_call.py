"""Calls people to a message on a channel that the assistant does not answer.

Handing over (queue, hours, assignment) stands above conversations, which may not import it: it registers here what
it does, when the app is ready.
"""

from collections.abc import Callable

from apps.customer_service.conversations.models import Conversation

StaffCall = Callable[[Conversation], object]
_calls: list[StaffCall] = []


def register(function: StaffCall) -> StaffCall:
    """Decorates what hands a conversation to people; its row is locked and saved. One that came before makes room."""
    _calls[:] = [function]
    return function


def call_staff(conversation: Conversation) -> None:
    for function in _calls:
        function(conversation)
