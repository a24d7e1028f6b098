import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

from apps.core import errors
from apps.portal.navigation import MENU
from llm_backend.errors import ModelError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _chinese() -> Iterator[None]:
    with translation.override("zh-hans"):
        yield


def is_chinese(text: object) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in str(text))


def tree(root: type) -> list[type]:
    return [root, *(each for child in root.__subclasses__() for each in tree(child))]


@pytest.mark.parametrize("error", tree(errors.ApplicationError), ids=lambda error: error.__name__)
def test_every_error_speaks_chinese(error: type[errors.ApplicationError]) -> None:
    assert is_chinese(error.message)


@pytest.mark.parametrize("error", tree(ModelError), ids=lambda error: error.__name__)
def test_every_error_of_a_model_speaks_chinese(error: type[ModelError]) -> None:
    assert is_chinese(gettext(error.message))


def test_the_menu_speaks_chinese() -> None:
    labels = [str(page.label) for section in MENU for page in section.pages]

    assert [label for label in labels if not is_chinese(label)] == ["Webhook"]


def test_nothing_in_the_catalogue_is_left_empty() -> None:
    with (ROOT / "locale/zh_Hans/LC_MESSAGES/django.po").open("rb") as file:
        catalogue = read_po(file, locale="zh_Hans", abort_invalid=True)

    assert [message.id for message in catalogue if message.id and not message.string] == []


def test_the_start_page_is_chinese(alice_browser: Client) -> None:
    page = alice_browser.get("/", headers={"Accept-Language": "zh-CN"}).content.decode()

    assert '<html lang="zh-Hans">' in page
    assert "任务" in page


MARKERS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
IN_TEMPLATES = re.compile(r"""{%\s*translate\s+(?:"([^"]+)"|'([^']+)')""")


def marked_in_code(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKERS:
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def marked_in_template(path: Path) -> Iterator[str]:
    for double, single in IN_TEMPLATES.findall(path.read_text()):
        yield double or single


def test_every_marked_text_is_in_the_catalogue() -> None:
    code = [path for folder in ("apps", "llm_backend", "config") for path in (ROOT / folder).rglob("*.py")]
    marked = {text for path in code for text in marked_in_code(path)}
    marked |= {text for path in (ROOT / "templates").rglob("*.html") for text in marked_in_template(path)}
    with (ROOT / "locale/zh_Hans/LC_MESSAGES/django.po").open("rb") as file:
        entries = [message.id for message in read_po(file, locale="zh_Hans")]

    known = {entry if isinstance(entry, str) else entry[0] for entry in entries}
    assert sorted(marked - known) == []


def test_retired_terms_stand_on_no_page() -> None:
    """The last column of the table of words in docs/design.md: English ones as a label, Chinese ones anywhere."""
    table = (ROOT / "docs/design.md").read_text().partition("## Words on the pages")[2]
    rows = [line for line in table.splitlines() if line.startswith("| ")]
    retired = [word for row in rows for word in re.findall(r"`([^`]+)`", row.rstrip(" |").rpartition("|")[2])]
    with (ROOT / "locale/zh_Hans/LC_MESSAGES/django.po").open("rb") as file:
        catalogue = read_po(file, locale="zh_Hans")
    texts = [
        text
        for message in catalogue
        for each in (message.id, message.string)
        for text in ([each] if isinstance(each, str) else each)
    ]

    assert len(retired) > 15
    assert [
        text for text in texts for word in retired if text == word or (word in text and not word.isascii())
    ] == []
