"""What people and other systems do with translations: ask for one, review it, take it out, throw it away."""

import base64
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core import bounded, bounded_calls
from apps.core.bounded import Limits, WorkFailed
from apps.core.errors import Conflict, InvalidInput, NotFound, Text, TooLarge, UnsupportedContent
from apps.inference import prompts, storage
from apps.inference import services as inference
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.runs import JobRun
from apps.jobs.subjects import Subject, of_rows
from apps.knowledge import reader
from apps.translation import selectors
from apps.translation.models import (
    PROBLEMS,
    Translation,
    TranslationMemoryEntry,
    TranslationSegment,
)
from apps.vault import keys
from domain.documents import archives
from domain.documents import content as contents
from domain.documents.archives import ArchiveRefused
from domain.documents.errors import Unreadable
from domain.text.translation import checks, segments
from domain.text.translation.checks import Problem, Term
from domain.text.translation.segments import LANGUAGES, Pair

PROMPTS = Path(__file__).parent / "prompts"
# Problems of a text that is no translation of the whole.
USELESS = frozenset({"empty", "language", "cut"})
MAX_TEXT_CHARACTERS = 20_000
MAX_TARGET_CHARACTERS = 10_000
# What a request stores while somebody waits.
MAX_SEGMENTS_AT_ONCE = 200
MAX_DOCUMENT_BYTES = 10 * 2**20
# Of the child that takes a document apart. The largest that people write, a million characters in 83,000 runs of Word,
# take two seconds.
READ_LIMITS = Limits(seconds=60, cpu_seconds=5)
# Of the one that puts it together while somebody waits: what was read within its limit is read again, and written.
EXPORT_LIMITS = Limits(seconds=20, cpu_seconds=10)
FORMATS = {
    contents.Kind.WORD: Translation.Format.WORD,
    contents.Kind.HTML: Translation.Format.HTML,
    contents.Kind.MARKDOWN: Translation.Format.MARKDOWN,
    contents.Kind.TEXT: Translation.Format.PLAIN,
}
SUBTITLE_SUFFIXES = (".srt", ".vtt")
ACCEPTED = _("Upload a Word file (.docx), Markdown, HTML, subtitles (.srt) or a text file.")
EXPLANATIONS: dict[str, Text] = reader.EXPLANATIONS | {
    "binary_file": ACCEPTED,
    "unsupported_archive": ACCEPTED,
    "unsupported_format": ACCEPTED,
    "empty_file": _("The file contains no translatable text."),
}

TRANSLATE_TEXT = JobType(
    "translation.translate_text",
    queue="interactive",
    label=_("Translate a text"),
    stages={"reading": _("Reading the document"), "translating": _("Translating")},
    may_see=holders_of("translation.use"),
    subject=of_rows(
        lambda organisation: Translation.objects.within(organisation).defer("content"),
        lambda row: Subject(row.name, reverse("translation:translation", args=[row.pk])),
    ),
    is_sealed=True,
)
TRANSLATE_DOCUMENT = replace(
    TRANSLATE_TEXT, name="translation.translate_document", queue="batch", label=_("Translate a document")
)


@requires_permission("translation.use")
def translate_text(actor: Actor, *, text: str, source_language: str, target_language: str) -> Translation:
    """Queues the translation of a text, which followers of its job see being written. Raises InvalidInput for a text
    that is too long, has too many lines or holds nothing to translate.
    """
    if len(text) > MAX_TEXT_CHARACTERS:
        reason = _("The text is too long: at most %(limit)d characters.") % {"limit": MAX_TEXT_CHARACTERS}
        raise InvalidInput(fields={"text": [reason]})
    sources = [text[start:end] for start, end in segments.text_spans(text)]
    if not sources:
        raise InvalidInput(fields={"text": [_("The text contains nothing to translate.")]})
    if len(sources) > segments.MAX_SEGMENTS:
        reason = _("The text has too many lines: at most %(limit)d.") % {"limit": segments.MAX_SEGMENTS}
        raise InvalidInput(fields={"text": [reason]})
    translation = Translation(
        name=Truncator(" ".join(text[:200].split())).chars(80),
        format=Translation.Format.TEXT,
        content=text.encode(),
        source_language=source_language,
        target_language=target_language,
    )
    # A text of very many lines is taken apart again by its job: each is sealed, which takes its time.
    return _queue(actor, translation, sources if len(sources) <= MAX_SEGMENTS_AT_ONCE else [])


