"""Files of a chat: read before the answer, then found by words and meaning like documents, for that chat alone."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice, zip_longest
from uuid import uuid5

from django.utils import timezone

from apps.assistant import selectors
from apps.assistant.models import Chat, ChatFile
from apps.core.errors import ServiceUnavailable, UnsupportedContent
from apps.inference import services as inference
from apps.inference.selectors import embedding_model
from apps.jobs.runs import JobRun
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
# Of a file that holds more pages without text they are read in a place of the background, and its answer is written there.
MOST_PAGES_AT_ONCE = 4
BACKGROUND = "ingest"
# Of a file that has more passages than are kept.
CUT_SHORT = "cut_short"


class _ManyPages(Exception):
    """So many pages without text that nobody's place for answers is held for them."""


class _NotUnread(Exception):
    """It was deleted, or another branch of the chat read it, meanwhile."""


def read_unread(run: JobRun, chat: Chat) -> bool:
    """Reads what was put into the chat since. What cannot be read says so beside its name and holds nothing up. False
    where a long scan is left to a place of the background.
    """
    unread = selectors.file_list(chat).filter(read_at=None)
    for listed in list(unread):
        run.stage("reading")
        file = unread.defer(None).defer("passages").filter(pk=listed.pk).first()
        try:
            if file:
                _read(run, file)
        except _ManyPages:
            return False
        except _NotUnread:
            continue
    return True


def _read(run: JobRun, file: ChatFile) -> None:
    """Reads and stores it. Raises _ManyPages and _NotUnread."""
    unread = ChatFile.objects.within(file.organisation_id).filter(pk=file.pk, read_at=None)

    def on_page(number: int, total: int) -> None:
        if total > MOST_PAGES_AT_ONCE and run.job.queue != BACKGROUND:
            raise _ManyPages
        if not unread.exists():
            raise _NotUnread
        run.part("recognising", number, total)

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
    if not unread.exists():
        raise _NotUnread
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
