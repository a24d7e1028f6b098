"""What comes of a question: the answer that will be stored, and our own sentences, in the visitor's language."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext_noop as _

from apps.answering.citation_check import CheckedAnswer
from apps.answering.own_sentences import say
from apps.answering.passages import NumberedPassage
from apps.customer_service.conversations.models import Message
from apps.customer_service.saved_answers.models import SavedAnswer

GREETING = _("Hello! What would you like to know?")
WELCOME = _("You are welcome. Write again any time you need us.")
AI = _(
    "I am an AI assistant, not a person. I answer from our documents, and can pass you on to our staff at any time."
)
ADDRESS_NOTED = _("Thank you. We will write to you as soon as we are back.")
NOT_FOUND = _("I could not find that in our documents.")
MISSED = _("Sorry that this did not answer your question.")
NOT_FOUND_HELP = _("You can ask in other words, or talk to our staff.")
NOT_FOUND_HANDED_OVER = _("Our staff have been notified and will reply to you here.")
# The notice of the hand-over follows, and says who replies and when.
HANDED_OVER = _("I am passing this on to our staff.")
LOOKUP_FAILED = _("I cannot look that up right now.")
TICKET = _("I cannot answer that right now.")
PASSAGES_ONLY = _("I cannot summarise it right now, but this is what our documents say:")
PASSAGES_HANDED_OVER = _("Our staff will also look at your question.")
WHICH = _("Could you tell me a little more? Do you mean %(options)s?")
OR = _(" or ")
LEFT_OUT = _(
    "I look up %(count)s orders at a time, and have not looked up %(orders)s. Please ask for them again."
)
TELL_ME = _("To look that up, I need: %(wanted)s")


@dataclass(frozen=True)
class Trigger:
    """Why a conversation is handed over: `reason` of `Handoff.Reason`, and the words or facts that pulled it."""

    reason: str
    detail: str = ""


@dataclass(frozen=True)
class Answer:
    """What will be stored: the checked text, what it cites, and whom else it calls.

    `takes_back`: followers saw another text being written, which must not stand.
    """

    checked: CheckedAnswer
    cited: list[NumberedPassage] = field(default_factory=list)
    is_unanswered: bool = False
    action: Message.Action = Message.Action.ANSWER
    source: Message.Source = Message.Source.FIXED
    saved_answer: SavedAnswer | None = None
    handoff: Trigger | None = None
    options: list[str] = field(default_factory=list)
    takes_back: bool = False


def greeting(language: str) -> Answer:
    return Answer(CheckedAnswer(say(language, GREETING)))


def courtesy(language: str) -> Answer:
    """To thanks and goodbyes: no document holds an answer to them, and none is missing."""
    return Answer(CheckedAnswer(say(language, WELCOME)))


def address_noted(language: str) -> Answer:
    """To an e-mail address that was asked for, and left in a message instead of in the form."""
    return Answer(CheckedAnswer(say(language, ADDRESS_NOTED)))


def whether_ai(language: str) -> Answer:
    """Always said, whoever asks: rules in China and the EU demand it, and so does good faith."""
    return Answer(CheckedAnswer(say(language, AI)))


def not_found(language: str, *, sentence: str = NOT_FOUND, takes_back: bool = False) -> Answer:
    text = say(language, sentence, NOT_FOUND_HELP)
    return Answer(CheckedAnswer(text), is_unanswered=True, takes_back=takes_back)


def not_found_again(language: str, trigger: Trigger, *, sentence: str = NOT_FOUND) -> Answer:
    return replace(handed_over(language, trigger, sentence), is_unanswered=True)


def not_found_while_waiting(language: str, *, sentence: str = NOT_FOUND) -> Answer:
    """For whom a person was called already."""
    return Answer(CheckedAnswer(say(language, sentence, NOT_FOUND_HANDED_OVER)), is_unanswered=True)


def still_waiting(language: str) -> Answer:
    """To “a person, please” of somebody for whom one was called already."""
    return Answer(CheckedAnswer(say(language, NOT_FOUND_HANDED_OVER)))


def handed_over(language: str, trigger: Trigger, *before: str) -> Answer:
    text = say(language, *before, HANDED_OVER)
    return Answer(CheckedAnswer(text), action=Message.Action.HANDOFF, handoff=trigger)


def question_back(text: str, *, options: Sequence[str] = ()) -> Answer:
    return Answer(CheckedAnswer(text), action=Message.Action.CLARIFY, options=list(options))


def saved_answer(answer: SavedAnswer) -> Answer:
    """Word for word."""
    return Answer(CheckedAnswer(answer.answer), source=Message.Source.SAVED_ANSWER, saved_answer=answer)


def quoted(checked: CheckedAnswer, cited: list[NumberedPassage]) -> Answer:
    """The documents' own words."""
    return Answer(checked, cited, source=Message.Source.QUOTE)
