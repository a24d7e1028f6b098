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
from apps.portal.navigation import ROOMS
from llm_backend.errors import ModelError
from tests.architecture.test_code import nodes_of

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
    labels = [str(each.label) for room in ROOMS for each in (room, *room.tabs, *room.pages, *room.actions)]

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
MARKERS_WITH_CONTEXT = {"pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy"}
IN_BLOCKS = re.compile(
    r"{%\s*blocktranslate\b([^%]*)%}(.*?){%\s*(?:plural|endblocktranslate)\s*%}", re.DOTALL
)
IN_TEMPLATES = re.compile(r"""{%\s*translate\s+(?:"([^"]+)"|'([^']+)')(?:\s+context\s+["']([^"']+)["'])?""")
CONTEXT = re.compile(r'context\s+"([^"]+)"')

# (context, text): the same word may be two in another language. Without a context it is None.
Marked = tuple[str | None, str]


def marked_in_code(path: Path) -> Iterator[Marked]:
    for node in nodes_of(path, ast.Call):
        if isinstance(node.func, ast.Name):
            texts = [each.value for each in node.args if isinstance(each, ast.Constant)]
            if node.func.id in MARKERS and isinstance(next(iter(texts), None), str):
                yield None, texts[0]
            if node.func.id in MARKERS_WITH_CONTEXT and len(texts) > 1:
                yield texts[0], texts[1]


def marked_in_template(path: Path) -> Iterator[Marked]:
    yield from marked_in_source(path.read_text())


def marked_in_source(source: str) -> Iterator[Marked]:
    for double, single, context in IN_TEMPLATES.findall(source):
        yield context or None, double or single
    for options, body in IN_BLOCKS.findall(source):
        text = re.sub(r"{{\s*(\w+)\s*}}", r"%(\1)s", body.replace("%", "%%"))
        context = CONTEXT.search(options)
        yield context and context[1], " ".join(text.split()) if "trimmed" in options else text


def test_every_marked_text_is_in_the_catalogue() -> None:
    code = [path for folder in ("apps", "llm_backend", "config") for path in (ROOT / folder).rglob("*.py")]
    marked = {each for path in code for each in marked_in_code(path)}
    marked |= {each for path in (ROOT / "templates").rglob("*.html") for each in marked_in_template(path)}
    with (ROOT / "locale/zh_Hans/LC_MESSAGES/django.po").open("rb") as file:
        entries = [(message.context, message.id) for message in read_po(file, locale="zh_Hans")]

    known = {(context, entry if isinstance(entry, str) else entry[0]) for context, entry in entries}
    assert sorted(marked - known, key=str) == []


# Up to the first mark that ends a sentence; names in quotation marks may hold any.
ASKED_FIRST = re.compile(r"(?:“[^”]*”|[^.。!！?？\n])*[?？]")
CONFIRM = re.compile(r"""data-confirm="({%.*?%})"[\s>{]""", re.DOTALL)


def asked_before_an_act() -> Iterator[str]:
    for path in (ROOT / "apps").rglob("*.py"):
        for node in nodes_of(path, ast.keyword):
            if node.arg in {"confirm", "delete_question"} and isinstance(node.value, ast.Call):
                yield ast.literal_eval(node.value.args[0])
    for path in (ROOT / "templates").rglob("*.html"):
        for snippet in CONFIRM.findall(path.read_text()):
            yield from (text for _, text in marked_in_source(snippet))


def test_what_is_asked_before_an_act_begins_with_the_question() -> None:
    """It is the heading of the dialog; what happens then stands below."""
    asked = sorted(set(asked_before_an_act()))

    assert len(asked) > 60
    assert [text for text in asked if not ASKED_FIRST.match(text)] == []
    assert [text for text in map(gettext, asked) if not ASKED_FIRST.match(text)] == []


def texts_in_the_catalogue() -> list[str]:
    with (ROOT / "locale/zh_Hans/LC_MESSAGES/django.po").open("rb") as file:
        catalogue = read_po(file, locale="zh_Hans")
    return [
        text
        for message in catalogue
        for each in (message.id, message.string)
        for text in ([each] if isinstance(each, str) else each)
    ]


def is_retired(text: str, word: str) -> bool:
    """Single English words only as a whole text: another sentence may need them."""
    plain = re.sub(r"%\(\w+\)[a-z]", "", text).lower()
    anywhere = not word.isascii() or " " in word or word in {"somebody", "nobody", "whoever", "meanwhile"}
    return plain == word.lower() or (anywhere and word.lower() in plain)


@pytest.mark.slow
def test_retired_terms_stand_on_no_page() -> None:
    """The last column of the table of words in docs/design.md."""
    table = (ROOT / "docs/design.md").read_text().partition("## Words on the pages")[2]
    rows = [line for line in table.splitlines() if line.startswith("| ")]
    retired = [word for row in rows for word in re.findall(r"`([^`]+)`", row.rstrip(" |").rpartition("|")[2])]

    assert len(retired) > 50
    assert [
        (text, word) for text in texts_in_the_catalogue() for word in retired if is_retired(text, word)
    ] == []


# What visitors and customers read; all else is read by staff.
FOR_VISITORS = (
    "apps/customer_service/answering/",
    "apps/customer_service/channels/",
    "apps/customer_service/attachments/",
    "apps/customer_service/chat/",
    "apps/customer_service/handoff/system_messages.py",
    "apps/customer_service/messengers/intake.py",
    "templates/customer_service/chat/",
    "templates/marketing/experiments/unsubscribe.html",
)


def test_only_visitors_are_addressed_formally() -> None:
    """您 stands only in texts that a page or module for visitors marks."""
    paths = [*(ROOT / "apps").rglob("*.py"), *(ROOT / "templates").rglob("*.html")]
    polite = {
        text
        for path in paths
        if path.relative_to(ROOT).as_posix().startswith(FOR_VISITORS)
        for _, text in (marked_in_code(path) if path.suffix == ".py" else marked_in_template(path))
    }
    with (ROOT / "locale/zh_Hans/LC_MESSAGES/django.po").open("rb") as file:
        catalogue = [message for message in read_po(file, locale="zh_Hans") if "您" in str(message.string)]

    assert len(catalogue) > 20
    assert [message.id for message in catalogue if message.id not in polite] == []


def test_words_that_other_packages_share_mean_what_theirs_do() -> None:
    """Of pages of allauth and the admin: a second meaning of a word has a context."""
    shared = {
        "Code": "验证码",
        "View": "查看",
        "Time": "时间",
        "Title": "标题",
        "Note": "注意",
        "Next": "下一页",
    }

    assert {word: gettext(word) for word in shared} == shared
