"""The draft of a post-mortem: what is known stands in it, what only people know is asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from apps.log_analysis.incidents import citations, selectors
from apps.log_analysis.incidents.models import Incident
from domain.clinical.exporting import pdf
from llm_backend import patterns

PDF_TEMPLATE = Path(__file__).with_name("post_mortem.typ")
# What Markdown would take for a mark of its own; records are strangers' text.
_MARKS = patterns.compile(r"([\\`*_{}<>#|\[\]])")


@dataclass(frozen=True)
class Section:
    """`rows` of a table hold its cells, the first row its headings; all others hold one text each."""

    heading: str
    kind: Literal["text", "list", "tasks", "records", "table"]
    rows: list[list[str]]


@dataclass(frozen=True)
class Draft:
    title: str
    language: str
    sections: list[Section] = field(default_factory=list)


def draft(incident: Incident) -> Draft:
    """In the language of the organisation's generated texts."""
    language = incident.organisation.output_language
    with translation.override(language):
        notes = [f"{_time(each.created_at)} {each.text}" for each in selectors.notes(incident)]
        steps = [citations.without_marks(step) for step in incident.next_steps]
        sections = [
            _section(_("What happened"), "list", _summary_lines(incident)),
            _section(_("Timeline"), "list", _timeline(incident)),
            _section(_("Likely cause"), "text", [incident.cause]),
            _section(_("Cited records"), "records", _records(incident)),
            Section(_("Records before, during and after"), "table", _counts(incident)),
            _section(_("Resolution"), "text", [incident.solution or _("To be written.")]),
            _section(_("Notes"), "list", notes or [_("To be written.")]),
            _section(_("Preventive actions"), "tasks", steps),
        ]
    return Draft(incident.title, "zh" if language.startswith("zh") else "en", sections)


def to_markdown(draft: Draft) -> bytes:
    lines = [f"# {_escape_markdown(draft.title)}"]
    for section in draft.sections:
        lines += ["", f"## {section.heading}", ""]
        if section.kind == "records":
            # Indented, so that nothing in them is taken for Markdown.
            lines += [f"    {row[0]}" for row in section.rows]
        elif section.kind == "table":
            rows = ["| " + " | ".join(map(_escape_markdown, row)) + " |" for row in section.rows]
            lines += [rows[0], "|---" + "|---:" * (len(section.rows[0]) - 1) + "|", *rows[1:]]
        else:
            mark = {"text": "", "list": "- ", "tasks": "- [ ] "}[section.kind]
            lines += [mark + _escape_markdown(row[0]) for row in section.rows]
    return ("\n".join(lines) + "\n").encode()


def to_pdf(draft: Draft) -> bytes:
    sections = [{"heading": each.heading, "kind": each.kind, "rows": each.rows} for each in draft.sections]
    page = {"title": draft.title, "language": draft.language, "sections": sections}
    return pdf.typeset(PDF_TEMPLATE.read_bytes(), page, timezone.now())


FORMATS: Mapping[str, tuple[Callable[[Draft], bytes], str]] = {
    "md": (to_markdown, "text/markdown; charset=utf-8"),
    "pdf": (to_pdf, pdf.MEDIA_TYPE),
}


def _section(heading: str, kind: Literal["text", "list", "tasks", "records"], texts: list[str]) -> Section:
    return Section(heading, kind, [[" ".join(text.split())] for text in texts])


def _summary_lines(incident: Incident) -> list[str]:
    facts = {
        _("Services"): ", ".join(incident.services) or "–",
        pgettext("logs", "From"): _time(incident.started_at),
        pgettext("logs", "To"): _time(incident.ended_at),
        _("Severity"): incident.get_severity_display(),
        pgettext("logs", "Status"): incident.get_status_display(),
        _("Owner"): str(incident.owner.user) if incident.owner else "–",
        pgettext("logs", "Records"): str(incident.records_count),
    }
    return [f"{name}: {value}" for name, value in facts.items()]


def _timeline(incident: Incident) -> list[str]:
    """Changes and anomalies in the order of time."""
    entries = [
        (each.happened_at, f"{each.get_kind_display()}: {each.name}")
        for each in selectors.changes_around(incident)
    ]
    for each in selectors.anomalies(incident):
        words = [each.service or "–", str(each.get_detector_display()), each.template_words]
        entries.append((each.started_at, ": ".join(filter(None, words))))
    return [f"{_time(moment)} {text}" for moment, text in sorted(entries)]


def _records(incident: Incident) -> list[str]:
    lines = []
    for each in citations.cited_records(incident.citations, selectors.source_names(incident)):
        moment = f"{timezone.localtime(each.time):%Y-%m-%d %H:%M:%S}"
        lines.append(f"[{each.number}] {each.source_name}:{each.line} {moment} {each.text}")
    return lines


def _counts(incident: Incident) -> list[list[str]]:
    rows = selectors.before_and_after(incident, list(selectors.anomalies(incident)))
    counts = [[each.label, *map(str, (each.before, each.during, each.after))] for each in rows]
    return [["", _("before"), _("during"), _("after")], *counts]


def _time(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


def _escape_markdown(text: str) -> str:
    return _MARKS.sub(r"\\\1", text)
