"""An answer of the assistant in pieces that a template can print: `{% load answers %}`."""

from django import template

from apps.answering.pieces import Piece, sentence_pieces
from apps.customer_service.conversations.models import Message

register = template.Library()


@register.filter
def pieces(message: Message) -> list[Piece]:
    """The text is the model's: the template must escape it."""
    if message.author != Message.Author.BOT:
        return [Piece(message.text)]
    numbers = {citation.number for citation in message.citations.all()}
    return sentence_pieces(message.text, message.sentences, numbers=numbers)