@requires_permission("translation.use")
def translate_document(
    actor: Actor, *, file: "File[bytes]", name: str, source_language: str, target_language: str
) -> Translation:
    """Stores the document and queues its reading and translation. Raises TooLarge, and UnsupportedContent for what its
    size, name and first bytes give away.
    """
    if (file.size or 0) > MAX_DOCUMENT_BYTES:
        raise TooLarge
    content = file.read()
    translation = Translation(
        name=PurePath(name).name[:200],
        format=_detect_format(content, name),
        content=content,
        source_language=source_language,
        target_language=target_language,
    )
    # Not read here: what a stranger can make slow holds a worker's child, never a thread that others sign in by.
    return _queue(actor, translation, [])


@TRANSLATE_TEXT.service
@TRANSLATE_DOCUMENT.service
def translate(run: JobRun, *, translation_id: str) -> dict[str, Any]:
    """Reads a document's segments, then translates them one after the other; those that an earlier attempt finished are
    kept. Raises UnsupportedContent for a document that cannot be read.
    """
    translation = Translation.objects.within(run.job.organisation).defer("content").get(pk=translation_id)
    terms = selectors.glossary_terms(run.job.organisation, translation.pair)
    segment_list = list(selectors.segment_list(translation)) or _read_segments(run, translation)
    marked, before = 0, ""
    run.stage("translating")
    for number, segment in enumerate(segment_list):
        run.checkpoint()
        run.progress(number, len(segment_list))
        # Told again to those who follow the job: its stream begins anew with each attempt.
        if segment.origin:
            run.text(segment.target)
        else:
            _translate_segment(run, translation, segment, terms, before)
        run.text("\n")
        marked += segment.is_marked
        before = f"{segment.source}\n= {segment.target}"
    return {"translation": str(translation.pk), "segments": len(segment_list), "marked": marked}


def translate_by_model(
    run: JobRun, translation: Translation, segment: TranslationSegment, terms: list[Term], before: str
) -> tuple[str, list[Problem]]:
    """The better translation of two by its problems: a repair is asked for once, and may make it worse."""
    pair = translation.pair

    def checked(written: str, *, is_cut: bool) -> tuple[str, list[Problem]]:
        plain = _plain(written, segment.source)
        found = check_translation(segment.source, plain, pair, terms)
        # Half of a passage may keep every number that it came to.
        return plain, [Problem("cut"), *found] if is_cut else found

    languages = {"source": LANGUAGES[pair.source], "target": LANGUAGES[pair.target]}
    prompt = prompts.load(run.job.organisation, PROMPTS / "translate_segment.md").render(
        **languages,
        terms=checks.terms_in(segment.source, terms),
        similar=segment.near_match,
        before=before,
        text=segment.source,
    )
    # Nobody watches a document being written: its page shows how far it is.
    is_watched = translation.format == Translation.Format.TEXT
    first = inference.complete(run, prompt, on_text=run.text if is_watched else None)
    target, problems = checked(first.text, is_cut=first.is_cut)
    if not problems:
        return target, problems
    run.check()
    reasons = [f"{PROBLEMS[problem.kind]} {problem.text}".strip() for problem in problems]
    repair = prompts.load(run.job.organisation, PROMPTS / "repair_segment.md").render(
        **languages, text=segment.source, translation=target, problems=reasons
    )
    second = inference.complete(run, repair)
    other, remaining = checked(second.text, is_cut=second.is_cut)
    return (other, remaining) if _severity(remaining) < _severity(problems) else (target, problems)


def _severity(problems: list[Problem]) -> tuple[bool, int]:
    """A text that is none, not whole or in another language is worse than any number of faults."""
    return any(problem.kind in USELESS for problem in problems), len(problems)


