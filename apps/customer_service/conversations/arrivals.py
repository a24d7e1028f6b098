"""A message on a channel that people answer.

Handing over (queue, hours, assignment) stands above conversations, which may not import it: it registers here what
it does, when the app is ready.
"""

from collections.abc import Callable

from apps.customer_service.conversations.models import Conversation

CallAPerson = Callable[[Conversation], object]
_called: list[CallAPerson] = []


def calls_a_person(function: CallAPerson) -> CallAPerson:
    """Registers what hands a conversation to people; its row is locked and saved."""
    _called[:] = [function]
    return function


def call_a_person(conversation: Conversation) -> None:
    for function in _called:
        function(conversation)
