"""What the style sheets promise: enough contrast in both themes, focus that shows, words that stay whole."""

import re
from pathlib import Path

import pytest

from stack.code_measures import stylesheets_by_page
from tests.architecture.test_code import ROOT

TOKENS = (ROOT / "static/design/base.css").read_text()
LIGHT = ":root {"
DARK_CHOSEN = ':root[data-theme="dark"] {'
DARK_BY_SYSTEM = ':root:not([data-theme="light"]) {'
GROUNDS = ("paper", "surface", "surface-sunken", "surface-raised")
TINTS = ("accent-soft", "good-soft", "warn-soft", "bad-soft")
# The frame's three, and two of a desk's own: each is a round trip before anything is painted.
MAX_STYLESHEETS = 5
# Text in small letters, and what one has to see in order to use a page: WCAG 1.4.3 and 1.4.11.
TEXT, CONTROL = 4.5, 3.0
# Free text, whose length nobody knows; none of it stands in a table's cell, but in cards of a phone, whose cells wrap whole.
BREAKS_ANYWHERE = {
    "analytics/analytics.css",
    "customer_service/channel.css",
    "customer_service/chat.css",
    "design/admin.css",
    "design/base.css",
    "design/components.css",
    "knowledge/documents.css",
    "log_analysis/logs.css",
    "log_analysis/records.css",
    "marketing/campaigns.css",
    "marketing/marketing.css",
    "marketing/recommendation.css",
    "medical_records/record.css",
    "dashboards/value.css",
    "inference/trial.css",
    "operations/prompts.css",
    "translation/translation.css",
}


def tokens(opening: str) -> dict[str, str]:
    block = TOKENS[TOKENS.index(opening) :].partition("}")[0]
    return dict(re.findall(r"--([\w-]+):\s*([^;]+);", block))


def theme(name: str) -> dict[str, str]:
    return tokens(LIGHT) | (tokens(DARK_CHOSEN) if name == "dark" else {})


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(colours: dict[str, str], one: str, other: str) -> float:
    pair = sorted((luminance(resolved(colours, one)), luminance(resolved(colours, other))))
    return (pair[1] + 0.05) / (pair[0] + 0.05)


def mixed_contrast(colours: dict[str, str], one: str, ground: str, share: float) -> float:
    """Of a colour that lets so much of the ground through."""
    over, under = resolved(colours, one), resolved(colours, ground)
    mixed = "#" + "".join(
        f"{round(int(over[at : at + 2], 16) * share + int(under[at : at + 2], 16) * (1 - share)):02x}"
        for at in (1, 3, 5)
    )
    return contrast(colours | {"mixed": mixed}, "mixed", ground)


def resolved(colours: dict[str, str], name: str) -> str:
    value = colours[name]
    while referred := re.fullmatch(r"var\(--([\w-]+)\)", value):
        value = colours[referred[1]]
    return value


def test_dark_colours_are_for_screens_alone() -> None:
    """Light letters on white paper are what a browser would print of them."""
    for opening in (DARK_CHOSEN, DARK_BY_SYSTEM):
        around = TOKENS[: TOKENS.index(opening)].rstrip().splitlines()[-1]
        assert around.startswith("@media screen"), opening


def test_a_printed_page_is_without_what_is_only_pressed() -> None:
    printed = (ROOT / "static/design/layout.css").read_text().partition("@media print {")[2].partition("{")[0]

    hidden = {each.strip() for each in printed.split(",")}
    assert {".sidebar", ".phone-bar", ".skip-link", ".page-header-actions", ".tabs", ".button"} <= hidden


def sheets() -> list[tuple[str, str]]:
    folder = ROOT / "static"
    return [(str(Path(path).relative_to(folder)), path.read_text()) for path in sorted(folder.rglob("*.css"))]


def rules(text: str) -> list[tuple[str, str]]:
    return [(name.strip(), body) for name, body in re.findall(r"([^{}]+)\{([^{}]*)\}", text)]


@pytest.mark.parametrize("name", ["light", "dark"])
def test_where_the_focus_is_shows_on_every_ground(name: str) -> None:
    colours = theme(name)

    weak = {ground: contrast(colours, "focus", ground) for ground in (*GROUNDS, *TINTS)}

    assert {ground: ratio for ground, ratio in weak.items() if ratio < CONTROL} == {}


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_border_of_a_field_shows_on_every_ground(name: str) -> None:
    colours = theme(name)

    weak = {ground: contrast(colours, "line-control", ground) for ground in (*GROUNDS, *TINTS)}

    assert {ground: ratio for ground, ratio in weak.items() if ratio < CONTROL} == {}