def check_translation(source: str, target: str, pair: Pair, terms: list[Term]) -> list[Problem]:
    try:
        return bounded_calls.call_on_text(checks.problems, source, target, pair, terms)
    except bounded_calls.TookTooLong:
        # Not checked is told, and is not the same as right.
        return [Problem("unchecked")]


@requires_permission("translation.use")
@transaction.atomic
def review_segment(actor: Actor, segment: TranslationSegment, *, target: str) -> TranslationSegment:
    """Stores what a person made of a translation, or left as it was, and remembers it for the next time. Raises
    Conflict while it is being translated, and InvalidInput.
    """
    translation = segment.translation
    if translation.is_under_way:
        raise Conflict(_("Still translating. Review it when done."), code="under_way")
    # A segment is one line: the document keeps its own breaks.
    target = " ".join(target.split())
    if not target or len(target) > MAX_TARGET_CHARACTERS:
        raise InvalidInput(fields={"target": [_("Enter a translation for this segment.")]})
    terms = selectors.glossary_terms(actor.organisation, translation.pair)
    segment.target, segment.origin, segment.is_marked = target, TranslationSegment.Origin.PERSON, False
    segment.problems = _problem_pairs(check_translation(segment.source, target, translation.pair, terms))
    segment.reviewed_by = actor.responsible_member
    segment.save(update_fields=["target", "origin", "is_marked", "problems", "reviewed_by"])
    entry, is_new = selectors.memory(actor.organisation, translation.pair).get_or_create(
        digest=selectors.digest(actor.organisation.pk, segment.source),
        defaults={
            "organisation": actor.organisation,
            "source_language": translation.source_language,
            "target_language": translation.target_language,
            "sketch": selectors.sketch(actor.organisation.pk, segment.source),
            "source": segment.source,
            "target": target,
        },
    )
    if not is_new:
        entry.target = target
        entry.save(update_fields=["target"])
    return segment


def export_translation(actor: Actor, translation: Translation) -> bytes:
    """The document in its own format; what is not translated yet stays as it was. Raises Conflict while it is written,
    and where nothing was read.
    """
    if translation.is_under_way:
        raise Conflict(_("Still translating. Export it when done."), code="under_way")
    targets = [segment.target or segment.source for segment in selectors.segment_list(translation)]
    if not targets:
        raise Conflict(_("The document was not read. Upload it again."), code="not_read")
    arguments = (translation.format, targets, translation.target_language)
    answer = _in_child("with_translations", translation.content, *arguments, limits=EXPORT_LIMITS)
    if "error" in answer:
        raise Conflict(
            _("An earlier version of the platform read this document. Upload it again."), code="not_read"
        )
    audit.record(actor, action="translation.exported", target=translation)
    return base64.b64decode(answer["content"])


@requires_permission("translation.use")
@transaction.atomic
def delete_translation(actor: Actor, translation: Translation) -> None:
    """Deletes a translation with its segments. What people reviewed stays in the memory, where it can be deleted by
    itself.
    """
    if translation.job and translation.is_under_way:
        # Its worker would go on writing into rows that are gone.
        jobs.cancel_if_running(translation.job)
    audit.record(
        actor, action="translation.deleted", target=translation, details={"format": translation.format}
    )
    translation.delete()


@transaction.atomic
def delete_memory_entry(actor: Actor, entry: TranslationMemoryEntry) -> None:
    audit.record(actor, action="translation_memory.deleted", target=entry)
    entry.delete()


def unreadable(code: str) -> UnsupportedContent:
    return UnsupportedContent(EXPLANATIONS[code], code=code)


@transaction.atomic
def _queue(actor: Actor, translation: Translation, sources: list[str]) -> Translation:
    if translation.source_language == translation.target_language:
        raise InvalidInput(fields={"target_language": [_("Choose two different languages.")]})
    translation.organisation, translation.size = actor.organisation, len(translation.content)
    translation.member, translation.api_key = actor.member, actor.api_key
    storage.require_room(actor.organisation, translation.size)
    is_text = translation.format == Translation.Format.TEXT
    translation.job = jobs.create_job(
        actor,
        kind=TRANSLATE_TEXT if is_text else TRANSLATE_DOCUMENT,
        inputs={"translation_id": str(translation.pk)},
        subject=f"translation:{translation.pk}",
    )
    translation.save(force_insert=True)
    _store_segments(translation, sources)
    details = {name: getattr(translation, name) for name in ("format", "source_language", "target_language")}
    audit.record(actor, action="translation.created", target=translation, details=details)
    return translation


