"""What answers a question of staff: the documents' words, a model's words held against them, and which is which."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from apps.accounts.actors import own_rows
from apps.answering import messages, passages, quotation, quotes, writing
from apps.answering.citation_check import CheckedAnswer, CheckedSentence
from apps.answering.own_sentences import say
from apps.answering.passages import CANDIDATES, Inquiry, NumberedPassage
from apps.answering.quotation import Quotation
from apps.answering.quotes import Finding
from apps.assistant import files, live, selectors, titles, tool_calls
from apps.assistant.models import ChatFile, ChatMessage
from apps.core.languages import NAMES_FOR_MODELS
from apps.inference import prompts
from apps.inference import services as inference
from apps.inference.models import InferenceCall, Purpose
from apps.jobs.job_types import JobType
from apps.jobs.runs import JobCancelled, JobRun
from apps.jobs.subjects import Subject, of_rows
from apps.knowledge import rights
from apps.knowledge.models import Collection
from apps.knowledge.rights import Reader
from domain.text.answer_sentences.decision import Verdict
from llm_backend.errors import ModelError, ModelOverloaded
from llm_backend.prompts import RenderedPrompt
from llm_backend.tokens import fit
from llm_backend.wording import normalise

logger = logging.getLogger(__name__)

PROMPT = Path(__file__).parent / "prompts" / "answer_staff.md"
# What a prompt holds of the messages before: enough for “shorter, please”, little enough for a small context.
SHOWN_MESSAGES, SHOWN_TOKENS = 6, 250
NOT_STATED = gettext_noop("The documents that were searched do not say this.")
PARTLY_READ = gettext_noop("Only the beginning of “%(name)s” was read.")


ANSWER_MESSAGE = JobType(
    "assistant.answer_message",
    queue="interactive",
    label=_("Answer a member of staff"),
    stages={
        "reading": _("Reading the files"),
        "recognising": _("Recognising page %(number)s of %(total)s"),
        "calling": _("Using tools"),
        "searching": _("Searching the documents"),
        "writing": _("Writing"),
    },
    may_see=lambda actor: own_rows(actor) if actor.may("assistant.use") else None,
    subject=of_rows(
        lambda organisation: ChatMessage.objects.within(organisation).select_related("chat"),
        lambda message: Subject(message.chat.title, message.get_absolute_url()),
    ),
    is_sealed=True,
)


@dataclass(frozen=True)
class Answer:
    """What will be stored."""

    checked: CheckedAnswer
    cited: Sequence[NumberedPassage] = ()
    source: str = ChatMessage.Source.MODEL
    is_reliable: bool = True


@dataclass
class Answering:
    """One attempt at an answer. `shown`: what followers have seen of the model's text."""

    run: JobRun
    answer: ChatMessage
    before: Sequence[ChatMessage]
    shown: list[str] = field(default_factory=list)

    @property
    def question(self) -> str:
        return str(self.before[-1].text)

    @property
    def asked(self) -> list[str]:
        """What the member wrote on this branch, the question last."""
        return [str(message.text) for message in self.before if message.author == ChatMessage.Author.MEMBER]

    @cached_property
    def language(self) -> str:
        member = self.run.job.member
        read = member.user.language if member else ""
        return messages.language_of(self.question, otherwise=read or messages.ENGLISH)

    @cached_property
    def files(self) -> list[ChatFile]:
        """Those that the question names, or else all of the chat that were read."""
        read = [file for file in selectors.file_list(self.answer.chat).defer(None) if file.passages]
        asked = normalise(self.question)
        return [file for file in read if normalise(file.name) in asked] or read

    @property
    def files_at_hand(self) -> list[ChatFile]:
        """Those of them that came with the question, or else all of them."""
        before = self.before[-2].created_at if len(self.before) > 1 else None
        return [file for file in self.files if before and file.created_at > before] or self.files

    @cached_property
    def collections(self) -> list[Collection]:
        """Of those chosen what whoever asks may read today. Raises PermissionDenied."""
        readable = selectors.readable_collections(self.run.actor_today())
        return list(readable.filter(pk__in=self.answer.chat.collections.values("pk")))

    @cached_property
    def inquiry(self) -> Inquiry:
        return Inquiry(
            self.question,
            messages.previous_question(self.asked[:-1]),
            # Of this answer alone: rights may have changed before the next.
            scope=self.run.job.pk,
            collections=self.collections,
            reader=Reader.of(self.run.actor_today()),
            more=lambda text: files.search(self.run, self.files, text, limit=CANDIDATES),
        )

    def compose(self) -> Answer:
        """Where a model may not be trusted to read, what the documents say stands there in their own words; what a model
        adds is marked as its own. Raises ModelError where none answers and nothing was found.
        """
        looks = bool(self.files or self.collections)
        if looks:
            self.run.stage("searching")
        hits = passages.hits_for(self.run, self.inquiry) if looks else []
        findings = quotes.find(self.run, self.inquiry, hits) if hits else []
        if found := quotes.worth_showing(findings):
            self.run.event("evidence", **found[0].body())
        try:
            is_reliable = inference.may_write(self.run, purpose=Purpose.ASSISTANT)
            if not is_reliable and any(each.verdict is Verdict.ANSWER for each in findings):
                return self._quoted(findings)
            relevant = passages.worth_reading(self.inquiry, hits)
            # “Sum this up” names no word of the file: then it is read from its beginning.
            written = self._written(relevant or passages.numbered(files.beginnings(self.files_at_hand)))
        except ModelError as error:
            is_busy = isinstance(error, ModelOverloaded) and self.run.job.attempt < self.run.job.max_attempts
            if is_busy or not found:
                raise
            logger.warning("answered without a model: %s", error)
            return self._quoted(findings)
        written = replace(written, is_reliable=is_reliable)
        if found and not is_reliable:
            shown = [each for each in findings if each.is_worth_showing]
            lead = quotation.about(self.language, shown, closing="")
        elif looks and not found and not written.checked.has_support:
            lead = Quotation(CheckedAnswer(self._not_stated()), [])
        else:
            return written
        whole = lead.followed_by(written.checked, written.cited)
        return replace(written, checked=whole.checked, cited=whole.cited)

    def _not_stated(self) -> str:
        long = ", ".join(file.name for file in self.files if file.error_code == files.CUT_SHORT)
        return say(self.language, NOT_STATED, *[PARTLY_READ] * bool(long), name=long)

    def _quoted(self, findings: Sequence[Finding]) -> Answer:
        self.run.event("restart", attempt=self.run.job.attempt)
        quoted = quotation.answer(self.language, findings)
        self.run.text(quoted.checked.text)
        return Answer(quoted.checked, quoted.cited, source=ChatMessage.Source.QUOTE)

    def _written(self, sources: Sequence[NumberedPassage]) -> Answer:
        self.run.stage("writing")
        completion = inference.complete(
            self.run,
            self._prompt(sources),
            purpose=Purpose.ASSISTANT,
            history=list(self._history()),
            on_text=self._show,
        )
        checked = writing.checked_text(self.run, completion.text, sources, question=self.question)
        return Answer(checked, [each for each in sources if each.number in checked.cited_numbers])

    def _show(self, text: str) -> None:
        self.shown.append(text)
        self.run.text(text)

    def _prompt(self, sources: Sequence[NumberedPassage]) -> RenderedPrompt:
        organisation = self.run.job.organisation
        return prompts.load(organisation, PROMPT).render(
            organisation=organisation.name,
            language=NAMES_FOR_MODELS[self.language],
            today=timezone.localdate().isoformat(),
            passages=sources,
            question=self.question,
        )

    def _history(self) -> list[inference.Message]:
        shown: list[inference.Message] = []
        for message in self.before[:-1][-SHOWN_MESSAGES:]:
            if text := message.full_text:
                role = "user" if message.author == ChatMessage.Author.MEMBER else "assistant"
                shown.append({"role": role, "content": fit(text, SHOWN_TOKENS)})
        return shown