@pytest.mark.parametrize("name", ["light", "dark"])
def test_words_can_be_read(name: str) -> None:
    colours = theme(name)
    pairs = [(ink, ground) for ink in ("ink", "ink-soft") for ground in (*GROUNDS, *TINTS)]
    pairs += [(ink, ground) for ink in ("ink-faint", "accent-strong") for ground in (*GROUNDS, *TINTS)]
    pairs += [(tone, ground) for tone in ("accent", "good", "warn", "bad") for ground in GROUNDS]
    pairs += [(tone, f"{tone}-soft") for tone in ("accent", "good", "warn", "bad")]
    pairs += [("on-accent", "accent"), ("on-accent", "accent-strong")]

    assert {pair: ratio for pair in pairs if (ratio := contrast(colours, *pair)) < TEXT} == {}


def test_the_dark_theme_is_the_same_by_choice_and_by_system() -> None:
    assert tokens(DARK_CHOSEN) == tokens(DARK_BY_SYSTEM)


def test_fields_have_the_border_that_shows() -> None:
    bordered = {
        ("design/components.css", "width: 100%;\n  min-height: var(--control-height)"),
        ("design/chat.css", "background: var(--surface-raised)"),
    }

    for sheet, mark in bordered:
        bodies = [body for _, body in rules((ROOT / "static" / sheet).read_text()) if mark in body]
        assert bodies
        assert all("border: 1px solid var(--line-control)" in body for body in bodies)


def test_buttons_have_the_border_that_shows() -> None:
    """Primary buttons are filled and quiet ones are words; every other button is known by its border."""
    sheet = rules((ROOT / "static/design/components.css").read_text())

    (plain,) = [body for name, body in sheet if name.endswith("*/\n\n.button")]
    (chosen,) = [body for name, body in sheet if name.startswith(".button-group") and "aria-pressed" in name]
    assert "border: 1px solid var(--line-control);" in plain
    assert "border-color: var(--accent);" in chosen


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_border_of_a_button_that_destroys_shows(name: str) -> None:
    colours = theme(name)
    sheet = (ROOT / "static/design/components.css").read_text()
    (share,) = re.findall(
        r"\.button-danger \{\s*border-color: color-mix\(in srgb, var\(--bad\) (\d+)%", sheet
    )

    weak = {ground: mixed_contrast(colours, "bad", ground, int(share) / 100) for ground in GROUNDS}

    assert {ground: ratio for ground, ratio in weak.items() if ratio < CONTROL} == {}


def test_focus_is_an_outline_which_forced_colours_paint_too() -> None:
    """A shadow is not painted there. One field hides its own: the frame around it shows the focus."""
    hidden = [
        (path, name)
        for path, text in sheets()
        for name, body in rules(text)
        if re.search(r"outline:\s*(none|0)\b", body)
    ]
    shadows = [
        (path, name)
        for path, text in sheets()
        for name, body in rules(text)
        if "focus" in name and "box-shadow" in body
    ]

    assert hidden == [("design/chat.css", ".composer textarea")]
    assert shadows == []


def templates() -> dict[str, str]:
    folder = ROOT / "templates"
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*.html")}


def test_a_page_loads_few_style_sheets() -> None:
    counts = stylesheets_by_page(templates())

    assert {path: count for path, count in counts.items() if count > MAX_STYLESHEETS} == {}
    assert counts["customer_service/inbox/conversations.html"] == MAX_STYLESHEETS


def test_every_style_sheet_is_loaded_by_a_page() -> None:
    texts = [*templates().values(), (ROOT / "config" / "dashboard.py").read_text()]

    assert [path for path, _ in sheets() if not any(path in text for text in texts)] == []


def test_every_rule_is_closed_before_the_next_begins() -> None:
    assert [path for path, text in sheets() if text.count("{") != text.count("}")] == []


def test_no_style_sheet_hides_others_behind_it() -> None:
    assert [path for path, text in sheets() if "@import" in text] == []


def test_words_break_only_where_no_column_can_become_as_narrow_as_a_letter() -> None:
    breaking = {path for path, text in sheets() if re.search(r"overflow-wrap:\s*anywhere|break-all", text)}

    assert breaking == BREAKS_ANYWHERE