def _read_segments(run: JobRun, translation: Translation) -> list[TranslationSegment]:
    run.stage("reading")
    answer = _in_child("read", translation.content, translation.format, limits=READ_LIMITS, check=run.check)
    if "error" in answer:
        raise unreadable(answer["error"])
    with transaction.atomic():
        if not Translation.objects.select_for_update().filter(pk=translation.pk).exists():
            raise NotFound(_("The document was deleted while it was being read."))
        return _store_segments(translation, answer["segments"])


def _store_segments(translation: Translation, sources: list[str]) -> list[TranslationSegment]:
    """Inside the caller's transaction."""
    rows = [
        TranslationSegment(
            organisation_id=translation.organisation_id,
            translation=translation,
            ordinal=ordinal,
            source=source,
            characters=len(source),
        )
        for ordinal, source in enumerate(sources)
    ]
    with keys.holding_key(translation.organisation_id):
        return TranslationSegment.objects.bulk_create(rows)


def _translate_segment(
    run: JobRun, translation: Translation, segment: TranslationSegment, terms: list[Term], before: str
) -> None:
    """From memory when a person translated the same text before, else by the model, checked and repaired once."""
    pair, organisation = translation.pair, run.job.organisation
    match, score = selectors.memory_match(organisation, pair, segment.source)
    if match and score == 1:
        segment.target, segment.origin = match.target, TranslationSegment.Origin.MEMORY
        segment.is_from_memory = True
        run.text(segment.target)
        # A term may have come into the glossary since a person left it so.
        problems = check_translation(segment.source, segment.target, pair, terms)
    else:
        segment.origin = TranslationSegment.Origin.MODEL
        if match:
            percent = round(100 * score)
            segment.near_match = {"source": match.source, "target": match.target, "percent": percent}
        segment.target, problems = translate_by_model(run, translation, segment, terms, before)
    segment.problems, segment.is_marked = _problem_pairs(problems), bool(problems)
    segment.save(update_fields=["target", "origin", "is_from_memory", "near_match", "problems", "is_marked"])


def _plain(written: str, source: str) -> str:
    """One line, without the tags and brackets that small models put around it."""
    plain = " ".join(written.strip().removeprefix("<text>").removesuffix("</text>").split())
    inside = plain[1:-1].strip()
    is_wrapped = plain == f"<{plain[1:-1]}>" and inside and not any(sign in inside for sign in "<>")
    return inside if is_wrapped and not source.startswith("<") else plain


def _problem_pairs(problems: list[Problem]) -> list[list[str]]:
    return [[problem.kind, problem.text] for problem in problems]


def _detect_format(content: bytes, name: str) -> str:
    """By what the file is, not by what it is called; an archive is looked at before anything is unpacked."""
    try:
        kind = contents.kind_of_head(content[: contents.HEAD_BYTES], name)
        if kind is contents.Kind.WORD:
            archives.check_unpacked_size(archives.entries(io.BytesIO(content)))
    except (Unreadable, ArchiveRefused) as error:
        raise unreadable(error.code) from error
    if kind not in FORMATS:
        raise unreadable("unsupported_format")
    is_subtitles = kind is contents.Kind.TEXT and PurePath(name).suffix.lower() in SUBTITLE_SUFFIXES
    return Translation.Format.SUBTITLES if is_subtitles else FORMATS[kind]


def _in_child(
    function: str,
    content: bytes,
    *arguments: object,
    limits: Limits,
    check: Callable[[], None] | None = None,
) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = bounded.run(
            f"domain.text.translation.documents:{function}",
            *arguments,
            content=content,
            limits=limits,
            check=check,
        )
    except WorkFailed as error:
        raise unreadable("too_complex") from error
    return answer
