"""What people and models wrote reaches a page as text: never as elements, and never where htmx would act on it."""

import ast
import re
from itertools import chain
from typing import Any

from django.db import DatabaseError, models, transaction
from django.test import Client

from apps.accounts.models import Organisation, User
from stack.code_measures import MAX_TEMPLATE_CHARACTERS
from tests.architecture.instances import Belongings
from tests.architecture.test_code import ROOT, nodes
from tests.architecture.test_isolation import GUARDED, called, content_of, values_for
from tests.sample import sampled

# HTML that code makes, with the reason why nothing that people wrote stands in it unescaped.
TRUSTED_MARKUP = {
    "apps/answering/markdown_html.py": "a model's Markdown without HTML, links and pictures; every word is escaped",
    "apps/analytics/charts.py": "drawings; titles, labels and addresses are escaped, all else is numbers",
    "apps/analytics/panels.py": "the rows of a table; headings, names and numbers are escaped",
    "apps/analytics/time_series.py": "the rows of a table; format_html escapes names, addresses and values",
    "apps/dashboards/usage/row_links.py": "a number with its address, both escaped by format_html",
    "apps/portal/templatetags/design.py": "a fixed pattern; format_html escapes the icon's name and the time",
}
# Elements that show what people or models wrote.
WRITTEN = (
    "bubble|bubble-plain|copilot-question|copilot-text|desk-note-text|desk-notice|evaluation-text|field-help|markdown|marketing-text|passage-text|patient-notes"
    "|said-text|source-quote|statement-text|transcript-text"
)
HOSTILE = '<b hx-post="/team/" hx-trigger="load">x</b>'
MARK = '<b hx-post="/team/"'
# Columns that name things of the system itself: nobody types them, and pages look things up by them.
SYSTEM_COLUMNS = re.compile(
    r"kind|provider|cron|zone|url|language|hash|slug|secret|key|email|queue|stage|action|token"
)


def templates() -> list[tuple[str, str]]:
    return [
        (str(path.relative_to(ROOT)), path.read_text())
        for path in sorted((ROOT / "templates").rglob("*.html"))
    ]


def test_no_template_trusts_a_value() -> None:
    trusting = [
        path
        for path, text in templates()
        if re.search(r"\|\s*safe(seq)?\b|autoescape\s+off|\|\s*(linebreaks|urlize|striptags)\b", text)
        and path != "templates/customer_service/mail/mail.html"  # a mail's letter: `linebreaks` escapes first
    ]

    assert trusting == []


def test_a_line_of_a_template_fits_a_screen() -> None:
    """Where white space would show, a line ends inside of a tag: between its attributes, or before its `>`."""
    wide = {
        path
        for path, text in templates()
        if any(len(line) > MAX_TEMPLATE_CHARACTERS for line in text.splitlines())
    }

    assert wide == set()


def test_escape_closes_nothing_while_a_word_of_chinese_is_composed() -> None:
    """There it takes back the letters that were typed for the word."""
    untyped = {"static/analytics/charts.js", "static/customer_service/widget.js"}  # nobody types there
    heedless = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "static").rglob("*.js")
        if '"Escape"' in (text := path.read_text()) and "isComposing" not in text
    }

    assert heedless == untyped


def test_code_makes_markup_in_few_places() -> None:
    makers = {
        place.partition(":")[0]
        for place, node in nodes(ast.Name, ast.Attribute)
        if place.startswith(("apps/", "config/"))
        and (getattr(node, "id", "") or getattr(node, "attr", ""))
        in ("mark_safe", "format_html", "SafeString")
    }

    assert makers == TRUSTED_MARKUP.keys()


def test_htmx_does_not_act_on_what_people_wrote() -> None:
    tags = chain.from_iterable(
        (
            (path, tag)
            for tag in re.findall(rf'<\w+ class="(?:[^">]*[ ])?(?:{WRITTEN})[ "{{][^>]*>|<pre[^>]*>', text)
        )
        for path, text in templates()
    )

    assert [f"{path}: {tag}" for path, tag in tags if "hx-disable" not in tag] == []


def test_every_page_shows_markup_that_people_wrote_as_text(
    tea_house: Organisation, alice: User, alice_browser: Client
) -> None:
    """Each text column of each row says HTML that htmx would act on; no page hands it to the browser as such."""
    alices = Belongings(tea_house, alice)
    for row in alices.everything():
        for field in typed_columns(row):
            write(row, field, HOSTILE)
    shown, acting = 0, []

    pages = [route for route in GUARDED if "get" in route.methods and not route.is_api]
    for route in sampled(pages, 1 / 4):
        answer = called(alice_browser, "get", route, route.path(values_for(route, alices)))
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            text = content_of(answer)
            shown += "&lt;b hx-post" in text
            if MARK in text:
                acting.append(str(route))

    assert acting == []
    assert shown >= 20, "the walk proves little: hardly any page shows what was written"


def typed_columns(row: models.Model) -> list[models.Field[Any, Any]]:
    return [
        field
        for field in row._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField)
        and not field.choices
        and (field.max_length or len(HOSTILE)) >= len(HOSTILE)
        and not SYSTEM_COLUMNS.search(field.name)
    ]


def write(row: models.Model, field: models.Field[Any, Any], text: str) -> None:
    """Left alone where a constraint or trigger refuses the text: then nobody can type it either."""
    try:
        with transaction.atomic():
            present = type(row)._default_manager.get(pk=row.pk)
            setattr(present, field.name, text)
            present.save(update_fields=[field.name])
    except DatabaseError:
        return
