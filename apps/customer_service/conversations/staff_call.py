"""Calls people to a message on a channel that the assistant does not answer, and knows when none of them is at work.

Handing over (queue, hours, assignment) stands above conversations, which may not import it: it registers here what
it does, when the app is ready.
"""

from collections.abc import Callable

from apps.customer_service.conversations.models import Conversation

StaffCall = Callable[[Conversation], object]
Hours = Callable[[Conversation], bool]
_calls: list[StaffCall] = []
_hours: list[Hours] = []


def register(function: StaffCall) -> StaffCall:
    """Decorates what hands a conversation to people; its row is locked and saved. One that came before makes room."""
    _calls[:] = [function]
    return function


def call_staff(conversation: Conversation) -> None:
    for function in _calls:
        function(conversation)


def register_hours(function: Hours) -> Hours:
    """Decorates what says whether people are at work for this conversation. One that came before makes room."""
    _hours[:] = [function]
    return function


def is_staffed(conversation: Conversation) -> bool:
    return all(function(conversation) for function in _hours)
