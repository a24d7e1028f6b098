import gettext
import os
from pathlib import Path

import pytest

from stack.errors import StackError
from stack.translations import compile_catalogues

CATALOGUE = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "Sign in"
msgstr "{translation}"
"""


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    path = tmp_path / "zh_Hans" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    path.write_text(CATALOGUE.format(translation="登录"))
    return path


def translation(catalogue: Path) -> str:
    with catalogue.with_suffix(".mo").open("rb") as compiled:
        return gettext.GNUTranslations(compiled).gettext("Sign in")


def test_translations_are_compiled_without_gettext(catalogue: Path, tmp_path: Path) -> None:
    compile_catalogues(tmp_path)
    assert translation(catalogue) == "登录"


def test_a_changed_catalogue_is_compiled_again(catalogue: Path, tmp_path: Path) -> None:
    compile_catalogues(tmp_path)
    catalogue.write_text(CATALOGUE.format(translation="请登录"))
    os.utime(catalogue, (2**31, 2**31))
    compile_catalogues(tmp_path)
    assert translation(catalogue) == "请登录"


def test_a_broken_catalogue_is_named(catalogue: Path, tmp_path: Path) -> None:
    catalogue.write_text('msgid "unfinished\n')
    with pytest.raises(StackError, match=r"django\.po could not be compiled"):
        compile_catalogues(tmp_path)
