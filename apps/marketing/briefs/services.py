"""What people and other systems do with briefs: facts in and out, and what jobs read for them."""

from pathlib import Path, PurePath
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core import ssrf_guard, tables
from apps.core.errors import InvalidInput, TooLarge
from apps.inference import prompts, storage
from apps.inference import services as inference
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.runs import JobRun
from apps.knowledge import reader
from apps.marketing.briefs import reading, selectors
from apps.marketing.briefs.catalogue_cache import renew_catalogue
from apps.marketing.briefs.fact_lines import MAX_FACTS, Pair, read_facts, write_facts
from apps.marketing.briefs.models import Brief, BriefFact, BriefSource
from apps.marketing.briefs.schemas import Voice
from domain.documents import content as contents
from domain.documents.errors import Unreadable

VOICE_PROMPT = Path(__file__).parent / "prompts" / "describe_voice.md"
MAX_DOCUMENT_BYTES = 10 * 2**20
MIN_SAMPLES_CHARACTERS, MAX_SAMPLES_CHARACTERS = 40, 10_000
LANGUAGE_NAMES = {"zh": "Simplified Chinese (简体中文)", "en": "English"}
COLUMNS = (
    tables.Column("name", frozenset({"名称", "属性", "attribute", "fact"})),
    tables.Column("value", frozenset({"值", "内容"}), is_required=True),
)

READ_SOURCE = JobType(
    "marketing.read_source",
    queue="interactive",
    label=_("Extract product facts"),
    stages={"reading": _("Reading"), "proposing": _("Extracting facts")},
    may_see=holders_of("marketing.use"),
    subject=selectors.of_briefs,
)
LEARN_VOICE = JobType(
    "marketing.learn_voice",
    queue="interactive",
    label=_("Describe a brand's voice"),
    stages={"describing": _("Describing the voice")},
    may_see=holders_of("marketing.use"),
    subject=selectors.of_briefs,
)


@transaction.atomic
def save_facts(brief: Brief, pairs: list[Pair]) -> None:
    """Makes these the confirmed facts. One that is there already keeps where it was read; proposals stay."""
    confirmed = {(fact.name, fact.value): fact for fact in selectors.confirmed_facts(brief)}
    gone = [fact.pk for pair, fact in confirmed.items() if pair not in pairs]
    BriefFact.objects.within(brief.organisation_id).filter(pk__in=gone).delete()
    for name, value in pairs:
        BriefFact.objects.update_or_create(
            brief=brief,
            name=name,
            value=value,
            defaults={"is_confirmed": True},
            create_defaults={"organisation_id": brief.organisation_id},
        )
    renew_catalogue(brief.organisation_id)


@requires_permission("marketing.use")
@transaction.atomic
def import_facts(actor: Actor, brief: Brief, *, content: bytes) -> tables.TableImport:
    """Adds the facts of a CSV file with the columns name and value; says how many it holds."""
    table = tables.read(content, COLUMNS, code="facts_unusable", max_rows=MAX_FACTS)
    lines = [(row.cells["name"], row.cells["value"]) for row in table.rows if row.cells["value"]]
    present = [(fact.name, fact.value) for fact in selectors.confirmed_facts(brief)]
    # Through the lines that people type: one statement of what a fact may be.
    save_facts(brief, read_facts(write_facts([*present, *lines])))
    audit.record(actor, action="brief.imported", target=brief, details={"rows": len(lines)})
    return tables.TableImport(len(lines), table.ignored)


@requires_permission("marketing.use")
@transaction.atomic
def confirm_fact(actor: Actor, fact: BriefFact) -> None:
    fact.is_confirmed = True
    fact.save(update_fields=["is_confirmed"])
    renew_catalogue(actor.organisation.pk)
    audit.record(actor, action="brief_fact.confirmed", target=fact)


@requires_permission("marketing.use")
@transaction.atomic
def delete_fact(actor: Actor, fact: BriefFact) -> None:
    audit.record(actor, action="brief_fact.deleted", target=fact)
    fact.delete()
    renew_catalogue(actor.organisation.pk)


@requires_permission("marketing.use")
def read_page(actor: Actor, brief: Brief, *, url: str) -> BriefSource:
    """Queues the reading of a page for facts. Raises InvalidInput for an address that is none, or is private."""
    ssrf_guard.check_url(url)
    return _queue(actor, BriefSource(brief=brief, kind=BriefSource.SourceType.PAGE, name=url), READ_SOURCE)


