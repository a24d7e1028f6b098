"""Files of a chat: read before the answer, then found by words and meaning like documents, for that chat alone."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice, zip_longest
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import own_rows
from apps.assistant import selectors
from apps.assistant.models import Chat, ChatFile, ChatMessage
from apps.core.errors import ServiceUnavailable, UnsupportedContent
from apps.core.models import snake_name
from apps.inference import services as inference
from apps.inference.selectors import embedding_model
from apps.jobs import services as jobs
from apps.jobs.backed_by_job import UNDER_WAY
from apps.jobs.job_types import JobType
from apps.jobs.models import Job, JobQuerySet
from apps.jobs.runs import JobCancelled, JobRun
from apps.jobs.subjects import Subject, of_rows
from apps.knowledge import chunking, lexical, reader, retrieval
from apps.knowledge import selectors as knowledge
from apps.knowledge.chunking import Cut
from apps.knowledge.retrieval import Candidate
from apps.knowledge.selectors import Hit
from llm_backend.errors import ModelError

# Of one file, a book of some 400 pages; what stands behind them is not looked at, which the chat says. An answer waits while
# they are embedded: those behind the first are found by their words.
MAX_PASSAGES, MAX_EMBEDDED = 1500, 400
EMBEDDED_AT_ONCE = 16
VECTOR_DIGITS = 5
# Pages without text of a file that are read while an answer waits in its place; more take a place of the background.
MOST_PAGES_AT_ONCE = 4
# An answer whose scan is read elsewhere is woken when that is done, and looks by itself where that never ends.
LOOK_AGAIN_SECONDS = 30.0
# Of a file whose reading ended without having read it, and of one that has more passages than are kept.
UNFINISHED, CUT_SHORT = "unfinished", "cut_short"

READ_SCAN = JobType(
    "assistant.read_scan",
    queue="ingest",
    label=_("Read a scan of a chat"),
    stages={"recognising": _("Recognising page %(number)s of %(total)s")},
    may_see=lambda actor: own_rows(actor) if actor.may("assistant.use") else None,
    subject=of_rows(
        lambda organisation: ChatFile.objects.within(organisation).select_related("chat"),
        lambda file: Subject(file.name, file.chat.get_absolute_url()),
    ),
    is_sealed=True,
    # A part of the answer that was admitted.
    is_free=True,
)


class _ManyPages(Exception):
    """So many pages without text that nobody's place for answers is held for them."""


def _few_pages(number: int, total: int) -> None:
    if total > MOST_PAGES_AT_ONCE:
        raise _ManyPages


def read_unread(run: JobRun, chat: Chat) -> bool:
    """Reads what was put into the chat since. What cannot be read says so beside its name and holds nothing up. False
    where a long scan is read in the background: the answer has to wait for it.
    """
    is_whole = True
    unread = selectors.file_list(chat).filter(read_at=None)
    for listed in list(unread):
        run.stage("reading")
        # Another branch of the chat may have read it since, and its bytes are gone then.
        file = unread.defer(None).defer("passages").filter(pk=listed.pk).first()
        if file is None:
            continue
        reading = readings([file]).order_by("-id").first()
        if reading is None:
            try:
                _read(run, file, _few_pages)
                _store(file)
            except _ManyPages:
                is_whole = False
                _order_reading(run, file)
        elif reading.is_terminal:
            file.content, file.error_code, file.read_at = b"", UNFINISHED, timezone.now()
            _store(file)
        else:
            is_whole = False
    if not is_whole:
        run.stage("recognising")
    return is_whole


@READ_SCAN.service
def read_scan(run: JobRun, *, chat_file_id: UUID) -> dict[str, Any]:
    """Reads a file of many pages without text, and wakes the answers that wait for it."""
    run.actor_today().require("assistant.use")
    rows = ChatFile.objects.within(run.job.organisation).select_related("chat").defer("passages")
    file = rows.filter(pk=chat_file_id, read_at=None).first()
    if file is None:
        raise JobCancelled
    _read(run, file, lambda number, total: run.part("recognising", number, total))
    result = {"chat_file": str(file.pk)}
    with run.finishing(result):
        _store(file)
        for answer in selectors.message_list(file.chat).filter(
            UNDER_WAY, author=ChatMessage.Author.ASSISTANT
        ):
            if answer.job:
                jobs.resume_job(answer.job)
    return result


