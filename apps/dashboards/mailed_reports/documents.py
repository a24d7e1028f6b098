"""A report as a mail's HTML and text, and as pages to print."""

from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from django.template.loader import render_to_string
from django.utils.translation import get_language

from apps.core.punctuation import colon
from apps.dashboards.mailed_reports.composition import ReportContent
from domain.clinical.exporting import pdf

PDF_TEMPLATE: Final = Path(__file__).with_name("report.typ")
# In the head of the mail: no quotation marks, so that nothing of it is escaped.
STYLE: Final = (
    "body{margin:0 auto;max-width:56rem;padding:1.5rem;font:1rem/1.6 sans-serif;color:#1c2523;background:#fffefb}"
    "h1{font-size:1.4rem;margin:0}h2{font-size:1.05rem;margin:1.8rem 0 .4rem}"
    "table{width:100%;border-collapse:collapse}"
    "th,td{padding:.4rem .5rem;border-bottom:1px solid #dfdcd0;text-align:right;vertical-align:top}"
    "th:first-child,td:first-child{text-align:left;font-weight:400;min-width:9rem}"
    # Percentiles and names of tools beside ten numbers: rows stay rows, and a narrow window scrolls.
    ".rows{overflow-x:auto}.rows table{font-size:.8125rem;line-height:1.4}"
    ".rows td+td{white-space:nowrap}.rows th{vertical-align:bottom}"
    ".soft{color:#46524e;font-size:.875rem}.value{font-weight:600;white-space:nowrap}"
    ".good{color:#2f7040}.bad{color:#ad3a28}"
)


def to_html(content: ReportContent) -> str:
    """Without pictures, which mail programs hide: they stand in the pages."""
    tables = [block for block in content.blocks if block.rows]
    context = {"content": content, "tables": tables, "style": STYLE}
    return render_to_string("dashboards/mailed_reports/mail.html", context)


def to_text(content: ReportContent) -> str:
    narrowed = [content.narrowed] if content.narrowed else []
    lines = [content.title, f"{content.house} · {content.period}", *narrowed, ""]
    lines += [content.empty] if content.empty else []
    for line in content.lines:
        change = f" ({line.change})" if line.change else ""
        lines.append(f"{line.label}{colon()}{line.value}{change}")
    return "\n".join([*lines, "", content.url, ""])


def to_pdf(content: ReportContent, written_at: datetime) -> bytes:
    page = asdict(replace(content, rows=[]))
    page["language"] = "zh" if (get_language() or "").startswith("zh") else "en"
    return pdf.typeset(PDF_TEMPLATE.read_bytes(), page, written_at)
