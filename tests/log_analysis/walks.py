"""What the walks of `tests/architecture` ask of this desk."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import pyarrow as pa

from apps.accounts.models import Organisation
from apps.log_analysis import source_deletion, template_naming
from apps.log_analysis.alerting import alert_texts
from apps.log_analysis.incidents import citations, evidence_check, titles
from apps.log_analysis.questions.reading import QuestionReading
from apps.log_analysis.questions.selectors import Vocabulary
from apps.log_analysis.records import (
    batch_formats,
    columns,
    csv_tables,
    cursors,
    event_xml,
    journal_entries,
    presenters,
    syslog,
)
from apps.log_analysis.sources import recognition, syslog_framing
from apps.log_analysis.sources import services as sources
from apps.log_analysis.sources.models import LogFile, LogSource
from apps.log_analysis.templates import services as templates
from apps.log_analysis.templates.models import LogTemplate
from domain.logs.concentration import typed_value
from domain.logs.event_families import family_of
from domain.logs.parsing import json_arrays
from domain.logs.parsing.templates import Template
from domain.logs.questions.date_words import Calendar
from domain.logs.questions.time_words import read_time
from domain.logs.questions.unread_words import UnreadWords
from domain.logs.secret_rules import hide_secrets
from tests.log_analysis.stored_lines import first_arrival, line, store

RECORDS = "texts of programs, in which persons are masked before they are stored; they go with the days of their source"
SHOP = "the house's own names and settings"
MEMBERS = "of members, whose accounts end with their membership"

PLAIN_KWARGS = {"arrival": lambda owner: first_arrival(owner.one(LogSource))}
ACTIONS: dict[str, tuple[str, Callable[[Any], object]]] = {
    "log_analysis.source_deletion.delete_source": (
        "log_source.deleted",
        lambda h: source_deletion.delete_source(h.actor, h.row(LogSource)),
    ),
    "log_analysis.sources.services.delete_file": (
        "log_file.deleted",
        lambda h: sources.delete_file(h.actor, h.row(LogFile)),
    ),
    "log_analysis.templates.services.merge_templates": (
        "log_template.changed",
        lambda h: templates.merge_templates(
            h.actor,
            h.row(LogTemplate),
            into=LogTemplate.objects.create(organisation=h.organisation, source=h.row(LogSource), key="k2"),
        ),
    ),
}


def _unreadable(read: Callable[[bytes], Iterator[object]], text: str) -> None:
    with suppress(batch_formats.BatchUnreadable):
        list(read(text.encode()))


FUNCTIONS: dict[str, Callable[[str], object]] = {
    "log_analysis.is_log": lambda text: recognition.is_log(text, "text/plain"),
    "log_analysis.json_lines": lambda text: _unreadable(partial(batch_formats.read_json, zone="UTC"), text),
    "log_analysis.json_file": lambda text: batch_formats.JsonLineReader("UTC").read(pa.array([text])),
    "log_analysis.csv_table": lambda text: csv_tables.CsvReader("UTC").read(
        pa.array(["time,level,message", f'2026-12-01 06:00:00,error,"{text}"']), is_last=True
    ),
    "log_analysis.journal": lambda text: journal_entries.JournalReader("UTC").read(
        pa.array([f"__CURSOR={text}", "MESSAGE", text]), is_last=True
    ),
    "log_analysis.syslog_file": lambda text: syslog.SyslogLineReader(
        "UTC", datetime(2026, 11, 27, tzinfo=UTC)
    ).read(pa.array([f"<13>{text}", f"<13>1 - - - - - {text}"]), is_last=True),
    "log_analysis.json_array": lambda text: list(
        json_arrays.object_lines([text[json_arrays.array_start(text.encode()) :].encode()])
    ),
    "log_analysis.event_xml": lambda text: event_xml.EventXmlReader("UTC").read(
        pa.array([text]), is_last=True
    ),
    "log_analysis.otlp": lambda text: _unreadable(batch_formats.read_otlp, text),
    "log_analysis.otlp_json": lambda text: _unreadable(batch_formats.read_otlp_json, text),
    "log_analysis.syslog": lambda text: list(
        syslog.read_syslog(
            syslog_framing.encode_message(f"<13>{text}".encode(), "10.0.0.1", 0)
            + syslog_framing.encode_message(f"<13>1 - - - - - {text}".encode(), "10.0.0.1", 0),
            "UTC",
        )
    ),
    "log_analysis.syslog_token": lambda text: syslog_framing.part_token(text.encode()),
    "log_analysis.syslog_lines": lambda text: syslog_framing.MessageFrames().feed(b"<" + text.encode()),
    "log_analysis.secrets": lambda text: hide_secrets(
        f"password={text} token {text}", lambda kind, _value: kind
    ),
    "log_analysis.level": columns.level_named,
    "log_analysis.time": lambda text: columns.microseconds(text, "UTC"),
    "log_analysis.names": alert_texts.plain_name,
    "log_analysis.text_parts": presenters.text_parts,
    "log_analysis.template_parts": lambda text: list(presenters.template_parts(text)),
    "log_analysis.template_words": lambda text: Template("took <*> ms from <*>").words_in(text),
    "log_analysis.template_in_words": lambda text: Template(text[:200]).words_in(text),
    "log_analysis.question_time": lambda text: read_time(
        UnreadWords(text[:300]), Calendar(date(2026, 11, 27))
    ),
    "log_analysis.question": lambda text: QuestionReading(
        text[:300], Vocabulary(Organisation(), ["web"]), datetime(2026, 11, 27, tzinfo=UTC)
    ).read_by_rules(),
    "log_analysis.tail_cursor": cursors.read_tail_cursor,
    "log_analysis.template_name": lambda text: template_naming.usable_name(text, text),
    "incidents.is_instructing": evidence_check.is_instructing,
    "incidents.is_grounded": lambda text: evidence_check.is_grounded(text, text[1:]),
    "incidents.is_told": lambda text: evidence_check.is_told(text, text[1:]),
    "incidents.text_parts": lambda text: citations.text_parts(text, {1}),
    "incidents.without_marks": citations.without_marks,
    "incidents.words_of": titles.words_of,
    "domain.logs.family_of": family_of,
    "domain.logs.typed_value": lambda text: typed_value(text, text, text),
}
CONTENT: dict[str, dict[str, Any]] = {
    "LogSource": {"keep_days": 30, "sample_percent": 100},
    "AlertChannel": {"address": "https://hooks.example/1"},
    "DetectionSettings": {"false_alarms_per_day": 1.0, "max_incidents_per_day": 10},
}
# A question is reached by whoever asked it.
ALSO = {"RecordQuestion": ("member",)}
OUTSIDE_THE_DATABASE: dict[str, Callable[[Any], object]] = {
    "LogSource": lambda source: store(source, [line(0, "INFO", "cart of a visitor is empty")]),
}
WITHOUT_PERSONS = {
    "log_analysis.LogSource": SHOP,
    "log_analysis.LogFile": RECORDS,
    "log_analysis.UnreadBatch": RECORDS,
    "log_analysis.LogTemplate": RECORDS,
    "log_analysis.TemplateCount": "counts",
    "log_analysis.LogAnomaly": RECORDS,
    "log_analysis.AnomalySuppression": SHOP,
    "log_analysis.DetectionSettings": SHOP,
    "log_analysis.SessionLabel": "keys of templates and a digest",
    "log_analysis.TemplateName": SHOP,
    "log_analysis.TemplateSplit": SHOP,
    "log_analysis.Incident": RECORDS,
    "log_analysis.IncidentNote": MEMBERS,
    "log_analysis.RecordQuestion": "a member's search of a day, in which persons are masked as in records",
    "log_analysis.ChangeMarker": SHOP,
    "log_analysis.AlertChannel": SHOP,
    "log_analysis.IncidentAlert": "what was told where, and what the receiver answered",
}