def readings(files: Iterable[ChatFile]) -> JobQuerySet:
    """The jobs that read them in the background, or did."""
    name = snake_name(ChatFile)
    return Job.objects.filter(kind=READ_SCAN.name, subject__in=[f"{name}:{file.pk}" for file in files])


def _order_reading(run: JobRun, file: ChatFile) -> None:
    """Once, also where two branches of the chat ask at the same time."""
    with transaction.atomic():
        unread = ChatFile.objects.within(file.organisation_id).filter(pk=file.pk, read_at=None)
        if unread.select_for_update().values("pk").first() and not readings([file]).exists():
            jobs.create_row_job(run.actor, READ_SCAN, file)


def _read(run: JobRun, file: ChatFile, on_page: Callable[[int, int], None]) -> None:
    """Fills the row, which is still to be stored. Raises what `on_page` raises."""
    try:
        with reader.on_disk(file.content) as path:
            blocks = reader.read(path, file.name, check=run.check, on_page=on_page).blocks
        cuts = list(islice(chunking.passages_of(blocks), MAX_PASSAGES))
        file.error_code = "" if 0 < len(cuts) < MAX_PASSAGES else CUT_SHORT if cuts else "empty_file"
    except UnsupportedContent as error:
        cuts, file.error_code = [], error.code
    model, embeddings = _embeddings(run, cuts)
    file.passages = [
        {"heading": cut.heading, "text": cut.text, "vector": vector}
        for cut, vector in zip(cuts, embeddings, strict=True)
    ]
    # The bytes have done their service: what answers quote are the passages.
    file.content, file.embedding_model, file.read_at = b"", model, timezone.now()


def _store(file: ChatFile) -> None:
    """Unless it was deleted, or another branch of the chat read it, meanwhile."""
    if ChatFile.objects.within(file.organisation_id).filter(pk=file.pk, read_at=None).exists():
        file.save(update_fields=["content", "passages", "embedding_model", "error_code", "read_at"])


def search(run: JobRun, files: Sequence[ChatFile], question: str, *, limit: int) -> list[Hit]:
    """The passages of these files that most likely answer, ranked as those of documents are."""
    asked = knowledge.embedded_question(run, question[: knowledge.LONGEST_QUESTION])
    hits = {hit.passage_id: hit for file in files for hit in _hits(file)}
    by_words = lexical.scores(question, [f"{hit.heading}\n{hit.text}" for hit in hits.values()])
    similarities = (
        asked.similarity(each["vector"], file.embedding_model) for file in files for each in file.passages
    )
    candidates = [
        Candidate(hit.passage_id, hit.language, words, similarity, None)
        for hit, words, similarity in zip(hits.values(), by_words, similarities, strict=True)
    ]
    return [
        replace(
            hits[each.passage_id],
            score=each.score,
            lexical_score=each.lexical,
            similarity=each.similarity,
            text_rank=each.text_rank,
            vector_rank=each.vector_rank,
        )
        for each in retrieval.ranked(candidates, asked, limit=limit)
    ]


def beginnings(files: Sequence[ChatFile]) -> Iterator[Hit]:
    """What “sum this up” is about: the first passage of each file, the newest file first, then the second of each."""
    return filter(None, chain.from_iterable(zip_longest(*map(_hits, reversed(files)))))


def _hits(file: ChatFile) -> Iterator[Hit]:
    """Its passages in their order, not ranked. An id is the same at every search, so that what was read of it may be
    remembered for a moment.
    """
    for number, each in enumerate(file.passages):
        passage_id, text = uuid5(file.pk, str(number)), each["text"]
        language = "zh" if lexical.is_chinese(text) else "other"
        yield Hit(passage_id, file.pk, file.name, each["heading"], text, language, 0.0, 0.0, None, None, None)


def _embeddings(run: JobRun, cuts: Sequence[Cut]) -> tuple[str, list[list[float] | None]]:
    """One for each passage. Without a model that embeds, none: then words alone find them."""
    model, texts = embedding_model(run.job.organisation), [cut.with_heading for cut in cuts[:MAX_EMBEDDED]]
    made: list[list[float] | None] = []
    try:
        for start in range(0, len(texts), EMBEDDED_AT_ONCE):
            run.check()
            some = texts[start : start + EMBEDDED_AT_ONCE]
            rows = inference.embed(run, some, input_type="passage", model=model)
            made += [[round(value, VECTOR_DIGITS) for value in row] for row in rows]
    except (ModelError, ServiceUnavailable):
        return "", [None] * len(cuts)
    return model, made + [None] * (len(cuts) - len(made))
