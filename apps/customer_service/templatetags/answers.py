"""An answer of the assistant in pieces that a template can print: `{% load answers %}`."""

from django import template

from apps.answering.pieces import Piece, sentence_pieces
from apps.customer_service.conversations.models import Turn

register = template.Library()


@register.filter
def pieces(turn: Turn) -> list[Piece]:
    """The text is the model's: the template must escape it."""
    if turn.author != Turn.Author.BOT:
        return [Piece(turn.text)]
    return sentence_pieces(turn.text, turn.sentences)
