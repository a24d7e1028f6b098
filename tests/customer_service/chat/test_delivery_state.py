"""What staff see beside a message that goes out."""

import pytest
from django.template.loader import render_to_string

from apps.accounts.actors import Actor
from apps.core.models import new_id
from apps.customer_service.conversations.models import OutgoingMessage


@pytest.mark.parametrize(
    ("fields", "words", "has_button"),
    [
        ({"state": "failed", "error": "blocked: 403 Forbidden"}, "has blocked the bot", True),
        ({"state": "pending", "error": "sending: ", "attempts": 1}, "being sent", False),
        ({"state": "pending", "error": "busy: 451", "attempts": 2}, "sending again", False),
        ({"state": "sent"}, ">sent<", False),
    ],
)
def test_the_state_is_said_in_words(
    alice_actor: Actor, fields: dict[str, object], words: str, has_button: bool
) -> None:
    message = OutgoingMessage(pk=new_id(), **fields)

    html = render_to_string(
        "customer_service/delivery/state.html", {"outgoing": message, "actor": alice_actor}
    )

    assert words in html
    assert ("resend" in html) is has_button


def test_without_the_permission_to_reply_there_is_no_button(alice_actor: Actor) -> None:
    message = OutgoingMessage(pk=new_id(), state="failed", error="blocked: ")

    looker = Actor(alice_actor.organisation, frozenset({"conversations.view"}))
    html = render_to_string("customer_service/delivery/state.html", {"outgoing": message, "actor": looker})

    assert "resend" not in html