@requires_permission("marketing.use")
def read_document(actor: Actor, brief: Brief, *, file: "File[bytes]") -> BriefSource:
    """Queues the reading of a document for facts. Raises UnsupportedContent for what is none."""
    if (file.size or 0) > MAX_DOCUMENT_BYTES:
        raise TooLarge
    content, name = file.read(), PurePath(file.name or "").name[:200]
    try:
        contents.kind_of_head(content[: contents.HEAD_BYTES], name)
    except Unreadable as error:
        raise reader.unreadable(error.code) from error
    source = BriefSource(brief=brief, kind=BriefSource.SourceType.DOCUMENT, name=name, content=content)
    return _queue(actor, source, READ_SOURCE)


@requires_permission("marketing.use")
def learn_voice(actor: Actor, brief: Brief, *, samples: str) -> BriefSource:
    """Queues a description of the voice that the samples are written in. Raises InvalidInput for too few or too many
    characters.
    """
    if not MIN_SAMPLES_CHARACTERS <= len(samples) <= MAX_SAMPLES_CHARACTERS:
        limits = {"least": MIN_SAMPLES_CHARACTERS, "most": MAX_SAMPLES_CHARACTERS}
        raise InvalidInput(fields={"samples": [_("Paste %(least)d to %(most)d characters.") % limits]})
    name = " ".join(samples[:80].split())
    source = BriefSource(
        brief=brief, kind=BriefSource.SourceType.SAMPLES, name=name, content=samples.encode()
    )
    return _queue(actor, source, LEARN_VOICE)


@READ_SOURCE.service
def read_source(run: JobRun, *, brief_source_id: str) -> dict[str, Any]:
    """Reads a page or a document and proposes the facts that a model finds in it."""
    source = _source(run, brief_source_id)
    run.stage("reading")
    text = reading.text_of(run, source)
    run.stage("proposing")
    proposed = reading.propose_facts(run, source.brief.product, text)
    present = {(fact.name, fact.value) for fact in selectors.fact_list(source.brief)}
    room = max(MAX_FACTS - len(present), 0)
    new = [each for each in proposed if each[:2] not in present][:room]
    result = {"brief": str(source.brief_id), "proposed": len(new)}
    with run.finishing(result):
        for name, value, sentence in new:
            BriefFact.objects.create(
                organisation=run.job.organisation,
                brief=source.brief,
                name=name,
                value=value,
                sentence=sentence,
                source=source,
                is_confirmed=False,
            )
        _drop_content(source)
    return result


@LEARN_VOICE.service
def describe_voice(run: JobRun, *, brief_source_id: str) -> dict[str, Any]:
    """Writes a few sentences about the samples' voice into the brief, where a person changes them."""
    source = _source(run, brief_source_id)
    run.stage("describing")
    prompt = prompts.load(run.job.organisation, VOICE_PROMPT).render(
        language=LANGUAGE_NAMES[source.brief.language], samples=bytes(source.content).decode()
    )
    voice = inference.extract(run, prompt, Voice)
    lines = [" ".join(line.split()) for line in voice.sentences]
    result = {"brief": str(source.brief_id), "sentences": len(lines)}
    with run.finishing(result):
        Brief.objects.within(run.job.organisation).filter(pk=source.brief_id).update(
            voice="\n".join(lines)[: Brief._meta.get_field("voice").max_length]
        )
        _drop_content(source)
    return result


@transaction.atomic
def _queue(actor: Actor, source: BriefSource, job_type: JobType) -> BriefSource:
    source.organisation, source.size = actor.organisation, len(source.content)
    source.member, source.api_key = actor.member, actor.api_key
    storage.require_room(actor.organisation, source.size)
    source.job = jobs.create_row_job(actor, job_type, source, subject=source.brief)
    source.save(force_insert=True)
    details = {"kind": source.kind}
    audit.record(actor, action="brief_source.created", target=source.brief, details=details)
    return source


def _source(run: JobRun, brief_source_id: str) -> BriefSource:
    rows = BriefSource.objects.within(run.job.organisation).select_related("brief")
    return rows.get(pk=brief_source_id)


def _drop_content(source: BriefSource) -> None:
    source.content, source.size = b"", 0
    source.save(update_fields=["content", "size"])
