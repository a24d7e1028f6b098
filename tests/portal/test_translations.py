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
