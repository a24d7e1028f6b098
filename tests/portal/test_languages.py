"""The pages of the menu are in one language, whatever they have to show."""

import re
from html.parser import HTMLParser

from django.test import Client

from apps.accounts.models import Organisation
from apps.portal.navigation import ROOMS
from tests.portal.test_translations import is_chinese
from tests.sample import sampled

# Read aloud or seen, besides the texts of elements.
ATTRIBUTES = ("title", "placeholder", "aria-label", "alt", "data-confirm")
# Code and keys are no language; choices may be names of zones and languages.
NO_WORDS = {"script", "style", "code", "pre", "kbd", "template", "option"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
# Of people, products, formats and measures.
NAMES = re.compile(
    r"alice@tea\.example|Tea House|Alice|Kongming|English|Webhook|Telegram|Slack|Asia/Shanghai|UTC|Excel|Markdown"
    r"|CSV|JSON|YAML|PDF|API|GPU|MoE|GFLOP|bf16|p\d\d|token|CMMLU|MMLU|Ctrl|https?://\S+",
    re.IGNORECASE,
)


# Pages of the names of models, of the formulas behind a number, and of the kinds of jobs, to which tests add their own.
OF_NAMES = {"capacity:plan", "model_lab:cards", "model_lab:recommendation", "operations:switches"}


class Words(HTMLParser):
    """What a page says itself. Elements with what people wrote say so, by `hx-disable` or `dir="auto"`."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: set[str] = set()
        self._silent: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag not in VOID:
            self._silent.append(tag in NO_WORDS or "hx-disable" in said or said.get("dir") == "auto")
        if not any(self._silent):
            self.texts |= {said[name] or "" for name in ATTRIBUTES if name in said}

    def handle_endtag(self, tag: str) -> None:
        if self._silent and tag not in VOID:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        if not any(self._silent):
            self.texts.add(" ".join(data.split()))


def foreign(page: str, language: str) -> set[str]:
    words = Words()
    words.feed(page)
    if language == "en":
        return {text for text in words.texts if is_chinese(text)} - {"孔明", "中文", "简体中文"}
    return {
        text for text in words.texts if not is_chinese(text) and re.search("[A-Za-z]{3}", NAMES.sub("", text))
    }


def test_a_page_of_the_menu_says_nothing_in_another_language(
    tea_house: Organisation, alice_browser: Client
) -> None:
    """As a new organisation sees them: what the page itself says, and no more."""
    found = {}
    pages = [page for room in ROOMS for page in room.pages if page.url_name not in OF_NAMES]
    for page in sampled(pages, 1 / 2):
        for cookie, language in (("zh-hans", "zh"), ("en", "en")):
            alice_browser.cookies["django_language"] = cookie
            if texts := foreign(alice_browser.get(page.url, follow=True).text, language):
                found[f"{page.url_name} {language}"] = texts

    assert found == {}
