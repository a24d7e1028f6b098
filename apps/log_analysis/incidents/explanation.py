"""The likely cause of an incident, written by a model from records that it must cite.

Records are strangers' text: the model sees them as numbered data, one that gives orders is not shown to it at all, and
what it writes counts only as far as the records that it names hold it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils import translation
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from apps.core.languages import NAMES_FOR_MODELS
from apps.inference import prompts
from apps.inference import services as inference
from apps.jobs.runs import JobRun
from apps.log_analysis.detection.models import LogAnomaly
from apps.log_analysis.incidents import citations, evidence_check, selectors
from apps.log_analysis.incidents.models import ChangeMarker, Incident
from apps.log_analysis.incidents.schemas import CauseExplanation
from apps.log_analysis.incidents.services import EXPLAIN_INCIDENT
from llm_backend.sentences import is_chinese, repeats_itself

PROMPT = Path(__file__).parent / "prompts" / "explain_incident.md"
MAX_CHANGES = 5
MAX_STEPS = 3
MAX_QUOTED_CHARACTERS = 240
MAX_SENTENCE_CHARACTERS = 240


@dataclass(frozen=True)
class NumberedRecord:
    """`signs`: what is unusual about it. `line`: as the model reads it and as its words are checked.

    `is_consequence`: it tells of another service of the incident, and others do not.
    """

    number: int
    signs: str
    service: str
    text: str
    line: str
    is_consequence: bool = False


@EXPLAIN_INCIDENT.service
def explain(run: JobRun, *, incident_id: str) -> dict[str, Any]:
    """Asks the model and keeps what the records bear out; the cause by rules stays where nothing is left."""
    organisation = run.job.organisation
    incident = Incident.objects.within(organisation).one(pk=incident_id)
    anomalies = list(selectors.anomalies(incident))
    shown = [each for each in incident.citations if each.get("value")]
    citation_rows = citations.select_citations(
        anomalies, [*selectors.first_of_new_templates(incident, anomalies), *shown]
    )
    records = numbered_records(citation_rows, anomalies)
    changes = [_change_line(each) for each in selectors.changes_around(incident)[:MAX_CHANGES]]
    run.stage("explaining")
    answer = CauseExplanation(cause=0, sentences=[], next_steps=[])
    if records:
        prompt = prompts.load(organisation, PROMPT).render(
            language=NAMES_FOR_MODELS[organisation.output_language],
            services=", ".join(incident.services),
            changes=changes,
            records=records,
        )
        answer = inference.extract(run, prompt, CauseExplanation)
    run.check()
    with translation.override(organisation.output_language):
        quoted_sentences = quoted_cause(answer, records)
    sentences = [*quoted_sentences, *cited_sentences(answer, records, changes)]
    result = {"incident": incident_id, "sentences": len(answer.sentences), "kept": len(sentences)}
    if not sentences:
        run.finish(result)
        return result
    steps = [step for step in answer.next_steps if _is_borne_out(step, records, changes)]
    with run.finishing(result):
        row = Incident.objects.within(organisation).select_for_update(of=("self",)).one(pk=incident.pk)
        row.citations = citation_rows
        row.cause, row.is_cause_from_model = " ".join(sentences), True
        row.next_steps = [citations.without_marks(step) for step in steps[:MAX_STEPS]] or incident.next_steps
        row.save(update_fields=["cause", "is_cause_from_model", "next_steps", "citations"])
    return result


def numbered_records(
    citation_rows: Sequence[Mapping[str, Any]], anomalies: Sequence[LogAnomaly]
) -> list[NumberedRecord]:
    """Citations as evidence, without those that speak to whoever reads them."""
    signs: dict[tuple[str, int], str] = {}
    for anomaly in anomalies:
        for each in anomaly.evidence:
            signs.setdefault((each["source"], each["arrival"]), str(anomaly.get_detector_display()))
    services = {each["service"] for each in citation_rows}
    is_consequence = {each["number"]: citations.is_about_another(each, services) for each in citation_rows}
    tells_causes_apart = not all(is_consequence.values())
    return [
        NumberedRecord(
            each["number"],
            # What no detector raised is here because it is new.
            signs.get((each["source"], each["arrival"]), _("first occurrence")),
            each["service"],
            each["text"],
            _record_line(each),
            is_consequence[each["number"]] and tells_causes_apart,
        )
        for each in citation_rows
        if not evidence_check.is_instructing(each["text"])
    ]


def quoted_cause(answer: CauseExplanation, records: Sequence[NumberedRecord]) -> list[str]:
    """The record that the model takes for the cause, in its own words: a choice can be wrong, but not invented."""
    record = next((each for each in records if each.number == answer.cause), None)
    if record is None or record.is_consequence:
        return []
    text = Truncator(citations.without_marks(record.text)).chars(MAX_QUOTED_CHARACTERS)
    names = {"service": record.service, "text": text, "number": record.number}
    if not record.service:
        return [_("It most likely started with “%(text)s” [%(number)d].") % names]
    return [_("It most likely started in %(service)s: “%(text)s” [%(number)d].") % names]


def cited_sentences(
    answer: CauseExplanation, records: Sequence[NumberedRecord], changes: Sequence[str]
) -> list[str]:
    """The sentences that records bear out, with their marks. Numbers that no record has are dropped first."""
    by_number = {record.number: record for record in records}
    sentences = []
    for sentence in answer.sentences:
        record_numbers = [*sentence.records, *sorted(citations.cited_numbers(sentence.text))]
        numbers = [number for number in dict.fromkeys(record_numbers) if number in by_number]
        text = citations.without_marks(sentence.text)
        lines = [*(by_number[number].line for number in numbers), *changes]
        if numbers and _is_readable(text) and evidence_check.is_told(text, "\n".join(lines)):
            stop = text[-1] if text[-1] in ".。!！?？" else ""
            gap = "" if is_chinese(text) else " "
            sentences.append(
                text.removesuffix(stop) + gap + "".join(f"[{number}]" for number in numbers) + stop
            )
    return sentences


def _is_borne_out(step: str, records: Sequence[NumberedRecord], changes: Sequence[str]) -> bool:
    source = "\n".join([*(record.line for record in records), *changes])
    plain = citations.without_marks(step)
    return _is_readable(plain) and evidence_check.is_grounded(plain, source)


def _is_readable(text: str) -> bool:
    return bool(text) and len(text) <= MAX_SENTENCE_CHARACTERS and not repeats_itself(text)


def _record_line(citation: Mapping[str, Any]) -> str:
    moment = citations.to_time(citation["time"])
    head = [f"{moment:%Y-%m-%d %H:%M:%S}", citation["service"], citation["level"]]
    return " ".join(filter(None, [*head, citation["text"]]))


def _change_line(change: ChangeMarker) -> str:
    words = [
        f"{change.happened_at:%Y-%m-%d %H:%M:%S}",
        str(change.get_kind_display()),
        change.service,
        change.name,
    ]
    return " ".join(filter(None, words))
