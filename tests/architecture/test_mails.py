"""Whoever runs an installation finds every mail that it sends, and where its words are, on one page."""

import re

from tests.architecture.test_code import ROOT

MADE_BY = re.compile(r"\b(?:EmailMessage|EmailMultiAlternatives|send_mail|mail_admins|mail_managers)\(")
PAGE = ROOT / "docs/operations.md"


def test_every_module_that_makes_a_mail_is_named_on_the_page() -> None:
    modules = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "apps").rglob("*.py")
        if MADE_BY.search(path.read_text())
    ]
    page = PAGE.read_text()

    assert len(modules) >= 6
    assert [module for module in modules if f"`{module}`" not in page] == []
