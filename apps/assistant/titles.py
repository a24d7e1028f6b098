"""What a chat is called: its first question without courtesies, or what a reliable model that answered it says."""

from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import own_rows
from apps.answering import messages
from apps.assistant import live, selectors
from apps.assistant.models import Chat, ChatMessage
from apps.core.languages import NAMES_FOR_MODELS
from apps.inference import prompts
from apps.inference import services as inference
from apps.inference.models import Purpose
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType
from apps.jobs.runs import JobCancelled, JobRun
from apps.jobs.subjects import of_rows
from llm_backend import patterns
from llm_backend.sentences import sentences

PROMPT = Path(__file__).parent / "prompts" / "title_chat.md"
TITLE_CHARACTERS = 60
# What people say before they say what they want, and marks of Markdown.
_OPENING = patterns.compile(
    r"\A(?:[\s#>*_`,，、。.!！:：~～]++|(?:hello|hi|hey|dear (?:assistant|all|team)|please|(?:can|could|would) you)\b(?!-)"
    # “你好像……” and “你好奇……” greet nobody.
    r"|[你您]好(?![像奇多久])|请问(?:一下)?|(?:请|麻烦(?:你|您)?)?帮(?:我|忙)(?:一下)?)++",
    patterns.IGNORECASE,
)
_CODE_BLOCK = patterns.compile(r"```(?:(?!```)[\s\S])*+(?:```)?")
# What may begin with a capital as well, unlike an iPhone or an address.
_SMALL_WORD = patterns.compile(r"[a-z]{1,40}(?![\w:/.@-])")
_WRAPPING = "\"'“”‘’「」『』《》*#`_ 。.:："

TITLE_CHAT = JobType(
    "assistant.title_chat",
    queue="batch",
    label=_("Title a chat"),
    may_see=lambda actor: own_rows(actor) if actor.may("assistant.use") else None,
    subject=of_rows(lambda organisation: Chat.objects.within(organisation)),
    is_sealed=True,
    # Nobody asked for it.
    is_free=True,
)


def title_of(text: str) -> str:
    """The first sentence of the first question that says anything, without its courtesies and beside its code."""
    plain = _CODE_BLOCK.sub("\n", text)
    texts = [each.text for each in sentences(plain)]
    said = [each for each in texts if not (messages.is_greeting(each) or messages.is_courtesy(each))]
    first = " ".join((said or [text.strip("`\n")])[0].split()).rstrip(" :：,，")
    kept = _OPENING.sub("", first) or first
    is_word = _SMALL_WORD.match(kept)
    return Truncator(kept[:1].upper() + kept[1:] if is_word else kept).chars(TITLE_CHARACTERS)


def order_title(run: JobRun, answer: ChatMessage) -> None:
    """Inside the transaction that stores the answer: of the first question, as long as nobody renamed the chat."""
    question = answer.parent
    is_trusted = answer.is_reliable and answer.source == ChatMessage.Source.MODEL
    if not is_trusted or question is None or question.parent_id:
        return
    is_first = selectors.message_list(answer.chat).count() == 2
    if is_first and answer.chat.title == title_of(question.text):
        jobs.create_row_job(run.actor, TITLE_CHAT, answer.chat)


@TITLE_CHAT.service
def title_chat(run: JobRun, *, chat_id: UUID) -> dict[str, Any]:
    chat = Chat.objects.within(run.job.organisation).filter(pk=chat_id).first()
    if chat is None:
        raise JobCancelled
    question, answer = list(selectors.message_list(chat)[:2])
    language = messages.language_of(question.text, otherwise=messages.ENGLISH)
    prompt = prompts.load(run.job.organisation, PROMPT).render(
        language=NAMES_FOR_MODELS[language], question=question.text, answer=answer.text
    )
    title = inference.complete(run, prompt, purpose=Purpose.ASSISTANT).text.strip().strip(_WRAPPING)
    is_title = 0 < len(title) <= TITLE_CHARACTERS and "\n" not in title and "<" not in title
    with run.finishing({"chat": str(chat.pk)}):
        row = Chat.objects.select_for_update().filter(pk=chat.pk).first()
        if row and is_title and row.title == title_of(question.text):
            row.title = title
            row.save(update_fields=["title"])
            live.announce(row)
    return {"chat": str(chat.pk)}
