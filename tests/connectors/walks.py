"""What the walks of `tests/architecture` ask of this desk."""

from collections.abc import Callable
from typing import Any

from apps.connectors import services
from apps.connectors.models import DocumentSource
from apps.connectors.reasons import SourceError
from apps.connectors.sources import feed, robots, web

ADDRESS = "https://tea.example/"


def _unless_refused(parse: Callable[[bytes], object]) -> Callable[[str], object]:
    def parse_text(text: str) -> object:
        try:
            return parse(text.encode("utf-8", "replace"))
        except SourceError as error:
            return error

    return parse_text


ACTIONS: dict[str, tuple[str, Callable[[Any], object]]] = {
    "connectors.services.delete_source": (
        "document_source.deleted",
        lambda h: services.delete_source(h.actor, h.row(DocumentSource), keeps_documents=True),
    ),
    "connectors.services.delete_missing": (
        "document_source.deletions_confirmed",
        lambda h: services.delete_missing(h.actor, h.row(DocumentSource)),
    ),
}
FUNCTIONS: dict[str, Callable[[str], object]] = {
    "connectors.robots": lambda text: robots.parse(text, "kongming").allows(text),
    "connectors.page": lambda text: web.parse_page(text.encode("utf-8", "replace"), ADDRESS),
    "connectors.sitemap": _unless_refused(web.parse_sitemap),
    "connectors.feed": _unless_refused(lambda content: feed.parse_feed(content, ADDRESS)),
}
DOCUMENTS = "what the house fetches from its own places; it goes with the source or with the document"
WITHOUT_PERSONS = {"connectors.DocumentSource": DOCUMENTS, "connectors.SourceItem": DOCUMENTS}