@ANSWER_MESSAGE.service
def answer_message(run: JobRun, *, chat_message_id: UUID) -> dict[str, Any]:
    """Answers a question on its branch, and stores what it says together with the job's success."""
    rows = ChatMessage.objects.within(run.job.organisation).select_related("chat__organisation", "parent")
    answer = rows.filter(pk=chat_message_id).first()
    if answer is None or answer.parent is None:
        raise JobCancelled
    run.actor_today().require("assistant.use")
    run.endpoint_id = answer.endpoint_id
    if not files.read_unread(run, answer.chat):
        run.suspend(seconds=0, queue=files.BACKGROUND)
        return {}
    path = selectors.branch(list(selectors.message_list(answer.chat)), answer.pk)
    answering = Answering(run, answer, path[: path.index(answer)])
    try:
        if not tool_calls.take_turn(run, answer, answering.asked, answering.language):
            _fill_in(answer, answering.compose())
    except JobCancelled:
        _keep_partial(answering)
        raise
    answer.model = "" if answer.source == ChatMessage.Source.QUOTE else _model_of(run)
    result = {"chat": str(answer.chat_id), "chat_message": str(answer.pk)}
    with run.finishing(result):
        _save(answer)
        titles.order_title(run, answer)
    return result


def _fill_in(answer: ChatMessage, made: Answer) -> None:
    answer.text, answer.source, answer.is_reliable = made.checked.text, made.source, made.is_reliable
    answer.sentences = made.checked.bodies()
    origins = rights.origins_of(passage.id for passage in made.cited if passage.id)
    answer.citations = [
        {**made.checked.citation_of(passage), "document": origins.get(passage.id) if passage.id else None}
        for passage in made.cited
    ]


def _keep_partial(answering: Answering) -> None:
    """Somebody stopped it: what they have read stays, as the model's own words."""
    text = "".join(answering.shown).strip()
    if not text:
        return
    answer = answering.answer
    unchecked = CheckedAnswer(text, [CheckedSentence(0, len(text), is_supported=False)])
    answer.text, answer.source, answer.is_reliable = text, ChatMessage.Source.MODEL, False
    answer.sentences, answer.model = unchecked.bodies(), _model_of(answering.run)
    with transaction.atomic():
        _save(answer)


def _save(answer: ChatMessage) -> None:
    """Raises JobCancelled where the chat was deleted meanwhile."""
    if not ChatMessage.objects.select_for_update().filter(pk=answer.pk).exists():
        raise JobCancelled
    answer.save(update_fields=["text", "source", "is_reliable", "sentences", "citations", "model"])
    live.announce(answer.chat)


def _model_of(run: JobRun) -> str:
    """The model that wrote; empty where none did."""
    calls = InferenceCall.objects.filter(job=run.job, purpose=Purpose.ASSISTANT)
    return calls.order_by("-id").values_list("model", flat=True).first() or ""
